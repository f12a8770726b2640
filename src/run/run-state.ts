import type { Checkpoint, ClosedFile } from "../engine/checkpoint.ts";
import type { RunPlan } from "../plan/run-plan.ts";
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
