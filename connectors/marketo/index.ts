import { namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { oauth } from "./auth.ts";

const marketo: Connector = {
  type: "Marketo",
  key: "Marketo",
  label: "Marketo",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/marketo.html",
  profile: { auth: ["oauth2"], check: () => [], oauth },
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
    describeObject: namedBy("marketo"),
  },
  destination: {
    delivery: "write",
    errorHandling: true,
    check: () => [],
    describeObject: namedBy("marketo"),
  },
};

export default marketo;
