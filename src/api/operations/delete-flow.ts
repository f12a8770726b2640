import type { Flow } from "../../flow/flow.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import { leaveFlow } from "../../run/claim-run.ts";
import { abortRun, CANCELLED } from "../../run/decide-run.ts";
import { newestRun } from "../../run/runs-of-flow.ts";
import { hasEnded } from "../../run/transitions.ts";
import type { FlowCall } from "../context.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { DeleteFlowRequest } from "../shapes.ts";
import { findFlow, noSuchFlow } from "./find-flow.ts";
import { keepWoken } from "./keep-woken.ts";

/** Deletes a flow and its history, not its data. Refused while it runs, unless forced: then the run ends without effect. */
export async function deleteFlow(body: Json, call: FlowCall): Promise<JsonObject> {
  const { flowName, forceDelete = false } = readInput(DeleteFlowRequest, body, call);
  const flow = await findFlow(flowName, call);
  const newest = await newestRun(flow, call.runs);
  if (!forceDelete && newest !== undefined && !hasEnded(newest)) {
    throw new ApiError(
      "ConflictException",
      `Flow ${flow.name} has a run in progress (${newest.id}) — wait for its end, or set forceDelete`,
    );
  }
  if (!(await call.flows.delete(flow.name))) throw noSuchFlow(flow.name);
  await leaveFlow(flow.name, flow.id, call.runs);
  await forgetRuns(flow, call);
  await call.inbox.clear(flow.id);
  await keepWoken(flow.name, call);
  return {};
}

/** A run that has not ended is cancelled, and forgotten by whoever ends it. */
async function forgetRuns(flow: Flow, call: FlowCall): Promise<void> {
  for (let page = await call.runs.list(flow.name, RUNS_AT_ONCE); page.length > 0;) {
    for (const run of page) {
      // The flow may have been made anew meanwhile, and run.
      if (run.flowId !== flow.id) continue;
      if (hasEnded(run)) await call.runs.forget(flow.name, run.id);
      else {
        await abortRun(run, "canceled", CANCELLED, call);
        await call.orchestrator.cancel(flow.name, run.id);
      }
    }
    page = await call.runs.list(flow.name, RUNS_AT_ONCE, page.at(-1));
  }
}

const RUNS_AT_ONCE = 100;
