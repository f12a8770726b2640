import type { Flow } from "../../flow/flow.ts";
import { newestRun } from "../../run/runs-of-flow.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { DEFAULT_PAGE } from "../pages.ts";
import { EVERYTHING, permit } from "../permit.ts";
import { readInput } from "../read-input.ts";
import { ListFlowsRequest } from "../shapes.ts";
import { FLOW_STATUS, lastRunDetails, seconds, TRIGGER_TYPE } from "../translate.ts";

const LIST = "flows";

/** The flows in the order of their names. */
export async function listFlows(body: Json, call: Call): Promise<JsonObject> {
  const { maxResults = DEFAULT_PAGE, nextToken } = readInput(ListFlowsRequest, body, call);
  permit(EVERYTHING, call);
  const after = nextToken === undefined ? undefined : (call.pages.open(LIST, nextToken) as string);
  const found = await call.flows.list(maxResults + 1, after);
  const page = found.slice(0, maxResults);
  const last = page.at(-1);

  return {
    flows: await Promise.all(page.map((flow) => listedFlow(flow, call))),
    ...(last !== undefined && found.length > page.length && { nextToken: call.pages.seal(LIST, last.name) }),
  };
}

async function listedFlow(flow: Flow, call: Call): Promise<JsonObject> {
  const { definition, request } = flow;
  const destination = definition.destinations[0]!;
  const lastRun = await newestRun(flow, call.runs);
  return {
    flowArn: flow.arn,
    ...(request["description"] !== undefined && { description: request["description"] }),
    flowName: flow.name,
    flowStatus: FLOW_STATUS[flow.status],
    sourceConnectorType: definition.source.connector,
    ...(definition.source.label !== undefined && { sourceConnectorLabel: definition.source.label }),
    destinationConnectorType: destination.connector,
    ...(destination.label !== undefined && { destinationConnectorLabel: destination.label }),
    triggerType: TRIGGER_TYPE[definition.trigger.type],
    createdAt: seconds(flow.createdAt),
    lastUpdatedAt: seconds(flow.updatedAt),
    createdBy: flow.createdBy,
    lastUpdatedBy: flow.updatedBy,
    ...(Object.keys(flow.tags).length > 0 && { tags: flow.tags }),
    ...lastRunDetails(lastRun),
  };
}
