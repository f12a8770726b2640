import { describe, expect, it } from "vitest";
import { modelledScenario } from "./campaigns.ts";
import { Conformance } from "./conformance.ts";
import { sheetOf } from "./find-mutant.ts";
import type { MutantName } from "./find-mutant.ts";
import { search, seedsFrom } from "./search.ts";
import { simulate } from "./simulate.ts";

const MINUTES = 60_000;

describe("the implementation, followed by the model", () => {
  it("takes steps of the model only, and keeps its promises in every state", { timeout: 10 * MINUTES }, async () => {
    const { wrong, steps, calls } = await search("conformance", seedsFrom(1, SEEDS));

    expect(wrong).toEqual([]);
    expect(steps / SEEDS).toBeGreaterThan(20);
    expect(calls / SEEDS).toBeGreaterThan(100);
  });

  it.each<MutantName>([
    "abortCommitted",
    "completeBeforeCommit",
    "commitWithoutAll",
    "gcByAgeFailOpen",
    "noLag",
    "noDedupe",
    "seenFromWindow",
    "failedRunMoves",
    "deliveredForgotten",
  ])("is found to take another step without a promise: %s", { timeout: 5 * MINUTES }, async (name) => {
    const { mutation, scenario } = sheetOf(name);
    const found: string[] = [];

    for (let seed = 1; seed <= 200 && found.length === 0; seed++) {
      const world = { ...modelledScenario(seed), sweepers: scenario.sweepers ?? 1 };
      let verdict: string | undefined;
      await simulate(seed, world, {
        mutation,
        watch: (simulated) => {
          const conformance = new Conformance(simulated);
          return () => (verdict ??= conformance.look());
        },
      });
      if (verdict !== undefined) found.push(verdict);
    }

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^(no step of the model does this|attempt .+ (has|lacks) records|[IL]\d+b? )/);
  });
});

const SEEDS = 2000;
