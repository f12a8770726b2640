import type { Endpoint, Flow, Trigger } from "./flow.ts";

/**
 * Something that happened to a flow, for whoever wants to be told. It is stored in the same write as what happened, so it
 * is told at least once, and nothing is told that did not happen. A plain JSON value; times are milliseconds since 1970.
 */
export type FlowEvent = EventHead & (RunStarted | RunEnded | RunBlocked | RunSkipped | FlowSuspended);

interface EventHead {
  /** The same however often it is written or told. */
  readonly id: string;
  /** When it happened. */
  readonly at: number;
  readonly flow: string;
  readonly trigger: Trigger["type"];
  readonly about: FlowFacts;
}

/** What is told of the flow, as it was when the run was claimed: it may be another later, or gone. */
export interface FlowFacts {
  readonly arn: string;
  readonly createdBy: string;
  readonly source: Endpoint;
  readonly destinations: readonly Endpoint[];
}

/** A run has left its planning: only then it is known what it reads. */
interface RunStarted extends RunFacts {
  readonly type: "run-started";
}

interface RunEnded extends RunFacts {
  readonly type: "run-ended";
  readonly outcome: "successful" | "error" | "canceled";
  /** Who has to act, if it failed. */
  readonly failure?: string;
  /** For people; always there if it failed. */
  readonly message?: string;
  readonly read: number;
  readonly filtered: number;
  /** At all destinations together, those that could not be decoded included. */
  readonly rejected: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** The run is decided, and cannot be published without help. */
interface RunBlocked extends RunFacts {
  readonly type: "run-blocked";
  readonly message: string;
}

interface RunFacts {
  readonly run: string;
  readonly startedAt: number;
  /** The span of time that an incremental run reads, by the source's clock. */
  readonly window?: { readonly from: number; readonly to: number };
}

/** The flow was due, and its run before was still in progress. */
interface RunSkipped {
  readonly type: "run-skipped";
  readonly dueAt: number;
  /** The run that was in progress. */
  readonly heldBy: string;
}

/** The flow runs by itself no more. */
interface FlowSuspended {
  readonly type: "flow-suspended";
  readonly message: string;
}

export function factsOf({ arn, createdBy, definition: { source, destinations } }: Flow): FlowFacts {
  return { arn, createdBy, source, destinations };
}
