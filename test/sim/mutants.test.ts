import { describe, expect, it } from "vitest";
import { WEAKENINGS } from "../model/weakenings.ts";
import { findMutant, scenarioOf } from "./find-mutant.ts";
import type { MutantName } from "./find-mutant.ts";
import { MUTATIONS, NOT_YET } from "./mutations.ts";
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

  it("is made for every weakening of the model, but for those of parts that there are not yet", () => {
    const made = [...Object.keys(MUTATIONS), ...Object.keys(NOT_YET)];

    expect(made.toSorted()).toEqual(Object.keys(WEAKENINGS).toSorted());
  });
});
