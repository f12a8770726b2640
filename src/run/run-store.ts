import type { FlowEvent } from "../flow/flow-event.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { Position } from "./position.ts";
import type { Run } from "./run.ts";
import type { Attempt, Segment } from "./segment.ts";

/** Where runs are kept, and where their flows stand. Reads see every earlier write. */
export interface RunStore {
  get(flow: string, id: string): Promise<Run | undefined>;
  position(flow: string): Promise<Position | undefined>;
  /** The registered segments of a run, by slice, then by number; of one slice only, if it is given. */
  segments(flow: string, run: string, slice?: number): AsyncIterable<Segment>;
  /** The attempts at the segments of a run, in the same order, then by number. */
  attempts(flow: string, run: string, slice?: number): AsyncIterable<Attempt>;
  /** Makes the whole change, or none of it: then false, and something is not stored as the change expects it. */
  write(change: RunChange): Promise<boolean>;
  /** Up to `limit` runs of the flow, newest first (by start, then id), those after the given run only. */
  list(
    flow: string,
    limit: number,
    after?: { readonly startedAt: number; readonly id: string },
  ): Promise<readonly Run[]>;
  /** Runs of any flow that have not ended, oldest first. */
  unfinished(): Promise<readonly Run[]>;
  /** Shows how far the work on a slice has come. It decides nothing, and may get lost. */
  showProgress(flow: string, run: string, slice: number, counts: RunCounts): Promise<void>;
  /** What was shown last of every slice; nothing of a run that is not there. */
  progress(flow: string, run: string): Promise<readonly RunCounts[]>;
  /** Forgets a run and all that belongs to it. */
  forget(flow: string, run: string): Promise<void>;
}

/** Things to be written together. Every condition is one of these: absent before, or of that version. */
export interface RunChange {
  /** Version 1: there is no such run. Otherwise the stored one has the version before. */
  readonly run?: Run;
  /** Version 1: the flow has no position. Otherwise the stored one has the version before. */
  readonly position?: Position;
  /** There is no such segment. */
  readonly segment?: Segment;
  /** There is no such attempt. */
  readonly attempt?: Attempt;
  /** The run has this version, and keeps it. */
  readonly unchanged?: Pick<Run, "flow" | "id" | "version">;
  /** What there is to tell of the change. Put into the outbox, or again over the same event, under no condition. */
  readonly events?: readonly FlowEvent[];
}
