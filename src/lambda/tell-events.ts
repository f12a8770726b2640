import { connectors } from "../../connectors/index.ts";
import { createDynamoClient } from "../adapters/aws/dynamo-client.ts";
import { createDynamoOutbox } from "../adapters/aws/dynamo-outbox.ts";
import { openTable } from "../adapters/aws/dynamo-table.ts";
import { openEventBus } from "../adapters/aws/open-event-bus.ts";
import { readTellConfig } from "../config.ts";
import { deliverEvents } from "../run/deliver-events.ts";
import { loggingSink } from "../telemetry/logging-sink.ts";
import { log, writeLog } from "./log.ts";

const { place, table, eventBus, dynamoEndpoint, eventsEndpoint } = readTellConfig();
const { region } = place;

const documents = createDynamoClient({ region, endpoint: dynamoEndpoint });
const outbox = createDynamoOutbox(openTable(documents, table));
const bus =
  eventBus === undefined
    ? undefined
    : await openEventBus({
        region,
        endpoint: eventsEndpoint,
        bus: eventBus,
        connectors: new Map(connectors.map((connector) => [connector.type, connector])),
        report: (error) => log(error, { function: "tellEvents" }),
      });
const sink = loggingSink(writeLog, bus);

/** Tells all that waits to be told. Fails when some of it waits on: the next call tells it again. */
export async function handler(): Promise<void> {
  const left = await deliverEvents({ outbox, sink });
  if (left > 0) throw new Error(`${left} events were not taken. They are told again with the next call.`);
}
