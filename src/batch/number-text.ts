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

/** Writes a non-negative safe integer's digits; returns the offset after them. Room for 16 bytes is the caller's. */
function writeUint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  let digits = 1;
  for (let limit = 10; digits < 16 && rest >= limit; limit *= 10) digits++;
  let i = at + digits - 1;
  while (rest > 0xffffffff) {
    const quotient = Math.floor(rest / 10);
    out[i--] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  rest = rest >>> 0;
  while (rest >= 10) {
    const quotient = (rest / 10) >>> 0;
    out[i--] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  out[i] = ZERO + rest;
  return at + digits;
}

/** Writes a safe integer. */
export function writeInt(out: Uint8Array, at: number, value: number): number {
  if (value >= 0) return writeUint(out, at, value);
  out[at] = MINUS;
  return writeUint(out, at + 1, -value);
}

/** Writes mantissa / 10^scale exactly as that many decimals (mantissa a safe integer, scale at most 22). */
export function writeDecimal(out: Uint8Array, at: number, mantissa: number, scale: number): number {
  let o = at;
  let rest = mantissa;
  if (rest < 0) {
    out[o++] = MINUS;
    rest = -rest;
  }
  if (scale === 0) return writeUint(out, o, rest);
  const power = POWERS_OF_TEN[scale]!;
  const whole = Math.floor(rest / power);
  let fraction = rest - whole * power;
  o = writeUint(out, o, whole);
  out[o++] = POINT;
  for (let i = scale - 1; i >= 0; i--) {
    const quotient = Math.floor(fraction / 10);
    out[o + i] = ZERO + (fraction - quotient * 10);
    fraction = quotient;
  }
  return o + scale;
}

/** Writes the shortest text that reads back as the same double. NaN and the infinities are the caller's to refuse. Room: 25 bytes. */
export function writeDouble(out: Buffer, at: number, value: number): number {
  if (Number.isInteger(value) && value > -1e15 && value < 1e15) {
    return Object.is(value, -0) ? writeText(out, at, "-0.0") : writeInt(out, at, value);
  }
  const size = Math.abs(value);
  if (size < 1e11 && size >= 1e-3) {
    // Most measured values have two or four decimals; when the quotient is the same double, its text is the shortest.
    for (let scale = 2; scale <= 4; scale += 2) {
      const power = POWERS_OF_TEN[scale]!;
      const mantissa = Math.round(value * power);
      if (mantissa / power === value) return writeTrimmed(out, at, mantissa, scale);
    }
  }
  return writeText(out, at, String(value));
}

/** Writes the shortest text that reads back as the same 32-bit float. Room: 25 bytes. */
export function writeFloat(out: Buffer, at: number, value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return writeDouble(out, at, Number(text));
  }
  return writeDouble(out, at, Number(value.toPrecision(9)));
}

/** Writes a 64-bit integer given as two halves. Room: 20 bytes. */
export function writeLong(out: Buffer, at: number, low: number, high: number): number {
  const value = high * 4294967296 + (low >>> 0);
  if (Number.isSafeInteger(value)) return writeInt(out, at, value);
  return writeText(out, at, longToBigInt(low, high).toString());
}

/** Writes an unscaled 64-bit decimal with all its `scale` decimals. Room: 22 bytes. */
export function writeLongDecimal(out: Buffer, at: number, low: number, high: number, scale: number): number {
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

function writeTrimmed(out: Uint8Array, at: number, mantissa: number, scale: number): number {
  let rest = mantissa;
  let decimals = scale;
  while (decimals > 0 && rest % 10 === 0) {
    rest /= 10;
    decimals--;
  }
  return writeDecimal(out, at, rest, decimals);
}

function writeText(out: Buffer, at: number, text: string): number {
  return at + out.latin1Write(text, at, text.length);
}
