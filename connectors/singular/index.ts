import { namedBy } from "#sdk";
import type { Connector } from "#sdk";

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
    describeObject: namedBy("singular"),
  },
};

export default singular;
