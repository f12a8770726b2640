import type { ByteWriter } from "../../batch/byte-writer.ts";
import { copyWords } from "../../batch/string-text.ts";

/*
 * Spans a 32-bit word at a time. Up to three bytes behind a span are read, which `PADDING` allows; they never count.
 */

/** From here on a native copy is faster than one by words. */
const LONG_SPAN = 256;

/** A hash of the bytes and their number, good in its low bits. */
export function hashSpan(view: DataView, start: number, end: number): number {
  let hash = Math.imul(end - start, 0x9e3779b1);
  let at = start;
  for (; at + 4 <= end; at += 4) hash = mix(hash, view.getInt32(at, true));
  if (at < end) hash = mix(hash, view.getInt32(at, true) & tailMask(end - at));
  return hash ^ (hash >>> 12);
}

/** True when the span equals the bytes of another view from `otherStart` on. */
export function sameSpan(view: DataView, start: number, end: number, other: DataView, otherStart: number): boolean {
  let at = start;
  let otherAt = otherStart;
  for (; at + 4 <= end; at += 4, otherAt += 4) {
    if (view.getInt32(at, true) !== other.getInt32(otherAt, true)) return false;
  }
  if (at === end) return true;
  return ((view.getInt32(at, true) ^ other.getInt32(otherAt, true)) & tailMask(end - at)) === 0;
}

/** Copies a span to `at`, for which the writer has room; moves no length. */
export function copySpan(bytes: Buffer, view: DataView, start: number, end: number, out: ByteWriter, at: number): void {
  if (end - start < LONG_SPAN) copyWords(view, start, end, out.view, at);
  else bytes.copy(out.bytes, at, start, end);
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** The first one to three bytes of a little-endian word. */
function tailMask(bytes: number): number {
  return (1 << (bytes * 8)) - 1;
}
