import type { EventBridgeEvent } from "aws-lambda";
import { connectors } from "../../connectors/index.ts";
import { createDynamoClient } from "../adapters/aws/dynamo-client.ts";
import { createDynamoFlowStore } from "../adapters/aws/dynamo-flow-store.ts";
import { createDynamoInbox } from "../adapters/aws/dynamo-inbox.ts";
import { openTable } from "../adapters/aws/dynamo-table.ts";
import { readOnEventConfig } from "../config.ts";
import { receiveEvents } from "../run/receive-events.ts";

const { place, table: name, dynamoEndpoint } = readOnEventConfig();
const table = openTable(createDynamoClient({ region: place.region, endpoint: dynamoEndpoint }), name);
const ports = { flows: createDynamoFlowStore(table), inbox: createDynamoInbox(table), connectors, now: Date.now };

/** What rules send: the flow that the rule is for, and the event. */
interface Delivery {
  readonly flow: string;
  readonly event: EventBridgeEvent<string, unknown>;
}

/** Puts an event into the inbox of a flow, if the flow is to get it. Fails when nobody knows whether it is there. */
export async function handler({ flow: flowName, event }: Delivery): Promise<void> {
  const flow = await ports.flows.get(flowName);
  if (flow === undefined) return;
  const { id, source, "detail-type": detailType } = event;
  await receiveEvents(flow, [{ id, source, detailType, text: JSON.stringify(event) }], ports);
}
