import type { Flow } from "../../flow/flow.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import { flowArn } from "../arns.ts";
import type { Call } from "../context.ts";
import { once } from "../once.ts";
import { permit } from "../permit.ts";
import { ApiError } from "../problems.ts";
import { flowError, readFlow, type ReadFlow } from "../read-flow.ts";
import { FLOW_STATUS } from "../translate.ts";
import { checkProfiles, permitProfiles } from "./check-profiles.ts";

/** Stores a flow. A repeated call with the same client token and request gets the same answer, and makes nothing. */
export async function createFlow(body: Json, call: Call): Promise<JsonObject> {
  const read = readFlow(body, call);
  if (!("definition" in read)) throw flowError(read, "create");

  const { clientToken, request, tags } = read;
  permitNew(read, call);
  return once({ operation: "CreateFlow", clientToken, request: [request, tags] }, call, async (remember) => {
    await checkQuota(call);
    const flow = newFlow({ ...read, definition: await checkProfiles(read.definition, "create", call) }, call);
    const answer = { flowArn: flow.arn, flowStatus: FLOW_STATUS[flow.status] };
    const result = await call.flows.create(flow, remember(answer));
    if (result === "refused") throw new ApiError("ConflictException", `A flow with name ${flow.name} already exists.`);
    return { result, answer };
  });
}

/** The flow is not there yet, so it has no tags: those of the request give nobody a right to it. */
function permitNew({ definition, tags }: ReadFlow, call: Call): void {
  const flow = { arn: flowArn(call.place, definition.name) };
  permit(flow, call, { requestTags: tags });
  if (Object.keys(tags).length > 0) permit(flow, call, { action: "TagResource", requestTags: tags });
  permitProfiles(definition, call);
}

async function checkQuota({ quotas: { flows: most }, flows }: Call): Promise<void> {
  if (most === undefined || (await flows.count(most)) < most) return;
  throw new ApiError("ServiceQuotaExceededException", `There are ${most} flows, as many as there may be.`);
}

function newFlow({ definition, request, tags }: ReadFlow, call: Call): Flow {
  const now = call.now();
  return {
    name: definition.name,
    id: call.id(),
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
    version: 1,
  };
}
