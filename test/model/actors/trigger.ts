import type { Rules } from "../rules.ts";
import { ABORTED, NONE, PLANNING, PUBLISHED, UNCLAIMED } from "../state.ts";
import type { Run, State } from "../state.ts";
import type { Can } from "../step.ts";

/** The schedule: ticks are delivered in order for the first time, and any of them again at any later moment. */
export function triggerSteps(rules: Rules, state: State, can: Can): void {
  for (let tick = 1; tick <= rules.world.runs; tick++) {
    const isDue = tick === 1 || state.delivered[tick - 2]! > 0;
    if (isDue && state.delivered[tick - 1]! < rules.world.deliveries) deliver(rules, state, tick, can);
  }
  if (rules.without.claimFlowFirst) writeRunSecond(state, can);
}

/** Step 1: put RUN if absent; FLOW: `active` absent ∧ `lastTick` < tick → set both. */
function deliver({ without }: Rules, state: State, tick: number, can: Can): void {
  const { flow } = state;
  const planned = state.runs[tick - 1]!;
  const isRepeat = without.noTickGuard ? isAlive(planned) : flow.lastTick >= tick || planned.state !== UNCLAIMED;
  const run = without.noTickGuard ? state.runs.find((each) => each.state === UNCLAIMED) : planned;
  const mayOverlap = without.noActiveGuard || without.noActiveGuardWCheck;
  if (isRepeat || run === undefined || run.state !== UNCLAIMED || (flow.active !== NONE && !mayOverlap)) {
    can(isRepeat ? "ignore repeat" : "skip tick", (next) => {
      next.delivered[tick - 1]!++;
    });
    return;
  }
  can(without.claimFlowFirst ? "claim without RUN" : "claim", (next) => {
    next.delivered[tick - 1]!++;
    next.flow.active = run.run;
    next.runs[run.run]!.tick = tick;
    if (!without.claimFlowFirst) putRun(next, run.run);
  });
}

function putRun({ flow, runs }: State, index: number): void {
  const run = runs[index]!;
  run.state = PLANNING;
  run.gen = flow.gen;
  flow.lastTick = Math.max(flow.lastTick, run.tick);
}

function writeRunSecond({ flow, runs }: State, can: Can): void {
  if (flow.active === NONE || runs[flow.active]!.state !== UNCLAIMED) return;
  can("write RUN", (next) => putRun(next, flow.active));
}

function isAlive({ state }: Run): boolean {
  return state !== UNCLAIMED && state !== PUBLISHED && state !== ABORTED;
}
