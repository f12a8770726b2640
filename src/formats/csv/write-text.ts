import { copyWords } from "../../batch/string-text.ts";
import { bitsBelow, controlBytes, equalBytes, repeat } from "./word.ts";

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;
const QUOTES = repeat(QUOTE);
const COMMAS = repeat(COMMA);

/** From here on, the call into Node's own copy costs less than the words. */
const LONG_SPAN = 256;

/*
 * All functions read up to `PADDING` bytes behind the span and write as many behind the cell. They answer with the
 * offset after the cell.
 */

/** Copies a span that may stand in a CSV cell as it is. Room: its length. */
export function writePlain(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  out: Buffer,
  outView: DataView,
  at: number,
): number {
  const length = end - start;
  if (length < LONG_SPAN) copyWords(view, start, end, outView, at);
  else bytes.copy(out, at, start, end);
  return at + length;
}

/** Writes a cell, in quotes if its text has a comma, a quote or a line end. Room: twice the span and two bytes. */
export function writeText(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  out: Buffer,
  outView: DataView,
  at: number,
): number {
  for (let from = start, to = at; from < end; from += 4, to += 4) {
    const word = view.getInt32(from, true);
    const marks = equalBytes(word, COMMAS) | equalBytes(word, QUOTES) | controlBytes(word);
    if (marks !== 0 && needsQuotes(bytes, from, Math.min(from + 4, end))) {
      return writeQuoted(view, start, end, out, outView, at);
    }
    outView.setInt32(to, word, true);
  }
  return at + end - start;
}

/** Writes a cell in quotes and doubles those within. Room: twice the span and two bytes. */
function writeQuoted(
  view: DataView,
  start: number,
  end: number,
  out: Buffer,
  outView: DataView,
  at: number,
): number {
  let from = start;
  let to = at;
  out[to++] = QUOTE;
  while (from < end) {
    const word = view.getInt32(from, true);
    const quotes = equalBytes(word, QUOTES);
    outView.setInt32(to, word, true);
    const count = quotes === 0 ? 4 : bitsBelow(quotes) >> 3;
    from += count;
    to += count;
    if (quotes !== 0 && from < end) {
      out[to++] = QUOTE;
      out[to++] = QUOTE;
      from++;
    }
  }
  // The last word may have gone beyond the span.
  to -= from - end;
  out[to++] = QUOTE;
  return to;
}

function needsQuotes(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const c = bytes[at]!;
    if (c === COMMA || c === QUOTE || c === LF || c === CR) return true;
  }
  return false;
}
