import type { ClosedFile } from "../engine/closed-file.ts";
import type { SourcePosition } from "../engine/source-position.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { StowedBytes } from "../store/stowed-bytes.ts";
import type { RunFailure } from "./run.ts";

/**
 * The registered attempt at one segment of one slice: SEG of src/run/SPEC.md. Written once, and never changed. A plain
 * JSON value.
 */
export interface Segment {
  readonly flow: string;
  readonly run: string;
  /** The slice's place in the plan, from 0. */
  readonly slice: number;
  /** Its place in the slice's chain, from 0. */
  readonly number: number;
  /** Which attempt it was. */
  readonly attempt: number;
  readonly end: SegmentEnd;
  readonly counts: RunCounts;
  /** Of an incremental run: the versions that the segment delivers, as far as the next window reaches back over them. */
  readonly versions?: StowedBytes;
  readonly files: SegmentFiles;
}

export type SegmentEnd =
  /** The chain goes on here, whoever registers the next segment. */
  | { readonly type: "next"; readonly position: SourcePosition }
  | { readonly type: "end" }
  /** The slice cannot be read to its end, and with it the run. Its files are those of rejected records. */
  | { readonly type: "failed"; readonly failure: RunFailure; readonly message: string };

/** The uploads that the attempt left uncompleted, and its pieces, which are complete. Many of them lie in the staging bucket, under their hash. */
export type SegmentFiles = { readonly list: readonly RunFile[] } | { readonly sha256: string; readonly count: number };

export interface RunFile extends ClosedFile {
  /** `error` files hold rejected records; a `piece` is no file of the run's, but an object of which one is made. */
  readonly kind: "data" | "error" | "piece";
  /** The destination's place in the flow's list. */
  readonly destination: number;
}

/** Says that somebody works on a segment, and takes a number that no other attempt has: ATT of src/run/SPEC.md. */
export interface Attempt {
  readonly flow: string;
  readonly run: string;
  readonly slice: number;
  readonly segment: number;
  /** From 1. The names of all files of the attempt hold it. */
  readonly number: number;
}
