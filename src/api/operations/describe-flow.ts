import type { Flow } from "../../flow/flow.ts";
import { newestRun } from "../../run/runs-of-flow.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { readInput } from "../read-input.ts";
import { DescribeFlowRequest } from "../shapes.ts";
import { FLOW_STATUS, lastRunDetails, seconds } from "../translate.ts";
import { findFlow } from "./find-flow.ts";

/** Gives back what was sent, and what has become of it. Nothing is filled in that clients would take for a change. */
export async function describeFlow(body: Json, call: Call): Promise<JsonObject> {
  const { flowName } = readInput(DescribeFlowRequest, body, call);
  const flow = await findFlow(flowName, call);
  const lastRun = await newestRun(flow, call.runs);

  return {
    flowArn: flow.arn,
    kmsArn: call.defaultKeyArn,
    ...flow.request,
    triggerConfig: triggerConfig(flow),
    flowStatus: FLOW_STATUS[flow.status],
    ...(flow.statusMessage !== undefined && { flowStatusMessage: flow.statusMessage }),
    ...lastRunDetails(lastRun),
    createdAt: seconds(flow.createdAt),
    lastUpdatedAt: seconds(flow.updatedAt),
    createdBy: flow.createdBy,
    lastUpdatedBy: flow.updatedBy,
    ...(Object.keys(flow.tags).length > 0 && { tags: flow.tags }),
    schemaVersion: flow.schemaVersion,
  };
}

/** Airflow removes `triggerProperties` from the answer without asking whether it is there. */
function triggerConfig({ request }: Flow): Json {
  return { triggerProperties: {}, ...(request["triggerConfig"] as JsonObject) };
}
