import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runWorld, type WorldEnd, type WorldOptions } from "./renewal-world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

async function worlds(
  count: number,
  options: Omit<WorldOptions, "seed">,
): Promise<readonly (WorldEnd & { seed: number })[]> {
  const ends = [];
  for (let seed = 1; seed <= count; seed++) ends.push({ seed, ...(await runWorld({ seed, ...options })) });
  return ends;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe("renewTokens, with a system that ends the connection when a refresh token comes twice", () => {
  it.each([2, 3])("never loses the connection of %d workers, and uses no token that is not stored", async (workers) => {
    const ends = await worlds(400, { workers, crashes: 0 });

    expect(ends.filter(({ loggedOut, failures }) => loggedOut || failures.length > 0)).toEqual([]);
    expect(ends.flatMap(({ usedBeforeStored }) => usedBeforeStored)).toEqual([]);
    expect(sum(ends.map(({ renewals }) => renewals))).toBeGreaterThan(400);
  });

  it.each([2, 3])(
    "loses the connection of %d workers that die only in the window that OAuth leaves open",
    async (workers) => {
      const ends = await worlds(400, { workers, crashes: 0.02 });

      const lost = ends.filter(({ loggedOut }) => loggedOut);
      expect(lost.filter(({ lostInWindow }) => !lostInWindow)).toEqual([]);
      expect(ends.flatMap(({ failures, usedBeforeStored }) => [...failures, ...usedBeforeStored])).toEqual([]);
      // The window is real, and small.
      expect(sum(ends.map(({ crashes }) => crashes))).toBeGreaterThan(400);
      expect(lost.length).toBeGreaterThan(0);
      expect(lost.length).toBeLessThan(ends.length / 2);
    },
  );

  it("would lose the connection without claims, so these worlds can tell", async () => {
    const ends = await worlds(100, { workers: 2, crashes: 0, withoutClaims: true });

    expect(ends.filter(({ loggedOut }) => loggedOut).length).toBeGreaterThan(0);
  });
});
