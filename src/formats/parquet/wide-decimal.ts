const NUMBER_PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The integer that text in JSON's number grammar is when multiplied by 10^scale: `1.5` at scale 2 is 150. Exact for any
 * length. Throws a RangeError when that is no integer, or the text no number.
 */
export function unscaledDecimal(text: string, scale: number): bigint {
  const parts = NUMBER_PARTS.exec(text);
  if (parts === null) throw new RangeError(`\`${text}\` is not a number.`);
  const [, sign, whole = "", fraction = "", exponent = "0"] = parts;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return 0n;
  const zeros = scale + Number(exponent) - fraction.length;
  const kept = zeros < 0 ? digits.slice(0, zeros) : digits;
  const cut = zeros < 0 ? digits.slice(zeros) : "";
  if (/[1-9]/.test(cut) || kept === "") throw new RangeError(`\`${text}\` has more than ${scale} decimals.`);
  if (kept.length + Math.max(zeros, 0) > 38) throw new RangeError(`\`${text}\` has more than 38 digits.`);
  const unscaled = BigInt(kept) * 10n ** BigInt(Math.max(zeros, 0));
  return sign === "-" ? -unscaled : unscaled;
}
