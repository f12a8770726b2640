/** Orders keys by the bytes of their UTF-8, as S3 lists them. JavaScript's own order differs beyond U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unit = a.charCodeAt(i);
    const other = b.charCodeAt(i);
    if (unit !== other) return rank(unit) - rank(other);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others: they go behind the units from U+E000 on. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
