import type { DoubleColumn, IntColumn, LongColumn, TextColumn } from "../../batch/batch.ts";
import type { ByteWriter } from "../../batch/byte-writer.ts";
import { isEmpty } from "../../batch/cell.ts";
import { longToBigInt } from "../../batch/number-text.ts";
import type { Column } from "../../batch/batch.ts";
import { unscaledDecimal } from "./wide-decimal.ts";
import type { Bounds } from "./write-chunk.ts";

/** Writes values of one type, all of the same width, in the plain encoding, and knows the smallest and the largest. */
export interface FixedValues {
  /** Bytes that a value takes. */
  readonly width: number;
  /**
   * Appends the values of the cells `selection[from .. to)` that have one to `out`, which has room for them. An empty
   * `out` is the start of a page.
   */
  add(column: Column, selection: Int32Array, from: number, to: number, out: ByteWriter): void;
  /** The bounds of what was added since the last call. */
  takeBounds(): Bounds;
}

const NO_BOUNDS: Bounds = { min: undefined, max: undefined };
const LOWEST_INT = -0x80000000;
const HIGHEST_INT = 0x7fffffff;

/** One bit each, from the lowest bit of a byte on. */
export class BooleanValues implements FixedValues {
  readonly width = 1;
  #bits = 0;
  #seen = [false, false];

  add(column: IntColumn, selection: Int32Array, from: number, to: number, out: ByteWriter): void {
    if (out.length === 0) this.#bits = 0;
    const { valid, values } = column;
    const { bytes } = out;
    let bits = this.#bits;
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      if (valid[record] !== 0) {
        const value = values[record] === 0 ? 0 : 1;
        const at = bits >> 3;
        bytes[at] = (bits & 7) === 0 ? value : bytes[at]! | (value << (bits & 7));
        bits++;
        this.#seen[value] = true;
      }
    }
    this.#bits = bits;
    out.length = (bits + 7) >> 3;
  }

  takeBounds(): Bounds {
    const [sawFalse, sawTrue] = this.#seen;
    this.#seen = [false, false];
    if (!sawFalse && !sawTrue) return NO_BOUNDS;
    return { min: Uint8Array.of(sawFalse ? 0 : 1), max: Uint8Array.of(sawTrue ? 1 : 0) };
  }
}

/** 32-bit integers, little-endian. */
export class IntValues implements FixedValues {
  readonly width = 4;
  // The lowest above the highest stands for "no value yet", here and below.
  #min = HIGHEST_INT;
  #max = LOWEST_INT;

  add(column: IntColumn, selection: Int32Array, from: number, to: number, out: ByteWriter): void {
    const { valid, values } = column;
    const { view } = out;
    let at = out.length;
    let min = this.#min;
    let max = this.#max;
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      if (valid[record] !== 0) {
        const value = values[record]!;
        view.setInt32(at, value, true);
        at += 4;
        if (value < min) min = value;
        if (value > max) max = value;
      }
    }
    out.length = at;
    this.#min = min;
    this.#max = max;
  }

  takeBounds(): Bounds {
    const [min, max] = [this.#min, this.#max];
    this.#min = HIGHEST_INT;
    this.#max = LOWEST_INT;
    return min > max ? NO_BOUNDS : { min: int32Bytes(min), max: int32Bytes(max) };
  }
}

/** 64-bit integers, little-endian. */
export class LongValues implements FixedValues {
  readonly width = 8;
  #min = { low: -1, high: HIGHEST_INT };
  #max = { low: 0, high: LOWEST_INT };

  add(column: LongColumn, selection: Int32Array, from: number, to: number, out: ByteWriter): void {
    const { valid, words } = column;
    const { view } = out;
    const min = this.#min;
    const max = this.#max;
    let at = out.length;
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      if (valid[record] !== 0) {
        const low = words[record * 2]!;
        const high = words[record * 2 + 1]!;
        view.setInt32(at, low, true);
        view.setInt32(at + 4, high, true);
        at += 8;
        if (high < min.high || (high === min.high && low >>> 0 < min.low >>> 0)) {
          min.low = low;
          min.high = high;
        }
        if (high > max.high || (high === max.high && low >>> 0 > max.low >>> 0)) {
          max.low = low;
          max.high = high;
        }
      }
    }
    out.length = at;
  }

  takeBounds(): Bounds {
    const min = longToBigInt(this.#min.low, this.#min.high);
    const max = longToBigInt(this.#max.low, this.#max.high);
    this.#min = { low: -1, high: HIGHEST_INT };
    this.#max = { low: 0, high: LOWEST_INT };
    return min > max ? NO_BOUNDS : { min: int64Bytes(min), max: int64Bytes(max) };
  }
}

/** Floating-point numbers of 4 or 8 bytes, little-endian. */
export class FloatingValues implements FixedValues {
  readonly width: 4 | 8;
  #min = Infinity;
  #max = -Infinity;
  #sawNaN = false;

  constructor(width: 4 | 8) {
    this.width = width;
  }

  add(column: DoubleColumn, selection: Int32Array, from: number, to: number, out: ByteWriter): void {
    const { valid, values } = column;
    const { view } = out;
    const { width } = this;
    const single = width === 4;
    let at = out.length;
    let min = this.#min;
    let max = this.#max;
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      if (valid[record] !== 0) {
        const value = single ? Math.fround(values[record]!) : values[record]!;
        if (single) view.setFloat32(at, value, true);
        else view.setFloat64(at, value, true);
        at += width;
        if (value < min) min = value;
        if (value > max) max = value;
        if (value !== value) this.#sawNaN = true;
      }
    }
    out.length = at;
    this.#min = min;
    this.#max = max;
  }

  /**
   * No bounds when there is a NaN: for some readers it is above all numbers, and they would skip it. A zero is written
   * with the sign that covers both zeros, as the format asks.
   */
  takeBounds(): Bounds {
    const [min, max, sawNaN] = [this.#min, this.#max, this.#sawNaN];
    this.#min = Infinity;
    this.#max = -Infinity;
    this.#sawNaN = false;
    if (sawNaN || min > max) return NO_BOUNDS;
    return { min: this.#bytes(min === 0 ? -0 : min), max: this.#bytes(max === 0 ? 0 : max) };
  }

  #bytes(value: number): Uint8Array {
    return new Uint8Array(this.width === 4 ? Float32Array.of(value).buffer : Float64Array.of(value).buffer);
  }
}

/** Decimals of more than 18 digits, from their text: 16 bytes, big-endian, two's complement. */
export class WideDecimalValues implements FixedValues {
  readonly width = 16;
  readonly #scale: number;
  #min: bigint | undefined;
  #max: bigint | undefined;

  constructor(scale: number) {
    this.#scale = scale;
  }

  add(column: TextColumn, selection: Int32Array, from: number, to: number, out: ByteWriter): void {
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      if (!isEmpty(column, record)) {
        const text = column.bytes.latin1Slice(column.starts[record], column.ends[record]);
        const value = unscaledDecimal(text, this.#scale);
        putInt128(out.view, out.length, value);
        out.length += 16;
        if (this.#min === undefined || value < this.#min) this.#min = value;
        if (this.#max === undefined || value > this.#max) this.#max = value;
      }
    }
  }

  takeBounds(): Bounds {
    const [min, max] = [this.#min, this.#max];
    this.#min = undefined;
    this.#max = undefined;
    return min === undefined || max === undefined ? NO_BOUNDS : { min: int128Bytes(min), max: int128Bytes(max) };
  }
}

function int32Bytes(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

function int64Bytes(value: bigint): Uint8Array {
  return new Uint8Array(BigInt64Array.of(value).buffer);
}

function int128Bytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  putInt128(new DataView(bytes.buffer), 0, value);
  return bytes;
}

function putInt128(view: DataView, at: number, value: bigint): void {
  view.setBigInt64(at, value >> 64n);
  view.setBigUint64(at + 8, value & 0xffffffffffffffffn);
}
