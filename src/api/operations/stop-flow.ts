import type { Json, JsonObject } from "../../sdk/json.ts";
import type { FlowCall } from "../context.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { StopFlowRequest } from "../shapes.ts";
import { FLOW_STATUS } from "../translate.ts";
import { findFlow } from "./find-flow.ts";
import { keepWoken } from "./keep-woken.ts";
import { setFlowStatus } from "./set-flow-status.ts";

/** Suspends a flow that runs by itself. A run in progress goes on. */
export async function stopFlow(body: Json, call: FlowCall): Promise<JsonObject> {
  const { flowName } = readInput(StopFlowRequest, body, call);
  const flow = await findFlow(flowName, call);
  if (flow.definition.trigger.type === "on-demand") {
    throw new ApiError(
      "UnsupportedOperationException",
      `Flow ${flow.name} runs on demand, so there is nothing to stop — CancelFlowExecutions ends a run in progress`,
    );
  }
  const { arn, status } = await setFlowStatus(flow, "suspended", call);
  await keepWoken(flow.name, call);
  return { flowArn: arn, flowStatus: FLOW_STATUS[status] };
}
