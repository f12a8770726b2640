/** An exact fraction; zero below when a division made it meaningless. */
export interface Rational {
  readonly over: bigint;
  readonly under: bigint;
}

/** The fraction that a decimal's text spells. */
export function rational(text: string): Rational {
  const [, sign, whole = "", fraction = "", exponent = "0"] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const power = Number(exponent) - fraction.length;
  const mantissa = BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`);
  return power >= 0
    ? { over: mantissa * 10n ** BigInt(power), under: 1n }
    : { over: mantissa, under: 10n ** BigInt(-power) };
}

/** The nearest fraction of 15 significant digits, halves away from zero, found by trying powers of ten. */
export function roundTo15({ over, under }: Rational): Rational {
  if (under === 0n || over === 0n) return { over, under };
  const negative = over < 0n !== under < 0n;
  const [a, b] = [over < 0n ? -over : over, under < 0n ? -under : under];
  let power = 0;
  const scaled = (): Rational =>
    power >= 0 ? { over: a * 10n ** BigInt(power), under: b } : { over: a, under: b * 10n ** BigInt(-power) };
  while (scaled().over >= scaled().under * 10n ** 15n) power--;
  while (scaled().over < scaled().under * 10n ** 14n) power++;
  const at = scaled();
  const rounded = (2n * at.over + at.under) / (2n * at.under);
  const value = rational(`${rounded}e${-power}`);
  return negative ? { over: -value.over, under: value.under } : value;
}

/** The same text for equal fractions. */
export function rationalText({ over, under }: Rational): string {
  const divisor = gcd(over < 0n ? -over : over, under < 0n ? -under : under);
  const sign = under < 0n ? -1n : 1n;
  return `${(sign * over) / divisor}/${(sign * under) / divisor}`;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
