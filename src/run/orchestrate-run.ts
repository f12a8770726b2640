import type { Durable } from "./durable.ts";
import { callRange, orchestrateSlices } from "./orchestrate-slices.ts";
import type { RunName, RunSteps } from "./run-steps.ts";

/**
 * Carries a run from wherever it stands to its end: plan, slices, decision, publishing, report. What it does follows from what is
 * stored, so any number of executions may carry out one run, at once or one after another: a later one skips what is
 * done. Fails when it could not bring the run to its end; then another execution is to go on.
 */
export async function orchestrateRun(run: RunName, durable: Durable, steps: RunSteps, width: number): Promise<void> {
  const { flow, runId } = run;
  const planned = await durable.step("plan", () => steps.plan(run));
  if (planned.state === "running") {
    const { slices, gathers } = planned;
    let worked = await orchestrateSlices({ flow, runId, from: 0, to: slices }, durable, width);
    // Files are gathered as if that were one more slice.
    if (worked === "end" && gathers) worked = await callRange({ flow, runId, from: slices, to: slices + 1 }, durable);
    if (worked === "open") return handOn(run, durable);
    if (typeof worked !== "string") {
      throw new Error(`Run ${runId} of flow ${flow} could not be read to its end: ${worked.error}`);
    }
    await durable.step("decide", () => forgetful(steps.decide(run)));
  }
  if (planned.state !== "ended") await durable.step("publish", () => forgetful(steps.publish(run)));
  // Whoever ended the run may not have lived to report it.
  await durable.step("report", () => forgetful(steps.report(run)));
}

/** An execution that may have no more operations leaves the run to one that has none yet. */
async function handOn({ flow, runId }: RunName, durable: Durable): Promise<void> {
  const rest = await durable.call("the rest of the run", "orchestrate", { flow, runId });
  if ("error" in rest) throw new Error(rest.error);
}

/** What was decided or published is in the stores, and is not to be remembered twice. */
async function forgetful(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}
