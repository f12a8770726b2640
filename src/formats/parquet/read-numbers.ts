import { FormatError } from "../format.ts";
import type { NumberCells, ReadNumbers } from "./number-cells.ts";

/* Typed arrays have the byte order of the machine; the format's is little-endian, as is every machine's that runs Node. */

const JULIAN_DAY_OF_1970 = 2_440_588n;
const NANOS_PER_DAY = 86_400_000_000_000n;

/** One bit each. */
export const readBooleans: ReadNumbers = (values, count, { words }) => {
  const first = values.bit;
  const past = first + count;
  const at = values.take(past >> 3);
  if ((past & 7) !== 0 && values.at === values.end) throw new FormatError("the page ends before its last value");
  const { bytes } = values;
  for (let i = 0, bit = first; i < count; i++, bit++) words[i] = (bytes[at + (bit >> 3)]! >> (bit & 7)) & 1;
  values.bit = past & 7;
};

/** Values of as many bytes as a cell has: 32-bit integers in cells of one word, 64-bit integers and doubles in two. */
export const copyNumbers: ReadNumbers = (values, count, cells) => {
  const length = count * cells.width * 4;
  const at = values.take(length);
  cells.bytes.set(values.bytes.subarray(at, at + length));
};

export const readIntsAsLongs: ReadNumbers = (values, count, { words }) => {
  let at = values.take(count * 4);
  for (let i = 0; i < count; i++, at += 4) {
    const value = values.view.getInt32(at, true);
    words[i * 2] = value;
    words[i * 2 + 1] = value >> 31;
  }
};

export const readUnsignedIntsAsLongs: ReadNumbers = (values, count, { words }) => {
  let at = values.take(count * 4);
  for (let i = 0; i < count; i++, at += 4) {
    words[i * 2] = values.view.getInt32(at, true);
    words[i * 2 + 1] = 0;
  }
};

export const readFloats: ReadNumbers = (values, count, { doubles }) => {
  let at = values.take(count * 4);
  for (let i = 0; i < count; i++, at += 4) doubles[i] = values.view.getFloat32(at, true);
};

/** IEEE 754 half precision. */
export const readHalfFloats: ReadNumbers = (values, count, { doubles }) => {
  let at = values.take(count * 2);
  for (let i = 0; i < count; i++, at += 2) doubles[i] = halfFloat(values.view.getUint16(at, true));
};

/** FIXED_LEN_BYTE_ARRAY as an unscaled decimal. */
export function readFixedDecimalsAsLongs(length: number): ReadNumbers {
  return (values, count, cells) => {
    let at = values.take(count * length);
    for (let i = 0; i < count; i++, at += length) readBigEndian(values.bytes, at, length, i, cells);
  };
}

/** BYTE_ARRAY as an unscaled decimal. */
export const readDecimalsAsLongs: ReadNumbers = (values, count, cells) => {
  for (let i = 0; i < count; i++) {
    const length = values.view.getInt32(values.take(4), true);
    if (length < 0) throw new FormatError("a value has a negative length");
    readBigEndian(values.bytes, values.take(length), length, i, cells);
  }
};

/** INT96: nanoseconds of the day in eight bytes, then the Julian day in four; becomes nanoseconds since 1970. */
export const readJulianNanos: ReadNumbers = (values, count, cells) => {
  let at = values.take(count * 12);
  for (let i = 0; i < count; i++, at += 12) {
    const day = BigInt(values.view.getInt32(at + 8, true)) - JULIAN_DAY_OF_1970;
    const nanos = day * NANOS_PER_DAY + values.view.getBigInt64(at, true);
    cells.longs[i] = nanos;
    if (BigInt.asIntN(64, nanos) !== nanos) {
      cells.refuse(i, "TypeMismatch", "The instant is outside the years 1677 to 2262, which nanoseconds can count.");
    }
  }
};

/** Reads two's complement into the two words of cell `i`; refuses what has more than 64 bits. */
function readBigEndian(bytes: Buffer, at: number, length: number, i: number, cells: NumberCells): void {
  const sign = length > 0 && bytes[at]! >= 0x80 ? -1 : 0;
  let high = sign;
  let low = sign;
  for (let b = 0; b < length; b++) {
    const out = high >> 24;
    high = (high << 8) | (low >>> 24);
    low = (low << 8) | bytes[at + b]!;
    if (out !== sign || high >> 31 !== sign) {
      return cells.refuse(i, "TypeMismatch", "The decimal has more digits than its type.");
    }
  }
  cells.words[i * 2] = low;
  cells.words[i * 2 + 1] = high;
}

function halfFloat(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}
