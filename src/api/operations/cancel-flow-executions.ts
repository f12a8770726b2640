import { abortRun, CANCELLED } from "../../run/decide-run.ts";
import { isDecided } from "../../run/transitions.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { FlowCall } from "../context.ts";
import { readInput } from "../read-input.ts";
import { CancelFlowExecutionsRequest } from "../shapes.ts";
import { findFlow } from "./find-flow.ts";

/** Cancels the runs of those ids, or all that are in progress; answers with the ids that could not be cancelled. */
export async function cancelFlowExecutions(body: Json, call: FlowCall): Promise<JsonObject> {
  const { flowName, executionIds } = readInput(CancelFlowExecutionsRequest, body, call);
  const flow = await findFlow(flowName, call);
  const ids = new Set(executionIds ?? (await runsInProgress(flow.name, call)));
  const invalid: string[] = [];
  for (const id of ids) if (!(await cancel(flow.name, id, call))) invalid.push(id);
  return invalid.length > 0 ? { invalidExecutions: invalid } : {};
}

/** A flow has one run at a time. */
async function runsInProgress(flow: string, call: FlowCall): Promise<readonly string[]> {
  const active = (await call.runs.position(flow))?.active;
  const run = active === undefined ? undefined : await call.runs.get(flow, active);
  return run === undefined || isDecided(run) ? [] : [run.id];
}

/** False when there is no such run, or it was decided otherwise before: its records are, or become, visible. */
async function cancel(flow: string, id: string, call: FlowCall): Promise<boolean> {
  const run = await call.runs.get(flow, id);
  if (run === undefined) return false;
  const decided = await abortRun(run, "canceled", CANCELLED, call);
  if (decided.state !== "aborting" || decided.failure !== "canceled") return false;
  await call.orchestrator.cancel(flow, id);
  return true;
}
