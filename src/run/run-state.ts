import type { Checkpoint, ClosedFile, OutputCheckpoint } from "../engine/checkpoint.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import type { ObjectStore, Upload } from "../sdk/object-store.ts";
import type { RunStatus } from "./run.ts";

/** What a run's item keeps for whoever goes on with it: `Run.checkpoint`. A plain JSON value. */
export interface RunState {
  /** Made once; a run that is taken up again follows the same plan. */
  readonly plan?: RunPlan;
  /** Where the run stopped. */
  readonly stopped?: Checkpoint;
  /** Set with status `publishing`: what is to become visible, and how the run then ends. */
  readonly decision?: Decision;
}

export interface Decision {
  readonly status: Extract<RunStatus, "successful" | "error" | "canceled">;
  readonly files: readonly DecidedFile[];
}

export interface DecidedFile extends ClosedFile {
  readonly kind: "data" | "error";
  readonly destination: number;
}

/** Throws away all that a run holds that will never end, so far as the store lets it. */
export async function abortUploads({ decision, stopped }: RunState, objects: ObjectStore): Promise<void> {
  const files = decision?.files ?? stopped?.outputs.flatMap(filesOf) ?? [];
  for (const { upload } of files) await Promise.allSettled([objects.abortUpload(upload)]);
}

function filesOf({ open, closed, errors }: OutputCheckpoint): readonly { readonly upload: Upload }[] {
  return errors === undefined ? [...open, ...closed] : [...open, ...closed, errors];
}
