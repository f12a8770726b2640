import { isKeyOfRun, outputPrefix } from "../plan/output-layout.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import type { Run } from "./run.ts";

/**
 * Aborts the uploads that attempts of a decided run left behind, once everything that it publishes is complete: then
 * whatever upload has one of its keys counts for nothing. Never by prefix alone: other runs write there, too. Whether
 * there is any, only the store knows: a client that begins an upload again, because it got no answer, leaves one behind.
 */
export async function cleanUp(run: Run, { objects }: { readonly objects: ObjectStore }): Promise<void> {
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
  const places = outputs.flatMap(({ target, errors }) => [target, errors ?? []].flat());
  const named = places.map(({ bucket, prefix }) => ({ bucket, prefix: outputPrefix(prefix, flow) }));
  return [...new Map(named.map((place) => [JSON.stringify(place), place])).values()];
}
