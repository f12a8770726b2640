import { KINDS } from "../publish-set.ts";
import type { Kind } from "../publish-set.ts";
import { isRegistered } from "../registration.ts";
import type { Rules } from "../rules.ts";
import * as at from "../state.ts";
import type { Attempt, Run, Segment, State } from "../state.ts";
import type { Can } from "../step.ts";

/** Cleanup: never an upload of an undecided run, nor one of a decided run's publish set. */
export function sweeperSteps(rules: Rules, state: State, can: Can): void {
  for (const run of state.runs) {
    if (run.state === at.UNCLAIMED) continue;
    for (const slice of run.slices) for (const segment of slice) sweepSegment(rules, run, segment, can);
  }
}

function sweepSegment(rules: Rules, run: Run, segment: Segment, can: Can): void {
  const byAge = rules.without.gcByAge || rules.without.gcByAgeFailOpen;
  for (const attempt of segment.attempts) {
    for (const kind of KINDS) {
      if (!at.isUncompleted(attempt[kind])) continue;
      if (!byAge && !isLeftOver(rules, run, segment, attempt, kind)) continue;
      can("sweep", (next) => {
        at.attemptAt(next, attempt)[kind] = at.GONE;
      });
    }
  }
}

function isLeftOver(rules: Rules, run: Run, segment: Segment, attempt: Attempt, kind: Kind): boolean {
  if (!at.isDecided(run)) return false;
  if (!isRegistered(rules, segment, attempt)) return true;
  if (at.isCommitted(run)) return false;
  const metBad = (segment.attempts[segment.registered]!.records & rules.bad) !== 0;
  return !(run.state === at.ABORTING && kind === "error" && metBad);
}
