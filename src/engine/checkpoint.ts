import type { DecoderPosition } from "../batch/batch.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { PartitionValues } from "../plan/run-plan.ts";
import type { Json } from "../sdk/json.ts";
import type { Upload, UploadedPart } from "../sdk/object-store.ts";

/**
 * Where a stopped run goes on. A plain JSON value: another process may take it, but only one may go on with it,
 * because the uploads in it are continued.
 */
export interface Checkpoint {
  readonly position: SourcePosition;
  readonly counts: RunCounts;
  /** One per destination, in the flow's order. */
  readonly outputs: readonly OutputCheckpoint[];
  /** The object that holds the tails of all open files, one behind the other; absent when there are none. */
  readonly tails: { readonly bucket: string; readonly key: string } | undefined;
}

/** Between two batches. */
export interface SourcePosition {
  /** The cursor that gives the page in hand, or the next one; undefined: the first page. */
  readonly page: Json | undefined;
  /** Where to go on within that page; undefined: at its start. */
  readonly within: DecoderPosition | undefined;
}

export interface OutputCheckpoint {
  readonly open: readonly OpenFile[];
  readonly closed: readonly ClosedFile[];
  /** The file of rejected records, once there is one. */
  readonly errors: OpenFile | undefined;
  /** How many files each partition has begun, by the partition's id. */
  readonly sequences: readonly (readonly [partition: string, count: number])[];
}

/** A file whose last bytes are not written yet. */
export interface OpenFile {
  readonly partition: PartitionValues;
  readonly upload: Upload;
  readonly parts: readonly UploadedPart[];
  readonly records: number;
  /** What the encoder must know to go on. */
  readonly encoder: Json;
  /** Where its bytes that are in no part lie within the tails object. */
  readonly tail: { readonly from: number; readonly length: number };
}

/** A file that is written whole and waits, invisible, for the run's decision. */
export interface ClosedFile {
  readonly upload: Upload;
  readonly parts: readonly UploadedPart[];
  readonly records: number;
  readonly bytes: number;
}
