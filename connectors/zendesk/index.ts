import { checkTokens, namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { oauth } from "./auth.ts";

const zendesk: Connector = {
  type: "Zendesk",
  key: "Zendesk",
  label: "Zendesk",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/zendesk.html",
  profile: { auth: ["oauth2"], check: (_, credentials) => checkTokens(credentials, "Zendesk"), oauth },
  metadata: { oAuthScopes: ["read", "write"] },
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
    describeObject: namedBy("zendesk"),
  },
  destination: {
    delivery: "write",
    writeOperations: ["INSERT", "UPSERT", "UPDATE"],
    errorHandling: true,
    check: () => [],
    describeObject: namedBy("zendesk"),
  },
};

export default zendesk;
