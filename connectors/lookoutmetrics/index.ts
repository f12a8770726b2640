import type { Connector } from "#sdk";

const lookoutMetrics: Connector = {
  type: "LookoutMetrics",
  key: "LookoutMetrics",
  label: "Amazon Lookout for Metrics",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/lookout.html",
  destination: {
    delivery: "append",
    check: () => [],
    describeObject: () => "lookoutmetrics:",
  },
};

export default lookoutMetrics;
