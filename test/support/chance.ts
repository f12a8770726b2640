/** Chance that repeats itself: equal seeds give equal numbers. Each is at least 0 and less than 1. */
export function chanceOf(seed: number): () => number {
  // Mulberry32: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
