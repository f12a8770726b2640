/*
 * MurmurHash3 for 32-bit machines (https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp, public domain):
 * quick in JavaScript, whose integers have 32 bits, and to be had in every language, so that anybody can check what we say.
 * It tells accidents, not attacks.
 */

const [A1, B1, C1, D1] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93];

/** The 128-bit hash of the bytes `[start .. end)`, seed 0. It is added to `sums`, each of its four words on its own. */
export function addMurmur128(view: DataView, start: number, end: number, sums: Int32Array): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = start;
  for (; i + 16 <= end; i += 16) {
    a ^= mixedWord(view.getInt32(i, true), A1, 15, B1);
    a = (Math.imul((rotated(a, 19) + b) | 0, 5) + 0x561ccd1b) | 0;
    b ^= mixedWord(view.getInt32(i + 4, true), B1, 16, C1);
    b = (Math.imul((rotated(b, 17) + c) | 0, 5) + 0x0bcaa747) | 0;
    c ^= mixedWord(view.getInt32(i + 8, true), C1, 17, D1);
    c = (Math.imul((rotated(c, 15) + d) | 0, 5) + 0x96cd1c35) | 0;
    d ^= mixedWord(view.getInt32(i + 12, true), D1, 18, A1);
    d = (Math.imul((rotated(d, 13) + a) | 0, 5) + 0x32ac3b17) | 0;
  }
  const length = end - start;
  a ^= length ^ mixedWord(wordBefore(view, i, end), A1, 15, B1);
  b ^= length ^ mixedWord(wordBefore(view, i + 4, end), B1, 16, C1);
  c ^= length ^ mixedWord(wordBefore(view, i + 8, end), C1, 17, D1);
  d ^= length ^ mixedWord(wordBefore(view, i + 12, end), D1, 18, A1);
  a = (a + b + c + d) | 0;
  b = finished((b + a) | 0);
  c = finished((c + a) | 0);
  d = finished((d + a) | 0);
  a = finished(a);
  a = (a + b + c + d) | 0;
  sums[0]! += a;
  sums[1]! += b + a;
  sums[2]! += c + a;
  sums[3]! += d + a;
}

/** The 32-bit hash of the bytes `[start .. end)`. */
export function murmur32(view: DataView, start: number, end: number, seed: number): number {
  let hash = seed;
  let i = start;
  for (; i + 4 <= end; i += 4) hash = withWord(hash, view.getInt32(i, true));
  if (i < end) hash ^= mixedWord(wordBefore(view, i, end), 0xcc9e2d51, 15, 0x1b873593);
  return finished(hash ^ (end - start));
}

/** `murmur32` of these two words, as eight bytes, the first one low. */
export function murmur32OfWords(low: number, high: number, seed: number): number {
  return finished(withWord(withWord(seed, low), high) ^ 8);
}

function withWord(hash: number, word: number): number {
  return (Math.imul(rotated(hash ^ mixedWord(word, 0xcc9e2d51, 15, 0x1b873593), 13), 5) + 0xe6546b64) | 0;
}

/** Up to four bytes as a word, as if zeros followed. */
function wordBefore(view: DataView, at: number, end: number): number {
  let word = 0;
  for (let i = Math.min(end - at, 4) - 1; i >= 0; i--) word = (word << 8) | view.getUint8(at + i);
  return word;
}

function mixedWord(word: number, before: number, turn: number, after: number): number {
  return Math.imul(rotated(Math.imul(word, before), turn), after);
}

function rotated(word: number, turn: number): number {
  return (word << turn) | (word >>> (32 - turn));
}

function finished(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
