import type { Json } from "../sdk/json.ts";
import type { Durable } from "./durable.ts";
import { orchestrateRun } from "./orchestrate-run.ts";
import { orchestrateSlices } from "./orchestrate-slices.ts";
import type { SliceRange } from "./orchestrate-slices.ts";
import type { RunName, RunSteps } from "./run-steps.ts";

/** What an execution is begun for: a run, or some of its slices. */
export type Orchestrated = RunName | SliceRange;

/** Carries out a run, or works on slices of it, up to `width` of them at once; answers a range with its `WorkedRange`. */
export async function orchestrate(
  input: Orchestrated,
  durable: Durable,
  steps: RunSteps,
  width: number,
): Promise<Json> {
  if ("from" in input) return orchestrateSlices(input, durable, width);
  await orchestrateRun(input, durable, steps, width);
  return null;
}
