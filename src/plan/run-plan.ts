import type { FieldType } from "../batch/field-type.ts";
import type { FileTarget, VersionFields } from "../sdk/connector.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import type { StowedBytes } from "../store/stowed-bytes.ts";
import type { StowedList } from "../store/stowed-list.ts";
import type { Task } from "../tasks/task.ts";

/** Everything that a run does, decided before it starts. A plain JSON value. */
export interface RunPlan {
  readonly flow: string;
  readonly runId: string;
  readonly schemaVersion: number;
  /** Milliseconds since 1970; dates in object keys come from it, so that a run never crosses midnight. */
  readonly startedAt: number;
  readonly source: PlannedSource;
  readonly tasks: readonly Task[];
  readonly outputs: readonly PlannedOutput[];
  /** What is read apart from one another: what the source's `split` gave, or one `null` for everything. None: there is nothing. */
  readonly slices: StowedList<Json>;
  /** The time from which records are read; absent when the run reads everything. */
  readonly window?: Window;
  /** Of an incremental run: what earlier ones delivered that the window reaches back over. */
  readonly delivered?: StowedBytes;
}

/** What an incremental run reads, in milliseconds since 1970 by the source's clock. */
export interface Window {
  /** The flow's position when the run was planned; absent when no run has moved it before. */
  readonly from?: number;
  /** Where the run before it ended; of the first one, where the flow is to begin. */
  readonly since: number;
  /** Records with a time after this are read. */
  readonly after: number;
  /** Up to and at this time. Never before `since`. */
  readonly to: number;
  /** What is delivered with a time after this is remembered: the next window reaches back to here. */
  readonly rememberAfter: number;
  /** The field that decides, where the flow names one. */
  readonly field?: string;
  /** Stands for what is read. A position that was reached in something else is none. */
  readonly origin: string;
  /** True of a run that leaves the flow's position as it is, and is told nothing of what others delivered. */
  readonly apart?: true;
  /** True where the source has no clock, and ours was taken. */
  readonly ourClock?: true;
}

export interface PlannedSource {
  /** AppFlow's ConnectorType. */
  readonly connector: string;
  /** The name of the profile that it is read through; absent where it needs none. */
  readonly profile?: string;
  readonly settings: JsonObject;
  /** The fields to read; undefined for all. */
  readonly fields: readonly string[] | undefined;
  /** Of an incremental run, by which fields versions of records are known; absent where pages are versions. */
  readonly versions?: VersionFields;
}

export interface PlannedOutput {
  readonly target: FileTarget;
  /** Where slices leave the pieces of which the run makes the target's files; absent where they write those themselves. */
  readonly pieces?: FileTarget;
  /** The file's fields in order. Undefined only for JSON, which writes whatever fields a record has. */
  readonly fields: readonly PlannedField[] | undefined;
  /** Where this destination's rejected records go; undefined: they are only counted. */
  readonly errors: ErrorLocation | undefined;
  /** End the run at the first record that this destination rejects. */
  readonly failOnFirstError: boolean;
}

export interface PlannedField {
  readonly name: string;
  readonly type: FieldType;
  /** What the definition declares the source's values to be: digits that mean an instant are known by it. */
  readonly sourceType?: FieldType | undefined;
}

export interface ErrorLocation {
  readonly bucket: string;
  readonly prefix: string;
}

/** What reading the source's objects told about its fields: names in the order first seen, and types where known. */
export interface DiscoveredFields {
  readonly fields: readonly { readonly name: string; readonly type: FieldType | undefined }[];
}

/** The value of each partition field, in the order of the Partition task. */
export type PartitionValues = readonly PartitionValue[];

export interface PartitionValue {
  readonly field: string;
  readonly value: string | null;
}
