import { digits, readDigits } from "./number-digits.ts";

/** An exact decimal of any length: unscaled / 10^scale. */
export interface BigDecimal {
  readonly unscaled: bigint;
  /** May be negative. */
  readonly scale: number;
}

/** Numbers with more digits, or farther from the point, are not computed with: `1e999999999` would fill the memory. */
const MAX_DIGITS = 1000;
const QUOTIENT_DIGITS = 15;
/** With more zeros than this around the digits a number is written with an exponent. */
const MAX_ZEROS = 21;

/** The number in the bytes: undefined when there is none, null when it is too large to compute with. */
export function readBigDecimal(bytes: Buffer, start: number, end: number): BigDecimal | null | undefined {
  if (!readDigits(bytes, start, end)) return undefined;
  const { sign, magnitude, first, last } = digits;
  if (sign === 0) return { unscaled: 0n, scale: 0 };
  if (last - first > MAX_DIGITS || Math.abs(magnitude) > MAX_DIGITS) return null;
  const significant = bytes.latin1Slice(first, last).replace(".", "");
  const unscaled = BigInt(significant);
  return { unscaled: sign < 0 ? -unscaled : unscaled, scale: significant.length - magnitude };
}

/** The number times 10^scale; undefined when that is no integer. */
export function unscaledDecimal(value: BigDecimal, scale: number): bigint | undefined {
  if (value.scale <= scale) return unscaledAt(value, scale);
  const unit = 10n ** BigInt(value.scale - scale);
  return value.unscaled % unit === 0n ? value.unscaled / unit : undefined;
}

export function addDecimals(a: BigDecimal, b: BigDecimal): BigDecimal {
  const scale = Math.max(a.scale, b.scale);
  return { unscaled: unscaledAt(a, scale) + unscaledAt(b, scale), scale };
}

export function subtractDecimals(a: BigDecimal, b: BigDecimal): BigDecimal {
  return addDecimals(a, { unscaled: -b.unscaled, scale: b.scale });
}

export function multiplyDecimals(a: BigDecimal, b: BigDecimal): BigDecimal {
  return { unscaled: a.unscaled * b.unscaled, scale: a.scale + b.scale };
}

/** The quotient to 15 significant digits, halves rounded away from zero; null when `b` is zero. */
export function divideDecimals(a: BigDecimal, b: BigDecimal): BigDecimal | null {
  if (b.unscaled === 0n) return null;
  if (a.unscaled === 0n) return { unscaled: 0n, scale: 0 };
  const dividend = magnitudeOf(a.unscaled);
  const divisor = magnitudeOf(b.unscaled);
  const shift = Math.max(0, QUOTIENT_DIGITS + 1 + divisor.toString().length - dividend.toString().length);
  const quotient = (dividend * 10n ** BigInt(shift)) / divisor;
  // One digit more than is kept is enough to round by: what the division leaves over only adds to a half.
  const dropped = quotient.toString().length - QUOTIENT_DIGITS;
  const unit = 10n ** BigInt(dropped);
  const rounded = (quotient + unit / 2n) / unit;
  const negative = a.unscaled < 0n !== b.unscaled < 0n;
  return { unscaled: negative ? -rounded : rounded, scale: a.scale - b.scale + shift - dropped };
}

/** The number's shortest exact text in JSON's grammar: no zeros at the end, an exponent where there would be many. */
export function bigDecimalText({ unscaled, scale }: BigDecimal): string {
  if (unscaled === 0n) return "0";
  const sign = unscaled < 0n ? "-" : "";
  const all = magnitudeOf(unscaled).toString();
  const significant = trimZeros(all);
  const point = all.length - scale;
  return sign + placePoint(significant, point);
}

/** Writes 0.d1d2d3... x 10^point. */
function placePoint(significant: string, point: number): string {
  const zerosBehind = point - significant.length;
  if (zerosBehind > MAX_ZEROS || -point > MAX_ZEROS) {
    const rest = significant.slice(1);
    return `${significant[0]}${rest === "" ? "" : `.${rest}`}e${point > 0 ? "+" : ""}${point - 1}`;
  }
  if (zerosBehind >= 0) return significant + "0".repeat(zerosBehind);
  if (point <= 0) return `0.${"0".repeat(-point)}${significant}`;
  return `${significant.slice(0, point)}.${significant.slice(point)}`;
}

function trimZeros(text: string): string {
  let end = text.length;
  while (text[end - 1] === "0") end--;
  return text.slice(0, end);
}

function unscaledAt({ unscaled, scale }: BigDecimal, wanted: number): bigint {
  return wanted === scale ? unscaled : unscaled * 10n ** BigInt(wanted - scale);
}

function magnitudeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}
