import type { RunCounts } from "../plan/run-counts.ts";
import type { PartitionValues, RunPlan } from "../plan/run-plan.ts";
import type { ReadableSource, Session } from "../sdk/connector.ts";
import type { Connection } from "../sdk/http/connection.ts";
import type { Json } from "../sdk/json.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import type { VersionSet } from "./versions.ts";

/** All of the outside that the engine knows. */
export interface EngineIo {
  readonly source: ReadableSource;
  /** What is to be read of it: one of the slices into which it has divided itself, or null for everything. */
  readonly slice: Json;
  /** Of an incremental run: what earlier ones have delivered of the time that it reaches back over. */
  readonly delivered?: VersionSet | undefined;
  readonly objects: ObjectStore;
  /** The source's system, through the flow's profile. */
  readonly connection: Connection;
  /** Aborted when the run is cancelled: the engine throws its uploads away and fails. */
  readonly signal: AbortSignal;
  /** True when the time is up: the engine stops after the batch in hand. */
  shouldStop(): boolean;
  /** The key of a data file. */
  dataKey(plan: RunPlan, output: number, partition: PartitionValues, sequence: number): string;
  /** The key of a file of rejected records. */
  errorKey(plan: RunPlan, output: number): string;
  /** Room for records that wait for their file; asked for only when more files are open than memory holds. */
  openScratch(): Promise<Scratch>;
  /** Called after every batch, and waited for. */
  progress(counts: RunCounts): Promise<void>;
}

/** What it takes to read. */
export type SourceIo = Pick<EngineIo, "source"> & Session;

/** What a source is given of it. */
export function sessionOf({ objects, connection, signal }: Session): Session {
  return { objects, connection, signal };
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
