import { isKeyOfRun, outputPrefix } from "../plan/output-layout.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import type { Run } from "./run.ts";

/**
 * Removes what attempts of a decided run left behind, once everything that it publishes is complete: pieces of files, and
 * uploads. Repeatable.
 */
export async function cleanUp(run: Run, ports: CleanUpPorts): Promise<void> {
  await abortUploads(run, ports);
  const pieces = run.plan?.outputs.find((output) => output.pieces !== undefined)?.pieces;
  if (pieces === undefined) return;
  const { objects } = ports;
  // They are all in one folder, which is the run's own.
  for await (const { key } of objects.list(pieces.bucket, `${pieces.prefix}/`))
    await objects.delete(pieces.bucket, key);
}

interface CleanUpPorts {
  readonly objects: ObjectStore;
}

/**
 * Aborts the uploads that attempts left behind. Everything that is published is complete: then
 * whatever upload has one of its keys counts for nothing. Never by prefix alone: other runs write there, too. Whether
 * there is any, only the store knows: a client that begins an upload again, because it got no answer, leaves one behind.
 */
async function abortUploads(run: Run, { objects }: CleanUpPorts): Promise<void> {
  if (run.plan === undefined) return;
  for (const { bucket, prefix } of placesOf(run.plan)) {
    try {
      for await (const upload of objects.listUploads(bucket, prefix)) {
        if (isKeyOfRun(upload.key, run.id)) await objects.abortUpload(upload);
      }
    } catch (error) {
      // A bucket that is not there has no uploads; one that was given up, because it lets nobody in, keeps them.
      const code = error instanceof ObjectStoreError ? error.code : undefined;
      if (code !== "NoSuchBucket" && !(code === "AccessDenied" && run.lost !== undefined)) throw error;
    }
  }
}

/** Everywhere that the run may have begun an upload. */
function placesOf({ flow, outputs }: RunPlan): readonly { readonly bucket: string; readonly prefix: string }[] {
  const places = outputs.flatMap(({ target, pieces, errors }) => [target, pieces ?? [], errors ?? []].flat());
  const named = places.map(({ bucket, prefix }) => ({ bucket, prefix: outputPrefix(prefix, flow) }));
  return [...new Map(named.map((place) => [JSON.stringify(place), place])).values()];
}
