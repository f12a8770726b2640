import { namedBy } from "#sdk";
import type { Connector } from "#sdk";

const eventBridge: Connector = {
  type: "EventBridge",
  key: "EventBridge",
  label: "Amazon EventBridge",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/EventBridge.html",
  metadata: {},
  destination: {
    delivery: "append",
    triggers: ["event"],
    errorHandling: true,
    check: () => [],
    describeObject: namedBy("eventbridge"),
  },
};

export default eventBridge;
