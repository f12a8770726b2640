import { describe, expect, it } from "vitest";
import type { CampaignName } from "./campaigns.ts";
import { search, seedsFrom } from "./search.ts";
import type { Searched } from "./search.ts";

const MINUTES = 60_000;

/** How many seeds, and how many runs at least are published, and aborted: else the promises hold for nothing. */
const CASES: readonly (readonly [CampaignName, string, number, number])[] = [
  ["any", "whatever happens to it", 300, 400],
  ["twice", "when everything happens twice or thrice", 500, 700],
  ["owners", "of a flow that is deleted and made anew", 150, 150],
  ["lost", "when answers are lost", 150, 100],
  ["late", "when calls that nobody waits for any more have their effect", 200, 250],
  ["denied", "while the destinations let nobody show an object", 150, 150],
  ["throttled", "when the stores refuse, and clients try again", 150, 100],
  ["windows", "where runs read what is new, and records come late", 300, 600],
  ["objects", "where runs read new and changed objects", 200, 400],
  ["apart", "where times are read again, and rejected records sent again", 300, 500],
  ["gathered", "where slices write one file together", 300, 300],
  ["clocks", "whatever clocks show", 150, 100],
  ["recovery", "when everybody dies, and one sweeper comes by twice", 150, 150],
];

describe("a run, simulated", () => {
  it.each(CASES)("%s: loses no record and doubles none %s", { timeout: 5 * MINUTES }, async (name, _, seeds, least) => {
    const searched = await search(name, seedsFrom(1, seeds));

    expect(searched.wrong).toEqual([]);
    expect(searched.published).toBeGreaterThan(least);
  });

  it("ends, and counts or not, wherever a process dies or gets no answer", { timeout: 5 * MINUTES }, async () => {
    const searched = await search("crash", [1, 2, 4, 5, 6]);

    expect(searched.wrong).toEqual([]);
    expectNearly(searched, 0.9);
  });

  it("shows all or nothing, wherever it is cancelled", { timeout: 5 * MINUTES }, async () => {
    const searched = await search("cancel", seedsFrom(1, 20));

    expect(searched.wrong).toEqual([]);
    // Both ends are met.
    expect(searched.cancelled).toBeGreaterThan(searched.histories / 4);
    expect(searched.published).toBeGreaterThan(searched.histories / 10);
  });
});

function expectNearly({ published, histories }: Searched, share: number): void {
  expect(published).toBeGreaterThan(share * histories);
}
