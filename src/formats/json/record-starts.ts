import type { ByteSource } from "../../sdk/byte-source.ts";
import { BLANK, CLOSE_BRACE, NEWLINE, OPEN_BRACE, OPEN_BRACKET, RETURN, TAB } from "./ascii.ts";
import type { JsonPosition } from "./batch-scanner.ts";

/** Most records are shorter, and then one small read is enough. */
const WINDOW_BYTES = 64 * 1024;
/** Whoever finds nothing in so many bytes gives up: twice what a record may have. */
const MAX_SEARCH_BYTES = 32 * 1024 * 1024;

/**
 * Places where records begin, the first one of each `step` bytes or a little more behind the one before, found without reading what is
 * between: a few kilobytes are read for each. The line of such a place is not known. Returns whether these are all; false
 * when none was found for long, or the records are in one array: whoever wants more has to decode what follows.
 *
 * A `{` begins a record wherever it comes behind a `}`, blanks and at least one line end among them. No string goes on
 * beyond a line end, so both are tokens; and JSON has no place where one may follow the other within a value, so no record
 * goes on there. What is broken is rejected up to the next line end, which is before the `{`. So a decoder that reads from the
 * start stands between two records there, whatever comes before.
 */
export async function* recordStarts(source: ByteSource, step: number): AsyncGenerator<JsonPosition, boolean> {
  const size = source.size!;
  if (!(await isInLines(source, size))) return false;
  for (let from = step; from < size;) {
    const found = await findStart(source, from, size);
    if (found === undefined) return from + MAX_SEARCH_BYTES >= size;
    yield { offset: found, place: "lines" };
    from = found + step;
  }
  return true;
}

/** What comes first that is not blank tells: anything but a bracket. */
async function isInLines(source: ByteSource, size: number): Promise<boolean> {
  const bytes = await source.read(0, Math.min(WINDOW_BYTES, size));
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const first = bytes.subarray(start).find((c) => !isBlank(c) && c !== NEWLINE);
  return first !== undefined && first !== OPEN_BRACKET;
}

async function findStart(source: ByteSource, from: number, size: number): Promise<number | undefined> {
  const end = Math.min(from + MAX_SEARCH_BYTES, size);
  /** What was seen last, blanks apart. */
  let seen: "nothing" | "brace" | "line end" = "nothing";
  let window = WINDOW_BYTES;
  for (let at = from; at < end; at += window, window *= 4) {
    const bytes = await source.read(at, Math.min(window, end - at));
    for (let i = 0; i < bytes.length; i++) {
      const c = bytes[i]!;
      if (c === CLOSE_BRACE) seen = "brace";
      else if (c === NEWLINE) seen = seen === "nothing" ? "nothing" : "line end";
      else if (c === OPEN_BRACE && seen === "line end") return at + i;
      else if (!isBlank(c)) seen = "nothing";
    }
  }
  return undefined;
}

function isBlank(c: number): boolean {
  return c === BLANK || c === RETURN || c === TAB;
}
