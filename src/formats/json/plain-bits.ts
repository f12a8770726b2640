/**
 * How many bits of four bytes, the first of them lowest, come before the first byte that cannot stand between JSON
 * quotes as it is: a quote, a backslash or a control character. A multiple of 8; 32 when all four are plain.
 */
export function plainBits(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  // The top bit of each byte that is not plain. Only the lowest of them is sure: subtraction borrows from what is above.
  const stops =
    (((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes) | ((word - 0x20202020) & ~word)) &
    0x80808080;
  return stops === 0 ? 32 : 24 - Math.clz32(stops & -stops);
}
