import { namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { USUAL_DESTINATIONS } from "../_shared/usual-destinations.ts";

const trendmicro: Connector = {
  type: "Trendmicro",
  key: "Trendmicro",
  label: "Trend Micro",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/trend-micro.html",
  profile: { auth: ["api-key"], check: () => [] },
  privateConnections: true,
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 60,
    destinations: USUAL_DESTINATIONS,
    check: () => [],
    describeObject: namedBy("trendmicro"),
  },
};

export default trendmicro;
