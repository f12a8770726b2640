import type { RunCounts } from "../plan/run-counts.ts";
import type { PartitionValues, RunPlan } from "../plan/run-plan.ts";
import type { ReadableSource } from "../sdk/connector.ts";
import type { ObjectStore } from "../sdk/object-store.ts";

/** All of the outside that the engine knows. */
export interface EngineIo {
  readonly source: ReadableSource;
  readonly objects: ObjectStore;
  /** Aborted when the run is cancelled: the engine throws its uploads away and fails. */
  readonly signal: AbortSignal;
  /** True when the time is up: the engine stops after the batch in hand and answers with a checkpoint. */
  shouldStop(): boolean;
  /** The key of a data file. */
  dataKey(plan: RunPlan, output: number, partition: PartitionValues, sequence: number): string;
  /** The key of a file of rejected records. */
  errorKey(plan: RunPlan, output: number): string;
  /** Where the bytes that belong to no part yet wait while the run is stopped. */
  readonly staging: { readonly bucket: string; readonly prefix: string };
  /** Room for records that wait for their file; asked for only when more files are open than memory holds. */
  openScratch(): Promise<Scratch>;
  /** Called after every batch, and waited for. */
  progress(counts: RunCounts): Promise<void>;
}

/** A temporary file of this process: appended to, then read back, gone after `close`. */
export interface Scratch {
  /** The offset at which the bytes stand. */
  append(bytes: Uint8Array): Promise<number>;
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** The largest record that is read, unless configured otherwise. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;
