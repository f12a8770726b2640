import { FormatError } from "../format.ts";
import type { PagePart } from "./page-part.ts";

/** What the lowest two bits of an element's first byte say. Copies are of earlier output. */
const LITERAL = 0;
const NEAR_COPY = 1;
const COPY = 2;

/** Lengths above it stand in bytes of their own. */
const MAX_SHORT_LITERAL = 60;
/** From here on a native copy is faster than one by words. */
const LONG_LITERAL = 64;
/** Elements of up to so many bytes are copied as if they had so many. */
const WORDS = 16;

/** The most bytes that one call writes behind its limit. */
export const SNAPPY_OVERRUN = 64 + WORDS;
/** How far back all copies reach that have no more than two bytes to say it, as those of all usual writers. */
export const SNAPPY_HISTORY = 64 * 1024;

/**
 * Decompresses the elements of one Snappy block, a few at a time
 * (https://github.com/google/snappy/blob/main/format_description.txt).
 */
export class SnappyBlock {
  /** How many bytes of the literal in hand have not been copied. */
  #literal = 0;
  /** True when it stopped at a copy of bytes that stand before those that the output has. */
  reachesBack = false;

  /**
   * Appends to `out` until that ends at `limit` or a little later, but never behind `last`, or until `input` has no whole
   * element more. Returns how many bytes of the input it has used up.
   */
  decompress(input: Buffer, out: PagePart, limit: number, last: number): number {
    const from = new DataView(input.buffer, input.byteOffset, input.length);
    const { bytes, view } = out;
    const end = input.length;
    let literal = this.#literal;
    let at = 0;
    let o = out.end;
    for (;;) {
      if (literal > 0) {
        const count = Math.min(literal, end - at, limit - o);
        if (count <= 0) break;
        copyLiteral(input, from, at, count, bytes, view, o);
        at += count;
        o += count;
        literal -= count;
      }
      if (o >= limit || at >= end) break;
      const tag = input[at]!;
      const kind = tag & 3;
      if (kind === LITERAL) {
        literal = (tag >> 2) + 1;
        const extra = Math.max(0, literal - MAX_SHORT_LITERAL);
        if (at + extra >= end) break;
        if (extra > 0) literal = 1 + input.readUIntLE(at + 1, extra);
        at += 1 + extra;
        if (literal > last - o) throw tooLong();
        if (literal <= WORDS && at + WORDS <= end) {
          copyWords(from, at, view, o);
          at += literal;
          o += literal;
          literal = 0;
        }
        continue;
      }
      let length = (tag >> 2) + 1;
      let offset: number;
      if (kind === NEAR_COPY) {
        if (at + 2 > end) break;
        length = ((tag >> 2) & 7) + 4;
        offset = ((tag >> 5) << 8) | input[at + 1]!;
        at += 2;
      } else if (kind === COPY) {
        if (at + 3 > end) break;
        offset = from.getUint16(at + 1, true);
        at += 3;
      } else {
        if (at + 5 > end) break;
        offset = from.getUint32(at + 1, true);
        at += 5;
      }
      if (offset === 0) throw new FormatError("a page cannot be decompressed: it copies nothing");
      if (length > last - o) throw tooLong();
      if (offset > o) {
        this.reachesBack = true;
        break;
      }
      copyBack(bytes, view, o - offset, o, length);
      o += length;
    }
    this.#literal = literal;
    out.end = o;
    return at;
  }
}

function copyLiteral(
  input: Buffer,
  from: DataView,
  at: number,
  count: number,
  bytes: Buffer,
  view: DataView,
  to: number,
): void {
  if (count >= LONG_LITERAL) {
    input.copy(bytes, to, at, at + count);
    return;
  }
  let i = 0;
  for (; i + 4 <= count; i += 4) view.setInt32(to + i, from.getInt32(at + i, true), true);
  for (; i < count; i++) bytes[to + i] = input[at + i]!;
}

function copyWords(from: DataView, at: number, view: DataView, to: number): void {
  view.setInt32(to, from.getInt32(at, true), true);
  view.setInt32(to + 4, from.getInt32(at + 4, true), true);
  view.setInt32(to + 8, from.getInt32(at + 8, true), true);
  view.setInt32(to + 12, from.getInt32(at + 12, true), true);
}

/** What is copied may be what the copy writes: then it repeats. */
function copyBack(bytes: Buffer, view: DataView, from: number, to: number, length: number): void {
  if (to - from >= 4) for (let i = 0; i < length; i += 4) view.setInt32(to + i, view.getInt32(from + i, true), true);
  else for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i]!;
}

function tooLong(): FormatError {
  return new FormatError("a page cannot be decompressed: it is longer than its header says");
}
