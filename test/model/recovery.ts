import { brokenBy } from "./invariants.ts";
import type { Invariant } from "./invariants.ts";
import { KINDS, publishSet } from "./publish-set.ts";
import { registeredOf } from "./registration.ts";
import type { Rules } from "./rules.ts";
import * as at from "./state.ts";
import type { Run, Stored } from "./state.ts";
import { recordsAfter } from "./window.ts";
import { mayBeMissed } from "./world.ts";

/**
 * L1 and L2, from any state: when every process is dead, one recoverer alone ends every run and frees the flow; later
 * healthy runs then bring each record version exactly once. Answers what is wrong, or undefined. `state` is used up.
 */
export function brokenByRecovery(rules: Rules, state: Stored, invariants: readonly Invariant[]): string | undefined {
  for (const run of state.runs) {
    if (run.state === at.UNCLAIMED) continue;
    if (!endRun(rules, state, run)) return `L1 recovery: run ${run.run} can never be published`;
    const wrong = brokenBy(rules, state, invariants);
    if (wrong !== undefined) return `L1 recovery: ${wrong}`;
  }
  if (state.flow.active !== at.NONE) return "L1 recovery: FLOW.active is never cleared, the flow never runs again";
  return catchUp(rules, state);
}

/** An undecided run could be resumed as well; the steps of a coordinator do that. */
function endRun(rules: Rules, { flow }: Stored, run: Run): boolean {
  if (at.isUndecided(run)) run.state = at.ABORTING;
  if (run.state === at.COMMITTED || run.state === at.ABORTING) {
    if (!publishAll(rules, run)) return false;
    run.marker ||= run.state === at.COMMITTED;
    run.state = run.state === at.COMMITTED ? at.PUBLISHED : at.ABORTED;
    at.freeFlow(flow, run.run);
  }
  abortLeftovers(run);
  return true;
}

function publishAll(rules: Rules, run: Run): boolean {
  for (const { holder, kind, partsMatch } of publishSet(rules, run)) {
    if (holder[kind] === at.FULL && partsMatch) holder[kind] = at.VISIBLE;
    const isDone = holder[kind] === at.VISIBLE || (holder[kind] === at.TAKEN && !rules.without.absentIsError);
    if (!isDone) return false;
  }
  return true;
}

function abortLeftovers(run: Run): void {
  for (const slice of run.slices) {
    for (const segment of slice) {
      for (const attempt of segment.attempts) {
        for (const kind of KINDS) if (at.isUncompleted(attempt[kind])) attempt[kind] = at.GONE;
      }
    }
  }
}

/** L2: runs one after another, none disturbed, until long after the last record can have appeared. */
function catchUp(rules: Rules, { source, flow, runs }: Stored): string | undefined {
  const { records, lastClock } = rules.world;
  const delivered = deliveredTimes(rules, flow.gen, runs);
  let { clock, visible } = source;
  let { W, seen } = flow;
  const latest = Math.max(...records.map(({ ts, late }) => ts + late));
  for (const until = Math.max(lastClock, latest) + rules.world.lag + 2; clock <= until; clock++) {
    const HI = Math.max(W, clock - rules.lag);
    let window = visible & ~recordsAfter(rules.world, HI) & recordsAfter(rules.world, Math.max(0, W - rules.lookback));
    if (!rules.without.noDedupe) window &= ~seen;
    count(window, delivered);
    const behind = rules.without.seenFromWindow ? ~recordsAfter(rules.world, HI) : window | seen;
    seen = behind & recordsAfter(rules.world, HI - rules.lookback);
    W = HI;
    records.forEach(({ ts, late }, record) => {
      if (ts + late <= clock) visible |= 1 << record;
    });
    records.forEach(({ replaces }, record) => {
      if (replaces !== undefined && (visible >> record) & 1) visible &= ~(1 << replaces);
    });
  }
  const wrong = records.findIndex((_, record) => {
    return delivered[record] !== 1 && !(delivered[record] === 0 && mayBeMissed(records, record));
  });
  return wrong === -1 ? undefined : `L2 catch-up: record ${wrong} is delivered ${delivered[wrong]} times`;
}

function deliveredTimes(rules: Rules, gen: number, runs: readonly Run[]): number[] {
  const times = rules.world.records.map(() => 0);
  for (const run of runs) {
    if (!at.isCommitted(run) || run.gen !== gen) continue;
    for (const slice of run.slices) for (const segment of slice) count(registeredOf(segment)?.records ?? 0, times);
  }
  return times;
}

function count(mask: number, times: number[]): void {
  for (let record = 0; record < times.length; record++) times[record]! += (mask >> record) & 1;
}
