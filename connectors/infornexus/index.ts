import { namedBy } from "#sdk";
import type { Connector } from "#sdk";

const inforNexus: Connector = {
  type: "Infornexus",
  key: "InforNexus",
  label: "Infor Nexus",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/infor-nexus.html",
  profile: { auth: ["custom"], check: () => [] },
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
    describeObject: namedBy("infornexus"),
  },
};

export default inforNexus;
