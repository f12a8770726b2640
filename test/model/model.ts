import { cancellerSteps } from "./actors/canceller.ts";
import { consumerSteps } from "./actors/consumer.ts";
import { coordinatorSteps } from "./actors/coordinator.ts";
import { ownerSteps } from "./actors/owner.ts";
import { sourceSteps } from "./actors/source.ts";
import { sweeperSteps } from "./actors/sweeper.ts";
import { triggerSteps } from "./actors/trigger.ts";
import { workerSteps } from "./actors/worker.ts";
import { INVARIANTS, brokenBy, brokenByStep } from "./invariants.ts";
import { packingOf } from "./packing.ts";
import { brokenByRecovery } from "./recovery.ts";
import { rulesOf } from "./rules.ts";
import type { Rules } from "./rules.ts";
import { initialState } from "./state.ts";
import type { State } from "./state.ts";
import type { Can, StepName } from "./step.ts";
import type { Weakening } from "./weakenings.ts";
import type { World } from "./world.ts";

/*
 * The commit protocol as a state machine. Nothing here has a lease, a timer or a wall clock: every process may stall for
 * ever between two calls, any number of times, and may be doubled. Safety rests on conditional writes alone.
 */

/** The model of a world, to ask about single states. Arguments are never changed. */
export interface Model {
  readonly initial: State;
  /** All steps that can be taken from a state, with the states they lead to. */
  enabled(state: State): readonly { readonly name: StepName; readonly next: State }[];
  /** The steps that lead from one state to the other, whichever of its like a process is. */
  stepsBetween(before: State, after: State): readonly StepName[];
  /** What is wrong with a state or a step, by the invariants I1 to I11; undefined: nothing. */
  broken(state: State): string | undefined;
  brokenByStep(before: State, after: State): string | undefined;
  /** What is wrong after everybody dies here and one recoverer takes over (L1, L2). */
  brokenByRecovery(state: State): string | undefined;
}

export function modelOf(world: World, weakenings: readonly Weakening[] = []): Model {
  const rules = rulesOf(world, weakenings);
  const enabled = (state: State) => {
    const steps: { readonly name: StepName; readonly next: State }[] = [];
    forEachStep(rules, state, (name, change) => {
      const next = structuredClone(state);
      change(next);
      steps.push({ name, next });
    });
    return steps;
  };
  const identity = identityOf(rules);
  return {
    initial: initialState(world),
    enabled,
    stepsBetween: (before, after) => {
      const wanted = identity(after);
      return enabled(before).flatMap(({ name, next }) => (identity(next) === wanted ? [name] : []));
    },
    broken: (state) => brokenBy(rules, state),
    brokenByStep,
    brokenByRecovery: (state) => brokenByRecovery(rules, structuredClone(state), INVARIANTS),
  };
}

/** Tells of every step that can be taken from the state. */
export function forEachStep(rules: Rules, state: State, can: Can): void {
  sourceSteps(rules, state, can);
  triggerSteps(rules, state, can);
  cancellerSteps(rules, state, can);
  ownerSteps(state, can);
  workerSteps(rules, state, can);
  coordinatorSteps(rules, state, can);
  consumerSteps(rules, state, can);
  sweeperSteps(rules, state, can);
}

/** Equal for states that differ only in which process of a kind does what. */
function identityOf(rules: Rules): (state: State) => string {
  const { words, pack } = packingOf(rules);
  return (state) => {
    const row = new Int32Array(words);
    pack(state, row);
    return row.join(" ");
  };
}
