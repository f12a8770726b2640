import type { Flow } from "../flow/flow.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import type { StowedList } from "../store/stowed-list.ts";
import type { StowedBytes } from "../store/stowed-bytes.ts";
import type { Position } from "./position.ts";
import type { PositionMark, Run, RunFailure, RunState, SegmentsSeal } from "./run.ts";
import type { UnpublishedFile } from "./unpublished-file.ts";

/*
 * The life of a run as pure functions: what is stored, what happens, when, and what is to be stored then; undefined where
 * that cannot happen. See SPEC.md. Whoever writes the result does so under the version of what was read, so nobody acts
 * on what is not true any more.
 */

export type RunEvent = "plan" | "commit" | "abort" | "block" | "retry" | "giveUp" | "end";

const no = undefined;

/** Every event in every state. The compiler sees to it that none is forgotten. */
const NEXT_STATE: Readonly<Record<RunState, Readonly<Record<RunEvent, RunState | undefined>>>> = {
  planning: { plan: "running", commit: no, abort: "aborting", block: no, retry: no, giveUp: no, end: no },
  running: { plan: no, commit: "committed", abort: "aborting", block: no, retry: no, giveUp: no, end: no },
  committed: {
    plan: no,
    commit: no,
    abort: no,
    block: "committed",
    retry: "committed",
    giveUp: "committed",
    end: "published",
  },
  aborting: {
    plan: no,
    commit: no,
    abort: no,
    block: "aborting",
    retry: "aborting",
    giveUp: "aborting",
    end: "aborted",
  },
  published: { plan: no, commit: no, abort: no, block: no, retry: no, giveUp: no, end: no },
  aborted: { plan: no, commit: no, abort: no, block: no, retry: no, giveUp: no, end: no },
};

export function isDecided({ state }: Run): boolean {
  return NEXT_STATE[state].abort === undefined;
}

export function hasEnded({ state }: Run): boolean {
  return NEXT_STATE[state].end === undefined && isDecided({ state } as Run);
}

export function planned(run: Run, plan: RunPlan, now: number): Run | undefined {
  return moved(run, "plan", now, { plan });
}

interface Decision {
  readonly counts: RunCounts;
  readonly segments: SegmentsSeal;
  readonly mark: PositionMark;
  readonly message: string | undefined;
}

export function committed(run: Run, { counts, segments, mark, message }: Decision, now: number): Run | undefined {
  return moved(run, "commit", now, { counts, segments, mark, ...(message !== undefined && { message }) });
}

export function aborted(run: Run, failure: RunFailure, message: string, now: number): Run | undefined {
  return moved(run, "abort", now, { failure, message });
}

export function ended(run: Run, counts: RunCounts, now: number): Run | undefined {
  return moved(run, "end", now, { counts, endedAt: now });
}

/** A decided run whose publishing cannot go on; the state stays, because there is no way back. */
export function blocked(run: Run, reason: string, by: StowedList<UnpublishedFile>, now: number): Run | undefined {
  if (run.blocked === reason) return undefined;
  return moved(run, "block", now, { blocked: reason, blockedBy: by });
}

/** A blocked run that is to be published again, because somebody has mended what was in its way. */
export function retried(run: Run, now: number): Run | undefined {
  return unblocked(run, "retry", now, {});
}

/** A blocked run that is to be published without what cannot be. */
export function givenUp(
  run: Run,
  { lost, message }: { readonly lost: StowedList<UnpublishedFile>; readonly message: string },
  now: number,
): Run | undefined {
  return unblocked(run, "giveUp", now, { lost, message });
}

function unblocked(run: Run, event: RunEvent, now: number, change: Partial<Run>): Run | undefined {
  const { blocked: reason, ...rest } = run;
  return reason === undefined ? undefined : moved(rest, event, now, change);
}

/**
 * The flow's position with the run holding it. Undefined while another run holds it, and for a scheduled time that is
 * not later than one that had a run: however often a time is announced, it is one run.
 */
export function claimed(position: Position | undefined, flow: Flow, run: string, tick?: number): Position | undefined {
  const own = position?.flowId === flow.id ? position : undefined;
  if (own?.active !== undefined) return undefined;
  const lastTick = position?.lastTick;
  if (tick !== undefined && lastTick !== undefined && tick <= lastTick) return undefined;
  const isSameActivation = own?.activatedAt === flow.activatedAt;
  return {
    flow: flow.name,
    flowId: flow.id,
    active: run,
    ...definedOnly({
      activatedAt: flow.activatedAt,
      lastTick: tick ?? lastTick,
      watermark: own?.watermark,
      origin: own?.origin,
      delivered: own?.delivered,
      moves: own?.moves,
    }),
    failures: isSameActivation ? (own?.failures ?? 0) : 0,
    version: (position?.version ?? 0) + 1,
  };
}

/**
 * The flow's position after the run was decided to count, with what is delivered by then; undefined when the run does not
 * hold the flow any more.
 */
export function advanced(position: Position | undefined, run: Run, delivered?: StowedBytes): Position | undefined {
  if (position === undefined || !holds(position, run)) return undefined;
  const window = run.plan?.window?.apart ? undefined : run.plan?.window;
  if (window !== undefined && position.watermark !== window.from) return undefined;
  const moved = window !== undefined && {
    watermark: window.to,
    origin: window.origin,
    ...(delivered !== undefined && { delivered }),
    moves: (position.moves ?? 0) + 1,
  };
  return { ...position, ...moved, version: position.version + 1 };
}

/** The flow's position without the run that has ended; undefined when the run does not hold it. */
export function released(position: Position | undefined, run: Run): Position | undefined {
  if (position === undefined || !holds(position, run)) return undefined;
  const { active: _, ...rest } = position;
  return { ...rest, failures: failuresAfter(position, run), version: position.version + 1 };
}

/** The position of a flow that was deleted: nothing holds it, and the next flow of that name starts anew. */
export function abandoned({ flow, lastTick, version }: Position): Position {
  return { flow, ...definedOnly({ lastTick }), failures: 0, version: version + 1 };
}

function holds(position: Position, run: Run): boolean {
  return position.active === run.id && position.flowId === run.flowId;
}

/** Runs apart from where the flow stands say nothing of how it is. */
function failuresAfter({ failures }: Position, { state, failure, range, redrive }: Run): number {
  if (range !== undefined || redrive !== undefined) return failures;
  if (state === "published") return 0;
  return failure === "canceled" ? failures : failures + 1;
}

function moved(run: Run, event: RunEvent, now: number, change: Partial<Run>): Run | undefined {
  const state = NEXT_STATE[run.state][event];
  return state && { ...run, ...change, state, updatedAt: now, version: run.version + 1 };
}

function definedOnly<Values extends object>(
  values: Values,
): Partial<{ [Name in keyof Values]: NonNullable<Values[Name]> }> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
