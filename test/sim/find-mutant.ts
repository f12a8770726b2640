import { GATHER_MUTATIONS } from "./gather-mutations.ts";
import { MUTATIONS } from "./mutations.ts";
import type { MutationSheet } from "./mutations.ts";
import { anyScenario } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";
import { simulate, SIMULATION_FAILED } from "./simulate.ts";
import { WINDOW_MUTATIONS, WINDOW_WEAKENINGS } from "./window-mutations.ts";

/** All promises that are taken away, by their names. */
export const MUTANTS = { ...MUTATIONS, ...WINDOW_WEAKENINGS, ...WINDOW_MUTATIONS, ...GATHER_MUTATIONS };

export type MutantName = keyof typeof MUTANTS;

export function sheetOf(name: MutantName): MutationSheet {
  return MUTANTS[name];
}

/** The first seed, from 1 on, that shows what is wrong without a promise, and what. */
export interface Caught {
  readonly seed: number;
  readonly wrong: string;
}

/** Undefined: nobody noticed anything in so many seeds. */
export async function findMutant(name: MutantName, seeds: number): Promise<Caught | undefined> {
  const { mutation } = sheetOf(name);
  for (let seed = 1; seed <= seeds; seed++) {
    const { wrong } = await simulate(seed, scenarioOf(name, seed), { mutation });
    // A simulation that breaks, or goes on for ever, shows nothing that somebody outside would notice.
    if (wrong !== undefined && !wrong.startsWith(SIMULATION_FAILED)) return { seed, wrong };
  }
  return undefined;
}

/** What would be noticed there says little of the promise that is meant. */
const NOTHING_BESIDE = { source: "records", backfills: 0, redrives: 0, denials: 0 } as const;

/** The world in which a seed looks for it. */
export function scenarioOf(name: MutantName, seed: number): Scenario {
  return anyScenario(seed, { ...NOTHING_BESIDE, ...sheetOf(name).scenario });
}
