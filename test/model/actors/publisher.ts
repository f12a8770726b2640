import { KINDS, publishSet } from "../publish-set.ts";
import type { Due } from "../publish-set.ts";
import { isRegistered, registeredOf } from "../registration.ts";
import type { Rules } from "../rules.ts";
import * as at from "../state.ts";
import type { Coordinator, Run, Segment, State } from "../state.ts";
import type { Can } from "../step.ts";

/** A coordinator with a decided run at hand: it only rolls forward, object by object, as often as anybody likes. */
export function publisherSteps(rules: Rules, state: State, coordinator: Coordinator, can: Can): void {
  const run = at.runAt(state, coordinator);
  if (coordinator.step === at.PUBLISH) publish(rules, run, coordinator, can);
  if (coordinator.step === at.CLEAN_UP) cleanUp(rules, run, coordinator, can);
  if (coordinator.step === at.END_PUBLISHED) endPublished(run, coordinator, can);
  if (coordinator.step === at.MARKER_FIRST) writeMarker("marker first", at.PUBLISH, coordinator, can);
  if (coordinator.step === at.COMPLETE_IF_ABSENT) completeIfAbsent(rules, state, coordinator, can);
}

/** Steps 7 and 8: complete every upload of the publish set, in any order; the marker comes last. */
function publish(rules: Rules, run: Run, coordinator: Coordinator, can: Can): void {
  const due = publishSet(rules, run);
  completeAny(rules, due, coordinator, can);
  const enough = rules.without.finishEarly && due.some(({ object }) => isDone(coordinator, object));
  if (enough || isAllDone(due, coordinator)) writeMarker("write marker", at.END_PUBLISHED, coordinator, can);
}

/** Step 9 of an aborted run: publish its error objects, abort what is left over, end. */
function cleanUp(rules: Rules, run: Run, coordinator: Coordinator, can: Can): void {
  const due = publishSet(rules, run);
  completeAny(rules, due, coordinator, can);
  abortLeftovers(rules, run, can);
  if (!isAllDone(due, coordinator)) return;
  can("end aborted", (next) => {
    if (run.state === at.ABORTING) {
      at.runAt(next, run).state = at.ABORTED;
      at.freeFlow(next.flow, run.run);
    }
    at.dismissCoordinator(next.coordinators[coordinator.id]!);
  });
}

/** Step 9 of a committed run. */
function endPublished(run: Run, { id }: Coordinator, can: Can): void {
  can("end published", (next) => {
    if (run.state === at.COMMITTED) {
      at.runAt(next, run).state = at.PUBLISHED;
      at.freeFlow(next.flow, run.run);
    }
    at.dismissCoordinator(next.coordinators[id]!);
  });
}

/** The replies to Complete. Any other than these stops the publisher: the run stays decided, and an operator is told. */
function completeAny({ without }: Rules, due: readonly Due[], coordinator: Coordinator, can: Can): void {
  const { id } = coordinator;
  for (const { kind, object, holder, partsMatch } of due) {
    if (isDone(coordinator, object)) continue;
    const upload = holder[kind];
    const noteDone = (next: State) => {
      next.coordinators[id]!.done |= 1 << object;
    };
    if (without.conditionalComplete && upload === at.FULL && coordinator.step === at.PUBLISH) {
      can("send conditional complete", (next) => {
        next.coordinators[id]!.step = at.COMPLETE_IF_ABSENT;
        next.coordinators[id]!.object = object;
      });
    } else if (upload === at.VISIBLE || (upload === at.FULL && partsMatch)) {
      can("complete", (next) => {
        at.attemptAt(next, holder)[kind] = at.VISIBLE;
        noteDone(next);
      });
    } else if (upload === at.TAKEN && !without.absentIsError) can("find taken", noteDone);
    else if (upload === at.GONE && without.gcByAgeFailOpen) can("take gone for done", noteDone);
  }
  const newest = due.at(-1);
  if (without.staleManifest && due.length > 1 && !isDone(coordinator, newest!.object)) {
    can("overlook newest", (next) => {
      next.coordinators[id]!.done |= 1 << newest!.object;
    });
  }
}

function isAllDone(due: readonly Due[], coordinator: Coordinator): boolean {
  return due.every(({ object }) => isDone(coordinator, object));
}

function isDone({ done }: Coordinator, object: number): boolean {
  return ((done >> object) & 1) === 1;
}

function writeMarker(name: "write marker" | "marker first", step: number, { id, run }: Coordinator, can: Can): void {
  can(name, (next) => {
    next.runs[run]!.marker = true;
    next.coordinators[id]!.step = step;
  });
}

/** All uploads of the run but the registered error objects, one by one. */
function abortLeftovers(rules: Rules, run: Run, can: Can): void {
  for (const slice of run.slices) for (const segment of slice) abortLeftoversOf(rules, segment, can);
}

function abortLeftoversOf(rules: Rules, segment: Segment, can: Can): void {
  const metBad = ((registeredOf(segment)?.records ?? 0) & rules.bad) !== 0;
  for (const attempt of segment.attempts) {
    for (const kind of KINDS) {
      const isDue = kind === "error" && metBad && isRegistered(rules, segment, attempt);
      if (isDue || !at.isUncompleted(attempt[kind])) continue;
      can("abort leftover", (next) => {
        at.attemptAt(next, attempt)[kind] = at.GONE;
      });
    }
  }
}

function completeIfAbsent(rules: Rules, state: State, coordinator: Coordinator, can: Can): void {
  const { id, run: index, object } = coordinator;
  const due = publishSet(rules, state.runs[index]!).find((each) => each.object === object);
  const goOn = (next: State) => Object.assign(next.coordinators[id]!, { step: at.PUBLISH, object: 0 });
  if (due === undefined || due.holder[due.kind] !== at.FULL) {
    can("complete refused", goOn);
    return;
  }
  can("complete", (next) => {
    goOn(next);
    at.attemptAt(next, due.holder)[due.kind] = at.VISIBLE;
    next.coordinators[id]!.done |= 1 << object;
  });
  const isSame = (other: Coordinator) =>
    other.step === at.COMPLETE_IF_ABSENT && other.run === index && other.object === object;
  if (!state.coordinators.some((other) => other.id !== id && isSame(other))) return;
  can("complete answers 409", (next) => {
    at.attemptAt(next, due.holder)[due.kind] = at.GONE;
    at.dismissCoordinator(next.coordinators[id]!);
  });
}
