import { MUTATIONS } from "./mutations.ts";
import type { WeakeningName } from "./mutations.ts";
import { anyScenario } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";
import { simulate, SIMULATION_FAILED } from "./simulate.ts";

/** The first seed, from 1 on, that shows what is wrong without a promise, and what. */
export interface Caught {
  readonly seed: number;
  readonly wrong: string;
}

/** Undefined: nobody noticed anything in so many seeds. */
export async function findMutant(name: WeakeningName, seeds: number): Promise<Caught | undefined> {
  const { mutation } = MUTATIONS[name]!;
  for (let seed = 1; seed <= seeds; seed++) {
    const { wrong } = await simulate(seed, scenarioOf(name, seed), { mutation });
    // A simulation that breaks, or goes on for ever, shows nothing that somebody outside would notice.
    if (wrong !== undefined && !wrong.startsWith(SIMULATION_FAILED)) return { seed, wrong };
  }
  return undefined;
}

/** The world in which a seed looks for it. */
export function scenarioOf(name: WeakeningName, seed: number): Scenario {
  return anyScenario(seed, MUTATIONS[name]!.scenario);
}
