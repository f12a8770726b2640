/*
 * Numbers of any length, read from their text and compared digit by digit: never rounded, nothing allocated per
 * number. A number is sign x 0.d1d2d3... x 10^magnitude with d1 > 0.
 */

const ZERO = 48;
const NINE = 57;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const LETTER_E = 101;

/** The number that `readDigits` read last. Its digits stand in the bytes from `first` to `last`, around a point. */
export const digits = {
  /** -1, 0 or 1. */
  sign: 0,
  magnitude: 0,
  first: 0,
  last: 0,
  /** True when JSON would call it a number; `+1`, `007`, `.5` and `5.` are numbers too, but not in JSON. */
  inJson: false,
};

/** Reads a number with optional sign, fraction and exponent; false for any other text. */
export function readDigits(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  const signed = bytes[at] === MINUS || bytes[at] === PLUS;
  const negative = bytes[at] === MINUS;
  const plus = bytes[at] === PLUS;
  if (signed) at++;
  const whole = at;
  let point = -1;
  let first = -1;
  for (; at < end; at++) {
    const c = bytes[at]!;
    if (c === POINT && point < 0) point = at;
    else if (c < ZERO || c > NINE) break;
    else if (first < 0 && c !== ZERO) first = at;
  }
  const last = at;
  const wholeDigits = (point < 0 ? last : point) - whole;
  const decimals = point < 0 ? 0 : last - point - 1;
  if (wholeDigits + decimals === 0) return false;
  const exponent = at === end ? 0 : readExponent(bytes, at, end);
  if (Number.isNaN(exponent)) return false;
  digits.sign = first < 0 ? 0 : negative ? -1 : 1;
  digits.magnitude = placesBeforePoint(first, point < 0 ? last : point) + exponent;
  digits.first = first < 0 ? last : first;
  digits.last = last;
  digits.inJson =
    !plus && wholeDigits > 0 && (wholeDigits === 1 || bytes[whole] !== ZERO) && decimals > 0 === point >= 0;
  return true;
}

/** A number to compare with. */
export interface Digits {
  readonly sign: number;
  readonly magnitude: number;
  /** The digits' values from the first that is not zero. */
  readonly values: Uint8Array;
}

/** Keeps what `readDigits` read last, from the same bytes. */
export function keepDigits(bytes: Uint8Array): Digits {
  const values: number[] = [];
  for (let at = digits.first; at < digits.last; at++) if (bytes[at] !== POINT) values.push(bytes[at]! - ZERO);
  return { sign: digits.sign, magnitude: digits.magnitude, values: Uint8Array.from(values) };
}

/** Negative, zero or positive as the number that `readDigits` read last, from the same bytes, stands to `other`. */
export function compareDigits(bytes: Uint8Array, other: Digits): number {
  if (digits.sign !== other.sign) return digits.sign - other.sign;
  if (digits.sign === 0) return 0;
  if (digits.magnitude !== other.magnitude) return digits.magnitude > other.magnitude ? digits.sign : -digits.sign;
  const { values } = other;
  let place = 0;
  for (let at = digits.first; at < digits.last; at++) {
    if (bytes[at] === POINT) continue;
    const difference = bytes[at]! - ZERO - (place < values.length ? values[place]! : 0);
    if (difference !== 0) return difference * digits.sign;
    place++;
  }
  while (place < values.length) if (values[place++] !== 0) return -digits.sign;
  return 0;
}

/** How far the first digit stands before the point (1: just before it; 0: just behind it). */
function placesBeforePoint(first: number, point: number): number {
  return first < 0 ? 0 : first < point ? point - first : point - first + 1;
}

/** The value of `e12`, `E+3`; NaN for any other text. An absurd one becomes infinite, which still compares right. */
function readExponent(bytes: Uint8Array, start: number, end: number): number {
  if ((bytes[start]! | 32) !== LETTER_E) return Number.NaN;
  let at = start + 1;
  const negative = bytes[at] === MINUS;
  if (at < end && (negative || bytes[at] === PLUS)) at++;
  if (at === end) return Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const c = bytes[at]!;
    if (c < ZERO || c > NINE) return Number.NaN;
    value = value * 10 + (c - ZERO);
  }
  return negative ? -value : value;
}
