import { TOKEN_LIFE_MS } from "../../flow/flow-store.ts";
import type { Flow } from "../../flow/flow.ts";
import type { Json, JsonObject } from "../../sdk/connector.ts";
import { flowArn } from "../arns.ts";
import type { Call } from "../context.ts";
import { digest } from "../digest.ts";
import { ApiError } from "../problems.ts";
import { flowError, readFlow, type ReadFlow } from "../read-flow.ts";
import { FLOW_STATUS } from "../translate.ts";

/** Stores a flow. A repeated call with the same client token and request gets the same answer, and makes nothing. */
export async function createFlow(body: Json, call: Call): Promise<JsonObject> {
  const read = readFlow(body, call.connectors);
  if (!("definition" in read)) throw flowError(read);

  const flow = newFlow(read, call);
  if (await call.flows.create(flow)) return answer(flow);
  const existing = await call.flows.get(flow.name);
  if (existing === undefined || usesToken(existing, flow)) {
    if (existing?.creation?.digest === flow.creation?.digest) return answer(flow);
    throw new ApiError("ConflictException", "This clientToken was used for another request — use a new one");
  }
  throw new ApiError("ConflictException", `A flow with name ${flow.name} already exists.`);
}

function newFlow({ definition, request, tags, clientToken }: ReadFlow, call: Call): Flow {
  const now = call.now();
  return {
    name: definition.name,
    arn: flowArn(call.place, definition.name),
    status: definition.trigger.type === "on-demand" ? "active" : "draft",
    definition,
    request,
    schemaVersion: 1,
    createdAt: now,
    updatedAt: now,
    createdBy: call.caller.arn,
    updatedBy: call.caller.arn,
    tags,
    ...(clientToken !== undefined && { creation: { token: clientToken, digest: digest([request, tags]) } }),
    version: 1,
  };
}

/** True when the existing flow was made by a call with the same, still remembered token. */
function usesToken(existing: Flow, flow: Flow): boolean {
  if (flow.creation === undefined || flow.createdAt - existing.createdAt >= TOKEN_LIFE_MS) return false;
  return existing.creation?.token === flow.creation.token;
}

function answer(flow: Flow): JsonObject {
  return { flowArn: flow.arn, flowStatus: FLOW_STATUS[flow.status] };
}
