import { changedSchema, checkFixed } from "../../flow/change-flow.ts";
import type { Flow, FlowDefinition, FlowStatus } from "../../flow/flow.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { FlowCall } from "../context.ts";
import { once } from "../once.ts";
import { textOf } from "../problems.ts";
import { flowError, readFlowUpdate, type ReadFlow, refusedFlow } from "../read-flow.ts";
import { FLOW_STATUS } from "../translate.ts";
import { checkProfiles, permitProfiles } from "./check-profiles.ts";
import { findFlow, permittedFlow } from "./find-flow.ts";
import { keepWoken } from "./keep-woken.ts";

/** Replaces what a flow does, from its next run on. What the request leaves out is gone; tags, key and status stay. */
export async function updateFlow(body: Json, call: FlowCall): Promise<JsonObject> {
  const read = readFlowUpdate(body, call);
  if (!("definition" in read)) throw flowError(read, "update");

  const { clientToken, request } = read;
  // What was answered before is not for everybody either.
  await permittedFlow(read.definition.name, call);
  permitProfiles(read.definition, call);
  const answer = await once({ operation: "UpdateFlow", clientToken, request }, call, async (remember) => {
    for (;;) {
      const flow = await findFlow(read.definition.name, call);
      const next = await changedFlow(flow, read, call);
      const answer = { flowStatus: FLOW_STATUS[next.status] };
      const result = await call.flows.update(next, remember(answer));
      if (result !== "refused") return { result, answer };
    }
  });
  await keepWoken(read.definition.name, call);
  return answer;
}

async function changedFlow(flow: Flow, { definition: read, request }: ReadFlow, call: FlowCall): Promise<Flow> {
  const definition = await checkProfiles(read, "update", call);
  const problems = checkFixed(flow.definition, definition, call.connectors);
  if (problems.length > 0) throw refusedFlow(problems.map(textOf), "update");

  const now = call.now();
  const { kmsArn } = flow.request;
  return {
    ...flow,
    definition,
    request: { ...request, ...(kmsArn !== undefined && { kmsArn }) },
    status: statusAfter(flow, definition),
    schemaVersion: flow.schemaVersion + (changedSchema(flow.definition, definition) ? 1 : 0),
    updatedAt: now,
    updatedBy: call.caller.arn,
    version: flow.version + 1,
  };
}

/** A flow that is to run by itself now waits for StartFlow, as a new one does; one that is not any more is active. */
function statusAfter({ definition: before, status }: Flow, after: FlowDefinition): FlowStatus {
  if (before.trigger.type === after.trigger.type) return status;
  if (after.trigger.type === "on-demand") return "active";
  return before.trigger.type === "on-demand" ? "draft" : status;
}
