import type { Run } from "../../run/run.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { readInput } from "../read-input.ts";
import { CancelFlowExecutionsRequest } from "../shapes.ts";
import { findFlow } from "./find-flow.ts";

/** Cancels the runs of those ids, or all that are in progress; answers with the ids that could not be cancelled. */
export async function cancelFlowExecutions(body: Json, call: Call): Promise<JsonObject> {
  const { flowName, executionIds } = readInput(CancelFlowExecutionsRequest, body, call);
  const flow = await findFlow(flowName, call);
  const ids = new Set(executionIds ?? (await runsInProgress(flow.name, call)));
  const invalid: string[] = [];
  for (const id of ids) if (!(await cancel(flow.name, id, call))) invalid.push(id);
  return invalid.length > 0 ? { invalidExecutions: invalid } : {};
}

/** A flow has one run at a time, and it is the newest. */
async function runsInProgress(flow: string, call: Call): Promise<readonly string[]> {
  const newest = await call.runs.list(flow, 1);
  return newest.filter(isCancellable).map(({ id }) => id);
}

/** False when there is no such run, or it is decided. The write wins or loses against the run's own decision. */
async function cancel(flow: string, id: string, call: Call): Promise<boolean> {
  for (;;) {
    const run = await call.runs.get(flow, id);
    if (run === undefined || !isCancellable(run)) return false;
    const wish: Run = { ...run, status: "cancel-started", updatedAt: call.now(), version: run.version + 1 };
    if (run.status === "cancel-started" || (await call.runs.update(wish))) {
      await call.orchestrator.cancel(flow, id);
      return true;
    }
  }
}

function isCancellable({ status }: Run): boolean {
  return status === "in-progress" || status === "cancel-started";
}
