import { PADDING } from "../../batch/batch.ts";
import { FormatError } from "../format.ts";
import type { PagePart } from "./page-part.ts";

const NO_BYTES = Buffer.alloc(PADDING);

/**
 * Reads the encoding RLE, a mixture of runs of one value and of bit-packed values, which holds levels, dictionary
 * indexes and booleans (https://parquet.apache.org/docs/file-format/data-pages/encodings/). It may stop anywhere, also
 * inside a run. `PADDING` bytes after the end may be read.
 */
export class HybridReader {
  #bytes: Buffer = NO_BYTES;
  #view: DataView = new DataView(NO_BYTES.buffer, NO_BYTES.byteOffset, NO_BYTES.length);
  #at = 0;
  #end = 0;
  #width = 0;
  /** How many values of the current run are left. */
  #left = 0;
  #packed = false;
  /** What a run that is not packed repeats. */
  #value = 0;
  /** Where a packed run begins, and how many of its bits have been read. */
  #packedAt = 0;
  #bit = 0;

  /** Goes to other values, of `width` bits each. */
  reset(values: PagePart, width: number): void {
    if (width > 32) throw new FormatError(`there are no values of ${width} bits`);
    this.#bytes = values.bytes;
    this.#view = values.view;
    this.#at = values.at;
    this.#end = values.end;
    this.#width = width;
    this.#left = 0;
  }

  /** Reads the next `count` values to the front of `out`. */
  read(out: Int32Array, count: number): void {
    if (this.#width === 0) {
      out.fill(0, 0, count);
      return;
    }
    for (let i = 0; i < count;) {
      if (this.#left === 0) this.#startRun();
      const step = Math.min(count - i, this.#left);
      if (this.#packed) this.#unpack(out, i, i + step);
      else out.fill(this.#value, i, i + step);
      this.#left -= step;
      i += step;
    }
  }

  #startRun(): void {
    const header = this.#varint();
    this.#packed = (header & 1) === 1;
    if (this.#packed) this.#startPacked(Math.floor(header / 2) * 8);
    else this.#startRepeated(Math.floor(header / 2));
  }

  #startRepeated(count: number): void {
    const length = (this.#width + 7) >> 3;
    if (length > this.#end - this.#at) throw new FormatError("a run of values has no value");
    let value = 0;
    for (let b = 0; b < length; b++) value |= this.#bytes[this.#at++]! << (b * 8);
    if (this.#width < 32 && value >>> this.#width !== 0) {
      throw new FormatError(`a value has more than ${this.#width} bits`);
    }
    this.#value = value;
    this.#left = count;
  }

  #startPacked(count: number): void {
    const available = (this.#end - this.#at) * 8;
    // Some writers leave out the bytes that would only fill up the last group of eight values.
    this.#left = Math.min(count, Math.floor(available / this.#width));
    if (this.#left === 0 && count > 0) throw new FormatError("a run of values has no values");
    this.#packedAt = this.#at;
    this.#bit = 0;
    this.#at = Math.min(this.#end, this.#at + (count / 8) * this.#width);
  }

  #unpack(out: Int32Array, from: number, to: number): void {
    const width = this.#width;
    const view = this.#view;
    const at = this.#packedAt;
    let bit = this.#bit;
    if (width <= 25) {
      const mask = (1 << width) - 1;
      for (let i = from; i < to; i++, bit += width) {
        out[i] = (view.getInt32(at + (bit >>> 3), true) >>> (bit & 7)) & mask;
      }
    } else {
      for (let i = from; i < to; i++, bit += width) out[i] = readBits(view, at, bit, width);
    }
    this.#bit = bit;
  }

  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 5; i++) {
      if (this.#at >= this.#end) throw new FormatError("the page ends before its last value");
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new FormatError("the length of a run has more than 32 bits");
  }
}

/** The `width` bits (at most 32) that begin `bit` bits after the byte at `at`, as a signed 32-bit integer. */
export function readBits(view: DataView, at: number, bit: number, width: number): number {
  if (width === 0) return 0;
  const byte = at + (bit >>> 3);
  const shift = bit & 7;
  let value = view.getUint32(byte, true) >>> shift;
  if (shift + width > 32) value |= view.getUint8(byte + 4) << (32 - shift);
  return width === 32 ? value | 0 : value & ((1 << width) - 1);
}
