import { namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { DESTINATIONS_WITHOUT_METRICS } from "../_shared/usual-destinations.ts";

const datadog: Connector = {
  type: "Datadog",
  key: "Datadog",
  label: "Datadog",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/datadog.html",
  profile: { auth: ["api-key"], check: () => [] },
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1,
    destinations: DESTINATIONS_WITHOUT_METRICS,
    check: () => [],
    describeObject: namedBy("datadog"),
  },
};

export default datadog;
