import type { ObjectStore } from "../sdk/object-store.ts";
import type { RunStore } from "./run-store.ts";
import type { Run, RunObject } from "./run.ts";
import type { DecidedFile, RunState } from "./run-state.ts";

export interface PublishPorts {
  readonly runs: RunStore;
  readonly objects: ObjectStore;
  readonly now: () => number;
}

/**
 * Makes everything visible that a decided run wrote, and ends the run. Repeatable: completing an upload again succeeds,
 * so whoever finds a run with status `publishing` may call this, after any crash.
 */
export async function publishRun(run: Run, ports: PublishPorts): Promise<Run> {
  const { decision, stopped } = run.checkpoint as RunState;
  if (decision === undefined) throw new Error(`Run ${run.id} is to be published, but holds no decision.`);
  for (const file of decision.files) await ports.objects.completeUpload(file.upload, file.parts);
  if (stopped?.tails !== undefined) await clearStaging(run, stopped.tails.bucket, ports.objects);
  const now = ports.now();
  const ended: Run = {
    ...omitCheckpoint(run),
    status: decision.status,
    updatedAt: now,
    endedAt: now,
    objects: decision.files.map(toRunObject),
    version: run.version + 1,
  };
  // Somebody else may have ended it meanwhile, with the same result.
  if (!(await ports.runs.update(ended))) return (await ports.runs.get(run.flow, run.id)) ?? ended;
  return ended;
}

/** What the keys of everything begin with that waits while the run is stopped. */
export function stagingPrefix(run: Run): string {
  return `runs/${run.id}/`;
}

/** Removes what waited while the run was stopped. */
export async function clearStaging(run: Run, bucket: string, objects: ObjectStore): Promise<void> {
  for await (const { key } of objects.list(bucket, stagingPrefix(run))) await objects.delete(bucket, key);
}

function toRunObject({ upload, bytes, records, kind, destination }: DecidedFile): RunObject {
  return { bucket: upload.bucket, key: upload.key, bytes, records, kind, destination };
}

function omitCheckpoint({ checkpoint: _checkpoint, ...run }: Run): Run {
  return run;
}
