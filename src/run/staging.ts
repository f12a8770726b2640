import type { ObjectStore } from "../sdk/object-store.ts";
import type { Stow } from "../store/stowed-bytes.ts";
import type { PiecesPlace } from "../plan/plan-run.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";
import { hasEnded } from "./transitions.ts";

const RUNS = "runs/";
const REDRIVES = "redrives/";

/** Where flows keep what incremental runs have delivered, by the flow's name, then its id. */
export const DELIVERED = "delivered/";

/** Where slices leave the pieces of files that several of them write together. */
export function piecesPlaceOf({ flow, id }: Pick<Run, "flow" | "id">, bucket: string): PiecesPlace {
  return { bucket, prefix: `${RUNS}${flow}/${id}/pieces` };
}

/** Where the rejected records lie that a run sends again. */
export function redrivePlace(flow: string, runId: string, bucket: string) {
  const prefix = `${REDRIVES}${flow}/${runId}`;
  return { bucket, prefix, key: `${prefix}/records.json` };
}

/** Where the lists of a run lie that are too large for its items. */
export function stowOf({ flow, id }: Pick<Run, "flow" | "id">, bucket: string, objects: ObjectStore): Stow {
  return { objects, bucket, prefix: `${RUNS}${flow}/${id}/` };
}

/** They are there before their run is. */
const REDRIVE_MS = 24 * 60 * 60 * 1000;

/** Removes what lies there of runs that are forgotten, what those that have ended have read, and what is of deleted flows. */
export async function clearForgotten(
  bucket: string,
  { runs, objects, now }: { readonly runs: RunStore; readonly objects: ObjectStore; readonly now: () => number },
): Promise<void> {
  let run: Run | undefined;
  let last: string | undefined;
  for await (const { key } of objects.list(bucket, RUNS)) {
    const [flow, id, folder] = key.slice(RUNS.length).split("/");
    // What is of one run comes together.
    if (`${flow}/${id}` !== last) run = await runs.get(flow!, id!);
    last = `${flow}/${id}`;
    if (run === undefined || (folder === "pieces" && hasEnded(run))) await objects.delete(bucket, key);
  }
  for await (const { key, modifiedAt } of objects.list(bucket, REDRIVES)) {
    const [flow, id] = key.slice(REDRIVES.length).split("/");
    const run = await runs.get(flow!, id!);
    const isOver = run === undefined ? now() - modifiedAt > REDRIVE_MS : hasEnded(run);
    if (isOver) await objects.delete(bucket, key);
  }
  // Of whoever died while putting them there; once their run has ended, it does not read them any more.
  for await (const upload of objects.listUploads(bucket, REDRIVES)) {
    const [flow, id] = upload.key.slice(REDRIVES.length).split("/");
    const run = await runs.get(flow!, id!);
    if (run !== undefined && hasEnded(run)) await objects.abortUpload(upload);
  }
  for await (const { key } of objects.list(bucket, DELIVERED)) {
    const [flow, flowId] = key.slice(DELIVERED.length).split("/");
    if ((await runs.position(flow!))?.flowId !== flowId) await objects.delete(bucket, key);
  }
}
