import { holderOf, registeredOf } from "./registration.ts";
import type { Rules } from "./rules.ts";
import type { Attempt, Run, Segment } from "./state.ts";
import { isCommitted } from "./state.ts";

export type Kind = "data" | "error";
export const KINDS: readonly Kind[] = ["data", "error"];

/** An object that a run's decision makes real. */
export interface Due {
  readonly kind: Kind;
  /** Its number within the run. */
  readonly object: number;
  readonly holder: Attempt;
  /** Complete names the parts that are there; else it answers InvalidPart. */
  readonly partsMatch: boolean;
}

/**
 * The publish set. COMMITTED: data and error objects of all registered segments. ABORTING: their error objects
 * alone, so a failed run still shows what failed. It is fixed at the decision, because registration needs RUNNING.
 */
export function publishSet(rules: Rules, run: Run): readonly Due[] {
  const due: Due[] = [];
  for (const slice of run.slices) for (const segment of slice) addDue(rules, run, segment, due);
  return due;
}

function addDue(rules: Rules, run: Run, segment: Segment, due: Due[]): void {
  const registered = registeredOf(segment);
  if (registered === undefined) return;
  const object = (segment.slice * rules.world.segments + segment.segment) * KINDS.length;
  const holder = holderOf(rules, segment, segment.registered);
  const partsMatch = !rules.without.sharedUploadPinned || segment.parts === registered.records;
  const errorKnown = !rules.without.errRegisteredAfter || segment.errorNoted;
  if (isCommitted(run) && (registered.records & rules.good) !== 0) {
    due.push({ kind: "data", object, holder, partsMatch });
  }
  if (errorKnown && (registered.records & rules.bad) !== 0) {
    due.push({ kind: "error", object: object + 1, holder, partsMatch });
  }
}
