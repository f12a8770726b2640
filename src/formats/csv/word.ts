/*
 * Four bytes at a time, as a little-endian 32-bit word. A test answers with marks: bit 7 of every byte that it is about.
 * The lowest mark is always true. One above it may be false, because subtraction borrows; so look for the lowest,
 * or ask only whether there is any.
 */

const ONES = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;

/** The word that has `byte` four times. */
export function repeat(byte: number): number {
  return Math.imul(byte, ONES);
}

/** Marks the bytes of `word` that are those of `repeated`. */
export function equalBytes(word: number, repeated: number): number {
  const difference = word ^ repeated;
  return ((difference - ONES) | 0) & ~difference & HIGH_BITS;
}

/** How many bits lie below the byte of the lowest mark: 0, 8, 16 or 24. */
export function bitsBelow(marks: number): number {
  return 24 - Math.clz32(marks & -marks);
}
