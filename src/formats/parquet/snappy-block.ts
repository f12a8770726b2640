import { FormatError } from "../format.ts";
import type { PagePart } from "./page-part.ts";

/** What the lowest two bits of an element's first byte say. Copies are of earlier output. */
const LITERAL = 0;
const NEAR_COPY = 1;
const FAR_COPY = 3;

/** Lengths above it stand in bytes of their own. */
const MAX_SHORT_LITERAL = 60;
/** From here on a native copy is faster than one by words. */
const LONG_LITERAL = 64;
/** Literals of up to so many bytes are copied as if they had so many. */
const WORDS = 16;
/** Any other element but a longer literal has at most so many. */
const MAX_ELEMENT = 64;

/** What the first byte of a copy says: how long it is, and of a near one the high bits of its offset. */
const COPY_LENGTHS = new Uint8Array(256);
const HIGH_OFFSETS = new Uint16Array(256);
for (let tag = 0; tag < 256; tag++) {
  const isNear = (tag & 3) === NEAR_COPY;
  COPY_LENGTHS[tag] = isNear ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
  HIGH_OFFSETS[tag] = isNear ? (tag >> 5) << 8 : 0;
}
/** How much of the two bytes behind it belongs to the offset, by the kind of copy. */
const LOW_OFFSETS = Uint16Array.of(0, 0xff, 0xffff);

/** The most bytes that one call writes behind its limit. */
export const SNAPPY_OVERRUN = MAX_ELEMENT + WORDS;
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
    for (let at = 0; ;) {
      if (this.#literal === 0) at = copyElements(from, at, out, Math.min(limit, last - MAX_ELEMENT));
      const used = this.#copyElement(input, from, at, out, limit, last);
      if (used === 0) return at;
      at += used;
    }
  }

  /** Any element, or what there is of it. Returns how many bytes of the input that has used up; 0 when it cannot go on. */
  #copyElement(input: Buffer, from: DataView, at: number, out: PagePart, limit: number, last: number): number {
    const left = input.length - at;
    if (left === 0 || out.end >= limit) return 0;
    if (this.#literal > 0) return this.#copyLiteral(input, from, at, out, limit);
    const tag = input[at]!;
    const kind = tag & 3;
    const size =
      kind === LITERAL ? 1 + Math.max(0, (tag >> 2) + 1 - MAX_SHORT_LITERAL) : kind === FAR_COPY ? 5 : kind + 1;
    if (left < size) return 0;
    if (kind === LITERAL) {
      this.#literal = size === 1 ? (tag >> 2) + 1 : 1 + input.readUIntLE(at + 1, size - 1);
      if (this.#literal > last - out.end) throw tooLong();
      return size;
    }
    const length = COPY_LENGTHS[tag]!;
    const offset = HIGH_OFFSETS[tag]! + input.readUIntLE(at + 1, size - 1);
    if (offset === 0) throw new FormatError("a page cannot be decompressed: it copies nothing");
    if (length > last - out.end) throw tooLong();
    if (offset > out.end) {
      this.reachesBack = true;
      return 0;
    }
    copyBack(out.bytes, out.view, out.end - offset, out.end, length);
    out.end += length;
    return size;
  }

  #copyLiteral(input: Buffer, from: DataView, at: number, out: PagePart, limit: number): number {
    const count = Math.min(this.#literal, input.length - at, limit - out.end);
    copyLiteral(input, from, at, count, out.bytes, out.view, out.end);
    out.end += count;
    this.#literal -= count;
    return count;
  }
}

/**
 * The usual elements, without looking at each whether it is whole: none from where the last of them could be cut off, or
 * could end behind `MAX_ELEMENT` more than `limit`. Stops, too, at a long literal, and at a copy that something is wrong
 * with. Returns where in the input it has stopped.
 */
function copyElements(from: DataView, start: number, out: PagePart, limit: number): number {
  const { bytes, view } = out;
  const end = from.byteLength - MAX_ELEMENT;
  let at = start;
  let o = out.end;
  while (at < end && o < limit) {
    const tag = from.getUint8(at);
    const kind = tag & 3;
    if (kind === LITERAL) {
      const length = (tag >> 2) + 1;
      if (length > MAX_SHORT_LITERAL) break;
      copyWords(from, at + 1, length, view, o);
      at += length + 1;
      o += length;
      continue;
    }
    if (kind === FAR_COPY) break;
    const offset = HIGH_OFFSETS[tag]! + (from.getUint16(at + 1, true) & LOW_OFFSETS[kind]!);
    if (offset === 0 || offset > o) break;
    const length = COPY_LENGTHS[tag]!;
    copyBack(bytes, view, o - offset, o, length);
    at += kind + 1;
    o += length;
  }
  out.end = o;
  return at;
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

/** Reads and writes sixteen bytes even when there are fewer: then there is no loop whose end must be guessed. */
function copyWords(from: DataView, at: number, length: number, view: DataView, to: number): void {
  view.setInt32(to, from.getInt32(at, true), true);
  view.setInt32(to + 4, from.getInt32(at + 4, true), true);
  view.setInt32(to + 8, from.getInt32(at + 8, true), true);
  view.setInt32(to + 12, from.getInt32(at + 12, true), true);
  for (let i = 16; i < length; i += 4) view.setInt32(to + i, from.getInt32(at + i, true), true);
}

/** What is copied may be what the copy writes: then it repeats. Writes up to twelve bytes even when there are fewer. */
function copyBack(bytes: Buffer, view: DataView, from: number, to: number, length: number): void {
  if (to - from < 4) {
    for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i]!;
    return;
  }
  // Most copies are that short, and then there is no loop whose end must be guessed.
  view.setInt32(to, view.getInt32(from, true), true);
  view.setInt32(to + 4, view.getInt32(from + 4, true), true);
  view.setInt32(to + 8, view.getInt32(from + 8, true), true);
  for (let i = 12; i < length; i += 4) view.setInt32(to + i, view.getInt32(from + i, true), true);
}

function tooLong(): FormatError {
  return new FormatError("a page cannot be decompressed: it is longer than its header says");
}
