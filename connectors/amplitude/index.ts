import { namedBy } from "#sdk";
import type { Connector } from "#sdk";

const amplitude: Connector = {
  type: "Amplitude",
  key: "Amplitude",
  label: "Amplitude",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/amplitude.html",
  profile: { auth: ["api-key"], check: () => [] },
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1440,
    destinations: ["LookoutMetrics", "S3", "CustomConnector"],
    check: () => [],
    describeObject: namedBy("amplitude"),
  },
};

export default amplitude;
