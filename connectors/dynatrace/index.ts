import { namedBy } from "#sdk";
import type { Connector } from "#sdk";

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
    destinations: [
      "CustomerProfiles",
      "Honeycode",
      "LookoutMetrics",
      "Redshift",
      "S3",
      "Marketo",
      "Salesforce",
      "Snowflake",
      "Upsolver",
      "Zendesk",
      "CustomConnector",
    ],
    check: () => [],
    describeObject: namedBy("dynatrace"),
  },
};

export default dynatrace;
