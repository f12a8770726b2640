import type { Bounds } from "./write-chunk.ts";

/** Longer bounds are left out of the statistics. */
const MAX_BOUND = 64;

const LOWEST_PREFIX = -0x80000000;
const HIGHEST_PREFIX = 0x7fffffff;

/** The smallest and the largest of the spans it is offered, by their bytes. */
export class TextBounds {
  readonly #min = new Bound(HIGHEST_PREFIX);
  readonly #max = new Bound(LOWEST_PREFIX);

  /** Up to four bytes behind the span are read. */
  offer(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const prefix = prefixOf(view, start, end);
    const min = this.#min;
    if (prefix <= min.prefix && (min.isEmpty || min.compare(prefix, bytes, start, end) < 0)) {
      min.set(prefix, bytes, start, end);
    }
    const max = this.#max;
    if (prefix >= max.prefix && (max.isEmpty || max.compare(prefix, bytes, start, end) > 0)) {
      max.set(prefix, bytes, start, end);
    }
  }

  /** The bounds of what was offered since the last call. */
  take(): Bounds {
    return { min: this.#min.take(), max: this.#max.take() };
  }
}

/**
 * One bound. Only its first bytes are kept: two values that share as many are both too long to be written, and what is
 * short enough is still compared right.
 */
class Bound {
  isEmpty = true;
  /** Decides most comparisons. */
  prefix: number;
  readonly #emptyPrefix: number;
  readonly #bytes = Buffer.allocUnsafeSlow(MAX_BOUND + 1);
  #length = 0;

  constructor(emptyPrefix: number) {
    this.#emptyPrefix = emptyPrefix;
    this.prefix = emptyPrefix;
  }

  set(prefix: number, bytes: Uint8Array, start: number, end: number): void {
    this.isEmpty = false;
    this.prefix = prefix;
    this.#length = Math.min(end - start, MAX_BOUND + 1);
    for (let i = 0; i < this.#length; i++) this.#bytes[i] = bytes[start + i]!;
  }

  /** Below 0 when the span comes before the bound, above 0 when after. */
  compare(prefix: number, bytes: Uint8Array, start: number, end: number): number {
    if (prefix !== this.prefix) return prefix - this.prefix;
    const length = Math.min(end - start, MAX_BOUND + 1);
    const common = Math.min(length, this.#length);
    for (let i = 0; i < common; i++) {
      const difference = bytes[start + i]! - this.#bytes[i]!;
      if (difference !== 0) return difference;
    }
    return length - this.#length;
  }

  take(): Buffer | undefined {
    const known = !this.isEmpty && this.#length <= MAX_BOUND;
    this.isEmpty = true;
    this.prefix = this.#emptyPrefix;
    return known ? Buffer.from(this.#bytes.subarray(0, this.#length)) : undefined;
  }
}

/** The first four bytes as a number that orders spans as their bytes do, where it differs; zeros stand behind a short one. */
function prefixOf(view: DataView, start: number, end: number): number {
  const missing = 4 - (end - start);
  const word = missing < 4 ? view.getInt32(start, false) : 0;
  const unsigned = missing > 0 && missing < 4 ? (word >> (missing * 8)) << (missing * 8) : word;
  // With the sign bit turned, signed numbers order as unsigned bytes do.
  return unsigned ^ 0x80000000;
}
