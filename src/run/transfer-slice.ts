import type { Json } from "../sdk/json.ts";
import { unstowList } from "../store/stowed-list.ts";
import { gatherFiles } from "./gather-files.ts";
import type { SliceName } from "./orchestrate-slices.ts";
import { isOver } from "./run-steps.ts";
import type { Run } from "./run.ts";
import { slicesOf } from "./segments-of-run.ts";
import { stowOf } from "./staging.ts";
import { workSlice } from "./work-slice.ts";
import type { WorkControl, WorkedSlice, WorkPorts } from "./work-slice.ts";

/** Works on one slice of a run, or on the gathering behind the last, until it ends or this process has to let go of it. */
export type TransferSlice = (slice: SliceName, control: WorkControl) => Promise<WorkedSlice>;

/**
 * What works on slices of planned runs. A slice that is read to its end is not read again, so it may be called as often as
 * one likes. `stopped`: it is to be called again. Fails when a store does.
 */
export function createTransferSlice(ports: WorkPorts): TransferSlice {
  // A list of many slices is an object, and who works on one of them works on the next.
  let last: { readonly runId: string; readonly queries: readonly Json[] } | undefined;
  const queriesOf = async (run: Run): Promise<readonly Json[]> => {
    const { slices } = run.plan!;
    if ("list" in slices) return slices.list;
    if (last?.runId !== run.id) {
      last = { runId: run.id, queries: await unstowList(slices, stowOf(run, ports.stagingBucket, ports.objects)) };
    }
    return last.queries;
  };
  return async ({ flow, runId, slice }, control) => {
    const run = await ports.runs.get(flow, runId);
    if (run === undefined || (await isOver(run, ports, control.signal))) return "decided";
    if (slice === slicesOf(run.plan!).slices) return gatherFiles(run, ports, control);
    const queries = await queriesOf(run);
    return workSlice(run, slice, queries[slice]!, ports, control);
  };
}
