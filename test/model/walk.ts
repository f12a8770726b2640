import { chanceOf } from "../support/chance.ts";
import { INVARIANTS, brokenBy, brokenByStep } from "./invariants.ts";
import { describeChange } from "./describe.ts";
import type { Finding } from "./explore.ts";
import { forEachStep } from "./model.ts";
import { packingOf } from "./packing.ts";
import { brokenByRecovery } from "./recovery.ts";
import { rulesOf } from "./rules.ts";
import { initialState } from "./state.ts";
import type { State } from "./state.ts";
import type { StepName } from "./step.ts";
import { worldOf } from "./world.ts";

/** Far too large to be searched: 4 runs × 3 slices × 3 segments × 3 attempts, and everything that can happen. */
export const LARGE_WORLD = worldOf({
  runs: 4,
  slices: 3,
  segments: 3,
  attempts: 3,
  workers: 5,
  coordinators: 3,
  deliveries: 3,
  cancels: 2,
  recreations: 1,
  lookback: 2,
  lastClock: 9,
  consumer: true,
  records: [
    { ts: 1, late: 2, slice: 0 },
    { ts: 2, late: 0, slice: 0, bad: true },
    { ts: 3, late: 1, slice: 0 },
    { ts: 2, late: 2, slice: 1 },
    { ts: 4, late: 0, slice: 1, bad: true },
    { ts: 4, late: 0, slice: 1, replaces: 3 },
    { ts: 5, late: 1, slice: 2 },
    { ts: 6, late: 0, slice: 2 },
  ],
});

const rules = rulesOf(LARGE_WORLD);
const packing = packingOf(rules);

export interface Walk {
  readonly seed: number;
  readonly steps: number;
  readonly end: State;
  readonly found?: Finding;
}

/** One random way through the large world, every state and step of it looked at. The same seed goes the same way. */
export function walk(seed: number, maxSteps: number): Walk {
  const [before, spent] = [initialState(LARGE_WORLD), initialState(LARGE_WORLD)];
  const [state, row] = [initialState(LARGE_WORLD), new Int32Array(packing.words)];
  const choose = chooser(seed);
  let steps = 0;
  for (let step = choose(state); step !== undefined && steps < maxSteps; step = choose(state)) {
    packing.pack(state, row);
    packing.unpack(row, 0, before);
    step.change(state);
    steps++;
    packing.pack(state, row);
    packing.unpack(row, 0, spent);
    const what = brokenByStep(before, state) ?? brokenBy(rules, state) ?? brokenByRecovery(rules, spent, INVARIANTS);
    if (what !== undefined) return { seed, steps, end: state, found: { what, trace: traceOf(seed, steps) } };
  }
  return { seed, steps, end: state };
}

/** Goes the same way again, and tells it. */
function traceOf(seed: number, steps: number): readonly string[] {
  const state = initialState(LARGE_WORLD);
  const choose = chooser(seed);
  return Array.from({ length: steps }, () => {
    const before = structuredClone(state);
    const { name, change } = choose(state)!;
    change(state);
    return describeChange(name, before, state);
  });
}

/** How much of what kills, aborts and cancels is tried: with all of it, hardly a run is ever published. */
const DISTURBANCE = [0.02, 0.08, 0.3, 1];
const DISTURBING = /killed|read for abort|cancel|sweep/;

interface Chosen {
  readonly name: StepName;
  readonly change: (next: State) => void;
}

function chooser(seed: number): (state: State) => Chosen | undefined {
  const chance = chanceOf(seed);
  const disturbance = DISTURBANCE[seed % DISTURBANCE.length]!;
  return (state) => {
    const steps: Chosen[] = [];
    forEachStep(rules, state, (name, change) => {
      if (!DISTURBING.test(name) || chance() < disturbance) steps.push({ name, change });
    });
    return steps[Math.floor(chance() * steps.length)];
  };
}
