/*
 * Numbers between bytes and values, without strings where that is possible.
 * A number's text is never rounded on the way: only what computes with it parses it.
 */

export const POWERS_OF_TEN: readonly number[] = Array.from({ length: 23 }, (_, i) => 10 ** i);
const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const POINT = 46;

/** Mantissa and scale of the last number for which `readDecimal` answered true: mantissa / 10^scale. */
export const decimal = { mantissa: 0, scale: 0 };

/** Reads a plain decimal (no exponent) whose digits fit a double's 53 bits into `decimal`; false for any other text. */
export function readDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  if (end <= start || end - start > 17) return false;
  let at = start;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  let mantissa = 0;
  let scale = -1;
  let digits = 0;
  for (; at < end; at++) {
    const c = bytes[at]!;
    if (c >= ZERO && c <= NINE) {
      mantissa = mantissa * 10 + (c - ZERO);
      digits++;
      if (scale >= 0) scale++;
    } else if (c === POINT && scale < 0) scale = 0;
    else return false;
  }
  if (digits === 0 || mantissa > Number.MAX_SAFE_INTEGER) return false;
  decimal.mantissa = negative ? -mantissa : mantissa;
  decimal.scale = scale < 0 ? 0 : scale;
  return true;
}

/** The double nearest to the number in the bytes; NaN when they are not a number. Surrounding blanks are not a number. */
export function readNumber(bytes: Buffer, start: number, end: number): number {
  if (readDecimal(bytes, start, end)) {
    // Both operands are exact, so the division rounds once: the same double that parsing the text gives.
    return decimal.scale === 0 ? decimal.mantissa : decimal.mantissa / POWERS_OF_TEN[decimal.scale]!;
  }
  const text = bytes.latin1Slice(start, end);
  return isNumberText(text) ? Number(text) : Number.NaN;
}

/** True for a number with optional sign, fraction and exponent. Wider than JSON: `+1`, `007`, `.5` and `5.` are numbers. */
export function isNumberText(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
}

/** Reads a double into `decimal` as its shortest text spells it, when it has at most four decimals; false for any other. */
export function splitDouble(value: number): boolean {
  const size = Math.abs(value);
  const whole = Math.floor(size);
  const fraction = tenThousandths(size, whole);
  if (fraction < 0 || Object.is(value, -0)) return false;
  const scale =
    fraction === 0 ? 0 : fraction % 100 === 0 ? (fraction % 1000 === 0 ? 1 : 2) : fraction % 10 === 0 ? 3 : 4;
  const mantissa = whole * POWERS_OF_TEN[scale]! + fraction / POWERS_OF_TEN[4 - scale]!;
  decimal.mantissa = value < 0 ? -mantissa : mantissa;
  decimal.scale = scale;
  return true;
}

/**
 * The fraction of a double that is not negative, as a whole number of ten-thousandths, when the double's shortest text is
 * just that: so it is for most measured values. -1 for any other, and for numbers that are not small.
 */
function tenThousandths(size: number, whole: number): number {
  if (whole === size) return size < 1e15 ? 0 : -1;
  if (!(size < 1e11 && size >= 1e-3)) return -1;
  // A double has no other text of up to 15 digits than the one of which it is the quotient.
  const fraction = Math.round((size - whole) * 10_000);
  return (whole * 10_000 + fraction) / 10_000 === size ? fraction : -1;
}

/* All that follows writes to `out` at `at`, where the room is the caller's to make, and returns the offset after it. */

/** The two digits of each number up to 99, as a little-endian 16-bit word. */
export const DIGIT_PAIRS = Uint16Array.from(
  { length: 100 },
  (_, i) => ZERO + Math.floor(i / 10) + ((ZERO + (i % 10)) << 8),
);

/** Writes a safe integer. Room: 17 bytes. */
export function writeInt(out: DataView, at: number, value: number): number {
  if (value >= 0) return writeUint(out, at, value);
  out.setUint8(at, MINUS);
  return writeUint(out, at + 1, -value);
}

function writeUint(out: DataView, at: number, value: number): number {
  if (value <= 0x7fffffff) return writeSmallUint(out, at, value);
  const high = Math.floor(value / 1e8);
  const middle = writeUint(out, at, high);
  writeDigits(out, middle, value - high * 1e8, 8);
  return middle + 8;
}

function writeSmallUint(out: DataView, at: number, value: number): number {
  const end = at + countDigits(value);
  writeDigits(out, at, value, end - at);
  return end;
}

/** Of a 32-bit integer. */
function countDigits(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  if (value < 100_000_000) return value < 1_000_000 ? (value < 100_000 ? 5 : 6) : value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}

/** Writes the last `digits` digits of a non-negative 32-bit integer. */
function writeDigits(out: DataView, at: number, value: number, digits: number): void {
  let rest = value | 0;
  let o = at + digits;
  while (o - at >= 2) {
    const quotient = (rest / 100) | 0;
    o -= 2;
    out.setUint16(o, DIGIT_PAIRS[rest - quotient * 100]!, true);
    rest = quotient;
  }
  if (o > at) out.setUint8(at, ZERO + (rest % 10));
}

/** Writes mantissa / 10^scale exactly as that many decimals (mantissa a safe integer, scale at most 22). Room: 42 bytes. */
export function writeDecimal(out: DataView, at: number, mantissa: number, scale: number): number {
  if (scale === 0) return writeInt(out, at, mantissa);
  let o = at;
  let rest = mantissa;
  if (rest < 0) {
    out.setUint8(o++, MINUS);
    rest = -rest;
  }
  const power = POWERS_OF_TEN[scale]!;
  const whole = Math.floor(rest / power);
  o = writeUint(out, o, whole);
  out.setUint8(o++, POINT);
  writeFraction(out, o, rest - whole * power, scale);
  return o + scale;
}

function writeFraction(out: DataView, at: number, fraction: number, scale: number): void {
  let rest = fraction;
  let digits = scale;
  for (; digits > 8; digits -= 8) {
    const quotient = Math.floor(rest / 1e8);
    writeDigits(out, at + digits - 8, rest - quotient * 1e8, 8);
    rest = quotient;
  }
  writeDigits(out, at, rest, digits);
}

/** Writes the shortest text that reads back as the same double. NaN and the infinities are the caller's to refuse. Room: 26 bytes. */
export function writeDouble(out: DataView, at: number, value: number): number {
  const size = Math.abs(value);
  const whole = Math.floor(size);
  const fraction = tenThousandths(size, whole);
  if (fraction < 0) return writeText(out, at, String(value));
  if (fraction === 0) return Object.is(value, -0) ? writeText(out, at, "-0.0") : writeInt(out, at, value);
  let o = at;
  if (value < 0) out.setUint8(o++, MINUS);
  o = writeUint(out, o, whole);
  out.setUint8(o++, POINT);
  const hundredths = (fraction / 100) | 0;
  const rest = fraction - hundredths * 100;
  if (rest === 0) return writeTrimmed(out, o, hundredths);
  out.setUint16(o, DIGIT_PAIRS[hundredths]!, true);
  return writeTrimmed(out, o + 2, rest);
}

/** Two decimals, without a zero at the end. */
function writeTrimmed(out: DataView, at: number, pair: number): number {
  out.setUint16(at, DIGIT_PAIRS[pair]!, true);
  return pair % 10 === 0 ? at + 1 : at + 2;
}

/** Writes the shortest text that reads back as the same 32-bit float. Room: 26 bytes. */
export function writeFloat(out: DataView, at: number, value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return writeDouble(out, at, Number(text));
  }
  return writeDouble(out, at, Number(value.toPrecision(9)));
}

/** Writes a 64-bit integer given as two halves. Room: 20 bytes. */
export function writeLong(out: DataView, at: number, low: number, high: number): number {
  const value = high * 4294967296 + (low >>> 0);
  if (Number.isSafeInteger(value)) return writeInt(out, at, value);
  return writeText(out, at, longToBigInt(low, high).toString());
}

/** Writes an unscaled 64-bit decimal with all its `scale` decimals. Room: 22 bytes. */
export function writeLongDecimal(out: DataView, at: number, low: number, high: number, scale: number): number {
  const value = high * 4294967296 + (low >>> 0);
  if (Number.isSafeInteger(value)) return writeDecimal(out, at, value, scale);
  return writeText(out, at, decimalText(longToBigInt(low, high), scale));
}

/** The text of unscaled / 10^scale, with exactly `scale` decimals. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

export function longToBigInt(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** ASCII only. */
function writeText(out: DataView, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out.setUint8(at + i, text.charCodeAt(i));
  return at + text.length;
}
