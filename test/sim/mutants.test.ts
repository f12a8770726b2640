import { describe, expect, it } from "vitest";
import { WEAKENINGS } from "../model/weakenings.ts";
import { findMutant, scenarioOf } from "./find-mutant.ts";
import type { MutantName } from "./find-mutant.ts";
import { MUTATIONS } from "./mutations.ts";
import { WINDOW_WEAKENINGS } from "./window-mutations.ts";
import { simulate } from "./simulate.ts";

const MINUTES = 60_000;

/** `npm run sim -- --mutants` looks for all of them. */
const SOME: readonly MutantName[] = [
  "commitUnconditional",
  "watermarkAfter",
  "completeBeforeCommit",
  "registerOverwrites",
  "offsetPaging",
  "gcByAgeFailOpen",
  "commitNoFlowCheck",
  "claimFlowFirst",
  "noLag",
  "noLookback",
  "noDedupe",
  "seenFromWindow",
  "failedRunMoves",
  "backfillMoves",
  "objectsForgotten",
  "windowsMeetTwice",
  "windowsMissTheirEnd",
  "ourClock",
  "deliveredOfOneRun",
  "gatherWithoutPiece",
  "commitWithoutFile",
];

describe("a run without one of its promises", () => {
  it.each(SOME)("is noticed: %s", { timeout: 5 * MINUTES }, async (name) => {
    const caught = await findMutant(name, 1000);

    expect(caught).toBeDefined();
    // Not the world is to blame.
    expect(await simulate(caught!.seed, scenarioOf(name, caught!.seed))).toMatchObject({ wrong: undefined });
  });

  it("is made for every weakening of the model", () => {
    const made = [...Object.keys(MUTATIONS), ...Object.keys(WINDOW_WEAKENINGS)];

    expect(made.toSorted()).toEqual(Object.keys(WEAKENINGS).toSorted());
  });
});
