import type { RunCounts } from "../plan/run-counts.ts";
import type { JsonObject } from "../sdk/json.ts";

/** One execution of a flow. A plain JSON value. */
export interface Run {
  /** A UUID. */
  readonly id: string;
  readonly flow: string;
  readonly status: RunStatus;
  readonly trigger: "on-demand" | "scheduled" | "event";
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly endedAt?: number;
  readonly counts: RunCounts;
  /** What happened, for people: always set when the status is `error`. */
  readonly message?: string;
  /** What kind of thing went wrong: who has to act. Always set when the status is `error`. */
  readonly failure?: RunFailureKind;
  /** Where the run stands, for whoever goes on with it: engine/checkpoint.ts. Absent before the first stop. */
  readonly checkpoint?: JsonObject;
  /** The objects that the run made visible. */
  readonly objects: readonly RunObject[];
  /** Counts the writes of this item; a write that expects another number is refused. */
  readonly version: number;
}

/** `publishing`: the run is decided, its objects are becoming visible, and nothing can undo it any more. */
export type RunStatus = "in-progress" | "publishing" | "successful" | "error" | "cancel-started" | "canceled";

/**
 * `configuration`: the flow or its permissions are to be changed; `transient`: running it again may succeed; `data`: the
 * records are not what the flow expects; `internal`: a defect of the engine.
 */
export type RunFailureKind = "configuration" | "transient" | "data" | "internal";

export interface RunObject {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: number;
  readonly records: number;
  /** `error` objects hold rejected records. */
  readonly kind: "data" | "error";
  /** The destination's place in the flow's list. */
  readonly destination: number;
}
