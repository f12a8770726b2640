import { createHash } from "node:crypto";
import { addCounts } from "./sum-counts.ts";
import { noCounts } from "./run.ts";
import type { Run, SegmentsSeal } from "./run.ts";
import type { RunStore } from "./run-store.ts";
import type { Segment } from "./segment.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import { stowedCount } from "../store/stowed-list.ts";

/** How many slices a run reads, and whether one more is worked on behind them, which gathers their files (gather-files.ts). */
export function slicesOf({ slices, outputs }: RunPlan): { readonly slices: number; readonly gathers: boolean } {
  return { slices: stowedCount(slices), gathers: outputs.some(({ pieces }) => pieces !== undefined) };
}

/** All that a run's segments say together, up to the first that failed. */
export interface SegmentsOfRun {
  readonly counts: RunCounts;
  readonly seal: SegmentsSeal;
  /** How many slices have come to their end, and the gathering of their files. */
  readonly ended: number;
  /** The first slice that could not be read to its end. */
  readonly failed: { readonly end: Extract<Segment["end"], { type: "failed" }> } | undefined;
}

/** Reads them once, one after the other. */
export async function summariseSegments(run: Run, runs: RunStore): Promise<SegmentsOfRun> {
  const hash = createHash("sha256");
  let counts = noCounts(run.counts.destinations.length);
  let count = 0;
  let ended = 0;
  let failed: SegmentsOfRun["failed"];
  for await (const segment of runs.segments(run.flow, run.id)) {
    hash.update(
      `${JSON.stringify([segment.slice, segment.number, segment.attempt, segment.files, segment.versions])}\n`,
    );
    counts = addCounts(counts, segment.counts);
    count++;
    const { end } = segment;
    if (end.type === "end") ended++;
    if (end.type !== "failed") continue;
    // What was read behind it depends on how many slices were read at once.
    failed = { end };
    break;
  }
  return { counts, seal: { count, digest: hash.digest("hex") }, ended, failed };
}
