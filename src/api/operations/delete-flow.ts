import { keepAlarm } from "../../flow/keep-alarm.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { DeleteFlowRequest } from "../shapes.ts";
import { findFlow, noSuchFlow } from "./find-flow.ts";

/** Deletes a flow and its history, not its data. Refused while it runs, unless forced: then the run ends without effect. */
export async function deleteFlow(body: Json, call: Call): Promise<JsonObject> {
  const { flowName, forceDelete = false } = readInput(DeleteFlowRequest, body, call);
  const flow = await findFlow(flowName, call);
  const [newest] = await call.runs.list(flow.name, 1);
  if (!forceDelete && newest !== undefined && newest.endedAt === undefined) {
    throw new ApiError(
      "ConflictException",
      `Flow ${flow.name} has a run in progress (${newest.id}) — wait for its end, or set forceDelete`,
    );
  }
  if (!(await call.flows.delete(flow.name))) throw noSuchFlow(flow.name);
  await call.runs.deleteAll(flow.name);
  await keepAlarm(flow.name, call);
  return {};
}
