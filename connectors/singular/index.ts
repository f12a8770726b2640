import { namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { USUAL_DESTINATIONS } from "../_shared/usual-destinations.ts";

const singular: Connector = {
  type: "Singular",
  key: "Singular",
  label: "Singular",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/singular.html",
  profile: { auth: ["api-key"], check: () => [] },
  privateConnections: true,
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 60,
    destinations: USUAL_DESTINATIONS,
    check: () => [],
    describeObject: namedBy("singular"),
  },
};

export default singular;
