import { isKeyOfRun, outputPrefix } from "../plan/output-layout.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";

interface CleanUpPorts {
  readonly runs: RunStore;
  readonly objects: ObjectStore;
}

/**
 * Aborts the uploads that attempts of a decided run left behind, once everything that it publishes is complete: then
 * whatever upload has one of its keys counts for nothing. Never by prefix alone: other runs write there, too.
 */
export async function cleanUp(run: Run, ports: CleanUpPorts): Promise<void> {
  if (run.plan === undefined || !(await mayHaveLeftovers(run, ports.runs))) return;
  for (const { bucket, prefix } of placesOf(run.plan)) {
    for await (const upload of ports.objects.listUploads(bucket, prefix)) {
      if (isKeyOfRun(upload.key, run.id)) await ports.objects.abortUpload(upload);
    }
  }
}

/** A committed run leaves something behind only when it was attempted more often than it was registered. */
async function mayHaveLeftovers(run: Run, runs: RunStore): Promise<boolean> {
  if (run.segments === undefined) return true;
  let attempts = 0;
  for await (const _ of runs.attempts(run.flow, run.id)) attempts++;
  return attempts > run.segments.count;
}

/** Everywhere that the run may have begun an upload. */
function placesOf({ flow, outputs }: RunPlan): readonly { readonly bucket: string; readonly prefix: string }[] {
  const places = outputs.flatMap(({ target, errors }) => [target, errors ?? []].flat());
  const named = places.map(({ bucket, prefix }) => ({ bucket, prefix: outputPrefix(prefix, flow) }));
  return [...new Map(named.map((place) => [JSON.stringify(place), place])).values()];
}
