import { namedBy } from "#sdk";
import type { Connector } from "#sdk";

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
    destinations: [
      "CustomerProfiles",
      "Honeycode",
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
    describeObject: namedBy("datadog"),
  },
};

export default datadog;
