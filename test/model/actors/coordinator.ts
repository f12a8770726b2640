import { openEnd } from "../registration.ts";
import type { Rules } from "../rules.ts";
import * as at from "../state.ts";
import type { Coordinator, Run, State } from "../state.ts";
import type { Can } from "../step.ts";
import { moveWatermark, windowEnd } from "../window.ts";
import { publisherSteps } from "./publisher.ts";

/*
 * Coordinators: the one that was started with the run, a second one, the sweeper that takes over. All do the same: read
 * the run, then act on what they read, however long ago that was.
 */

export function coordinatorSteps(rules: Rules, state: State, can: Can): void {
  const idle = state.coordinators.find(({ step }) => step === at.IDLE);
  if (idle !== undefined) for (const run of state.runs) readRun(rules, state, idle, run, can);
  for (const coordinator of state.coordinators) {
    if (coordinator.step === at.IDLE) continue;
    if (coordinator.step === at.PLAN) plan(rules, state, coordinator, can);
    if (coordinator.step === at.COMMIT) commit(rules, state, coordinator, can);
    if (coordinator.step === at.ABORT) abort(rules, state, coordinator, can);
    if (coordinator.step === at.WATERMARK_SECOND) moveWatermarkSecond(rules, state, coordinator, can);
    publisherSteps(rules, state, coordinator, can);
    can("coordinator killed", (next) => at.dismissCoordinator(next.coordinators[coordinator.id]!));
  }
}

/** The reads before the decisions: what a run needs next, or its abort at any time before it is decided. */
function readRun(rules: Rules, state: State, { id }: Coordinator, run: Run, can: Can): void {
  const { without } = rules;
  const begin = (step: number) => (next: State) => {
    next.coordinators[id]!.step = step;
    next.coordinators[id]!.run = run.run;
  };
  if (run.state === at.PLANNING || (without.planOverwrites && run.state === at.RUNNING)) {
    const HI = windowEnd(rules, state);
    can("read for plan", (next) => {
      begin(at.PLAN)(next);
      next.coordinators[id]!.HI = HI;
    });
  }
  if (run.state === at.RUNNING && isReadToItsEnd(rules, run)) can("read for commit", begin(at.COMMIT));
  if (at.isUndecided(run) || (without.abortCommitted && run.state === at.COMMITTED)) {
    can("read for abort", begin(at.ABORT));
  }
  if (run.state === at.COMMITTED) {
    can("read for publish", begin(without.markerFirst && !run.marker ? at.MARKER_FIRST : at.PUBLISH));
  }
  if (run.state === at.ABORTING) can("read for clean-up", begin(at.CLEAN_UP));
}

/** Every slice's chain ends in END. It stays so: SEG items are write-once. */
function isReadToItsEnd({ without }: Rules, { slices }: Run): boolean {
  const isClosed = (slice: Run["slices"][number]) => openEnd(slice) === undefined;
  return without.commitWithoutAll ? slices.some(isClosed) : slices.every(isClosed);
}

/** Step 2: RUN PLANNING → RUNNING with the plan, which nobody can change after. */
function plan({ without }: Rules, state: State, { id, run: index, HI }: Coordinator, can: Can): void {
  const { state: before } = state.runs[index]!;
  const wins = before === at.PLANNING || (without.planOverwrites && before === at.RUNNING);
  can(wins ? "plan" : "plan refused", (next) => {
    const run = next.runs[index]!;
    if (wins) Object.assign(run, { state: at.RUNNING, LO: next.flow.W, HI, seen0: next.flow.seen });
    at.dismissCoordinator(next.coordinators[id]!);
  });
}

/** Step 6, the one write that decides: RUN RUNNING → COMMITTED; FLOW: `active` = run ∧ gen same ∧ W = LO → W = HI. */
function commit(rules: Rules, state: State, { id, run: index }: Coordinator, can: Can): void {
  const { without } = rules;
  const run = state.runs[index]!;
  const isRunning = run.state === at.RUNNING || (without.commitUnconditional && !at.isCommitted(run));
  const wins = isRunning && mayMoveFlow(rules, state, run);
  if (wins && without.watermarkBefore && !run.moved) {
    can("move watermark", (next) => moveWatermark(rules, next.flow, next.runs[index]!));
    return;
  }
  can(wins ? "commit" : "commit refused", (next) => {
    const coordinator = next.coordinators[id]!;
    at.dismissCoordinator(coordinator);
    if (!wins) return;
    next.runs[index]!.state = at.COMMITTED;
    if (without.releaseAtCommit) at.freeFlow(next.flow, index);
    if (without.watermarkAfter) Object.assign(coordinator, { step: at.WATERMARK_SECOND, run: index });
    else if (!without.watermarkBefore) moveWatermark(rules, next.flow, next.runs[index]!);
  });
}

function mayMoveFlow({ without }: Rules, { flow }: State, run: Run): boolean {
  if (without.commitNoFlowCheck || without.noActiveGuard) return true;
  if (without.noActiveGuardWCheck) return flow.W === run.LO;
  const isOwnWatermark = flow.W === run.LO || without.watermarkBefore || without.watermarkAfter;
  return flow.active === run.run && flow.gen === run.gen && isOwnWatermark;
}

/** Step 6, the other decision: RUN.state ∈ {PLANNING, RUNNING} → ABORTING. */
function abort({ without }: Rules, state: State, { id, run: index }: Coordinator, can: Can): void {
  const run = state.runs[index]!;
  const hasEnded = run.state === at.PUBLISHED || run.state === at.ABORTED;
  const wins =
    at.isUndecided(run) ||
    (without.abortUnconditional && !hasEnded) ||
    (without.abortCommitted && run.state === at.COMMITTED);
  can(wins ? "abort" : "abort refused", (next) => {
    if (wins) next.runs[index]!.state = at.ABORTING;
    at.dismissCoordinator(next.coordinators[id]!);
  });
}

function moveWatermarkSecond(rules: Rules, state: State, { id, run: index }: Coordinator, can: Can): void {
  const run = state.runs[index]!;
  const isStillDue = at.isCommitted(run) && !run.moved && state.flow.W === run.LO;
  can("move watermark", (next) => {
    if (isStillDue) moveWatermark(rules, next.flow, next.runs[index]!);
    at.dismissCoordinator(next.coordinators[id]!);
  });
}
