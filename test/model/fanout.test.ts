import { describe, expect, it } from "vitest";
import { explore } from "./explore.ts";
import { rulesOf } from "./rules.ts";
import { witnessesOf } from "./witnesses.ts";
import { WORLDS } from "./worlds.ts";

const MINUTES = 60_000;

describe("the commit protocol in the world `fanout`", () => {
  it("breaks no promise in any state, and recovers from each", { timeout: 10 * MINUTES }, () => {
    const { world, states, transitions, depth } = WORLDS.fanout;
    const watch = witnessesOf("fanout");

    const explored = explore(rulesOf(world), { watch });

    expect(explored.found).toBeUndefined();
    expect(explored).toMatchObject({ states, transitions, depth, complete: true });
    expect([...explored.seen]).toEqual(Object.keys(watch));
  });
});
