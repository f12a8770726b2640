import type { ObjectStore } from "../sdk/object-store.ts";
import type { Stow } from "../store/stowed-bytes.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";

const RUNS = "runs/";

/** Where flows keep what incremental runs have delivered, by the flow's name, then its id. */
export const DELIVERED = "delivered/";

/** Where the lists of a run lie that are too large for its items. */
export function stowOf({ flow, id }: Pick<Run, "flow" | "id">, bucket: string, objects: ObjectStore): Stow {
  return { objects, bucket, prefix: `${RUNS}${flow}/${id}/` };
}

/** Removes what lies there of runs that are forgotten, and of flows that were deleted. */
export async function clearForgotten(
  bucket: string,
  { runs, objects }: { readonly runs: RunStore; readonly objects: ObjectStore },
): Promise<void> {
  for await (const { key } of objects.list(bucket, RUNS)) {
    const [flow, id] = key.slice(RUNS.length).split("/");
    if ((await runs.get(flow!, id!)) === undefined) await objects.delete(bucket, key);
  }
  for await (const { key } of objects.list(bucket, DELIVERED)) {
    const [flow, flowId] = key.slice(DELIVERED.length).split("/");
    if ((await runs.position(flow!))?.flowId !== flowId) await objects.delete(bucket, key);
  }
}
