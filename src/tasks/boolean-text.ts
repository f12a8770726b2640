const ZERO = 48;
const ONE = 49;
const TRUE = [116, 114, 117, 101];
const FALSE = [102, 97, 108, 115, 101];

/** 1 for `true` or `1`, 0 for `false` or `0`, in capitals or not; -1 for any other text. */
export function readBoolean(bytes: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 1:
      return bytes[start] === ONE ? 1 : bytes[start] === ZERO ? 0 : -1;
    case 4:
      return spells(bytes, start, TRUE) ? 1 : -1;
    case 5:
      return spells(bytes, start, FALSE) ? 0 : -1;
    default:
      return -1;
  }
}

function spells(bytes: Uint8Array, start: number, letters: readonly number[]): boolean {
  return letters.every((letter, i) => (bytes[start + i]! | 32) === letter);
}
