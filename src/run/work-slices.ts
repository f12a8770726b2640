import type { Json } from "../sdk/json.ts";
import type { Run } from "./run.ts";
import { workSlice } from "./work-slice.ts";
import type { WorkControl, WorkedSlice, WorkPorts } from "./work-slice.ts";

/**
 * Works on the slices of a running run, up to `width` of them at once, begun in their order. Once one has not come to its
 * end, no other is begun, and those under way stop at their next batch. `end`: all slices are read to their end. Fails when a
 * store does, and only when nothing is under way any more.
 */
export async function workSlices(
  run: Run,
  queries: readonly Json[],
  ports: WorkPorts,
  control: WorkControl,
  width: number,
): Promise<WorkedSlice> {
  const outcomes = new Set<WorkedSlice>();
  const isOver = () => outcomes.size > 0;
  const sliceControl = { ...control, shouldStop: () => isOver() || control.shouldStop() };
  let next = 0;
  const work = async (): Promise<void> => {
    try {
      while (next < queries.length && !isOver()) {
        const slice = next++;
        const outcome = await workSlice(run, slice, queries[slice]!, ports, sliceControl);
        if (outcome !== "end") outcomes.add(outcome);
      }
    } catch (error) {
      outcomes.add("stopped");
      throw error;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: width }, work));
  for (const worker of workers) if (worker.status === "rejected") throw worker.reason;
  return WEIGHTIEST_FIRST.find((outcome) => outcomes.has(outcome)) ?? "end";
}

/** Slices that were stopped because of another say nothing. */
const WEIGHTIEST_FIRST: readonly WorkedSlice[] = ["decided", "failed", "stopped"];
