import { namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { USUAL_DESTINATIONS } from "../_shared/usual-destinations.ts";

const dynatrace: Connector = {
  type: "Dynatrace",
  key: "Dynatrace",
  label: "Dynatrace",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/dynatrace.html",
  profile: { auth: ["api-key"], check: () => [] },
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1,
    destinations: USUAL_DESTINATIONS,
    check: () => [],
    describeObject: namedBy("dynatrace"),
  },
};

export default dynatrace;
