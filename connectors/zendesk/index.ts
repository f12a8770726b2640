import { checkTokens, namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { oauth } from "./auth.ts";
import { http } from "./client.ts";
import { source } from "./source.ts";

const zendesk: Connector = {
  type: "Zendesk",
  key: "Zendesk",
  label: "Zendesk",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/zendesk.html",
  profile: { auth: ["oauth2"], check: (_, credentials) => checkTokens(credentials, "Zendesk"), oauth, http },
  metadata: { oAuthScopes: ["read", "write"] },
  source,
  destination: {
    delivery: "write",
    writeOperations: ["INSERT", "UPSERT", "UPDATE"],
    errorHandling: true,
    check: () => [],
    describeObject: namedBy("zendesk"),
  },
};

export default zendesk;
