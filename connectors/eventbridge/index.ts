import { namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { checkSource, subscriptionOf } from "./source.ts";

const eventBridge: Connector = {
  type: "EventBridge",
  key: "EventBridge",
  label: "Amazon EventBridge",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/EventBridge.html",
  metadata: {},
  source: {
    borrows: "CustomConnector",
    triggers: ["event"],
    minimumMinutes: 1,
    check: checkSource,
    describeObject: namedBy("eventbridge", "entityName"),
    events: subscriptionOf,
  },
  destination: {
    delivery: "append",
    triggers: ["event"],
    errorHandling: true,
    check: () => [],
    describeObject: namedBy("eventbridge"),
  },
};

export default eventBridge;
