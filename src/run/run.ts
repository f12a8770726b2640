import { factsOf } from "../flow/flow-event.ts";
import type { FlowFacts } from "../flow/flow-event.ts";
import type { Flow } from "../flow/flow.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import type { StowedBytes } from "../store/stowed-bytes.ts";
import type { StowedList } from "../store/stowed-list.ts";
import type { UnpublishedFile } from "./unpublished-file.ts";

/** One execution of a flow: RUN of src/run/SPEC.md. A plain JSON value. */
export interface Run {
  /** A UUID. */
  readonly id: string;
  readonly flow: string;
  /** Which flow of that name it belongs to. */
  readonly flowId: string;
  readonly state: RunState;
  readonly trigger: "on-demand" | "scheduled" | "event";
  /** What is told of its flow. Absent in runs of before that was kept: nobody is told of them. */
  readonly about?: FlowFacts;
  /** Set: it reads the records of that time, and leaves where the flow stands as it is. */
  readonly range?: TimeRange;
  /** Set: it sends records again that another run rejected, and leaves where the flow stands as it is. */
  readonly redrive?: Redrive;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly endedAt?: number;
  /** Set once, when it begins to run; whoever works on it follows the same plan. */
  readonly plan?: RunPlan;
  /** What its decision is about, for a run that is to be published: all segments there are. */
  readonly segments?: SegmentsSeal;
  /** Where its commit left the flow: with that, its receipt makes the position anew. Absent in runs of before that was kept. */
  readonly mark?: PositionMark;
  /** Why it has no effect: set with `aborting`. */
  readonly failure?: RunFailure;
  /** Why its publishing cannot go on without help. It stays decided. */
  readonly blocked?: string;
  /** What could not be published when it was blocked last. */
  readonly blockedBy?: StowedList<UnpublishedFile>;
  /** What was given up, by whoever helped: it belongs to the run, and is not published. */
  readonly lost?: StowedList<UnpublishedFile>;
  /** Exact once it is decided; before, what a process on the way told last. */
  readonly counts: RunCounts;
  /** What happened, for people: always set with `failure`. */
  readonly message?: string;
  /** Counts the writes of this item; a write that expects another number is refused. */
  readonly version: number;
}

/** In milliseconds since 1970 by the source's clock. */
export interface TimeRange {
  readonly from: number;
  /** Not in it any more. */
  readonly until: number;
}

/** Which records are sent again. */
export interface Redrive {
  /** The run that rejected them. */
  readonly of: string;
  /** The place in the flow's list of the destination that did not take them; absent: they go through the whole flow. */
  readonly destination?: number;
  /** Of their text. */
  readonly sha256: string;
}

/** Of a position, right after a run was decided to count. */
export interface PositionMark {
  /** How many runs have moved the watermark by then. */
  readonly moves: number;
  /** Of a run that moved it: what is delivered by then that the next window reaches back over. */
  readonly delivered?: StowedBytes;
}

/** Set in runs that somebody asks for apart from where the flow stands. */
export type Apart = Pick<Run, "range" | "redrive">;

/**
 * `planning` and `running` can still end both ways. `committed` and `aborting` are decided: what becomes visible, and
 * how the run ends, is fixed. `published` and `aborted` are the ends.
 */
export type RunState = "planning" | "running" | "committed" | "aborting" | "published" | "aborted";

/**
 * `canceled`: somebody asked for it; `configuration`: the flow or its permissions are to be changed; `transient`:
 * running it again may succeed; `data`: the records are not what the flow expects; `internal`: a defect of the engine.
 */
export type RunFailure = "canceled" | "configuration" | "transient" | "data" | "internal";

/** How many segments there are, and a SHA-256 of them: a publisher that sees other ones must not go on. */
export interface SegmentsSeal {
  readonly count: number;
  readonly digest: string;
}

/** What AppFlow's clients are told of a run. */
export type RunStatus = "in-progress" | "successful" | "error" | "cancel-started" | "canceled";

export function statusOf({ state, failure }: Pick<Run, "state" | "failure">): RunStatus {
  switch (state) {
    case "planning":
    case "running":
    case "committed":
      return "in-progress";
    case "aborting":
      return failure === "canceled" ? "cancel-started" : "in-progress";
    case "published":
      return "successful";
    case "aborted":
      return failure === "canceled" ? "canceled" : "error";
  }
}

/** A run of the flow that has done nothing yet. */
export function newRun(flow: Flow, id: string, now: number, { range, redrive }: Apart = {}): Run {
  return {
    id,
    flow: flow.name,
    flowId: flow.id,
    state: "planning",
    trigger: flow.definition.trigger.type,
    about: factsOf(flow),
    ...(range !== undefined && { range }),
    ...(redrive !== undefined && { redrive }),
    startedAt: now,
    updatedAt: now,
    counts: noCounts(redrive?.destination === undefined ? flow.definition.destinations.length : 1),
    version: 1,
  };
}

/** Runs do not live longer: the uploads of one that did could be gone before they are published. */
const LONGEST_RUN_MS = 24 * 60 * 60 * 1000;

/** When the run has to be over, in milliseconds since 1970. */
export function endOfTime({ startedAt }: Run): number {
  return startedAt + LONGEST_RUN_MS;
}

export function noCounts(destinations: number): RunCounts {
  return {
    read: 0,
    filtered: 0,
    filteredBy: [],
    rejected: 0,
    dataErrors: 0,
    bytesRead: 0,
    destinations: Array.from({ length: destinations }, () => ({ written: 0, rejected: 0, bytesWritten: 0 })),
  };
}
