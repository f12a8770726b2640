const POINT = 46;
const ZERO = 48;
const NINE = 57;
const MINUS = 45;

/** What a double can be; beyond it nobody writes out the zeros. */
const MAX_EXPONENT = 400;

/** Whether the number there is in digits alone, or in digits with a point that say no more than they have to. */
export function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  let hasPoint = false;
  for (let at = start; at < end; at++) {
    const c = bytes[at]!;
    if (c === POINT) hasPoint = true;
    else if ((c < ZERO || c > NINE) && !(c === MINUS && at === start)) return false;
  }
  return !(hasPoint && bytes[end - 1] === ZERO);
}

/**
 * The same number in digits, without an exponent and without zeros behind the last digit that counts: `3.5E8` is
 * `350000000`. Salesforce's interfaces do not always spell a number alike. What is no number stays as it is.
 */
export function plainNumber(text: string): string {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const shift = Number(exponent);
  if (whole === undefined || Math.abs(shift) > MAX_EXPONENT) return text;
  const digits = whole + fraction;
  const point = whole.length + shift;
  const before = point <= 0 ? "0" : digits.slice(0, point).padEnd(point, "0");
  const after = (point <= 0 ? "0".repeat(-point) + digits : digits.slice(point)).replace(/0+$/, "");
  const number = before.replace(/^0+(?=\d)/, "") + (after === "" ? "" : `.${after}`);
  return number === "0" ? "0" : `${sign}${number}`;
}
