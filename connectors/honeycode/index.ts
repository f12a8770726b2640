import { checkTokens, namedBy } from "#sdk";
import type { Connector } from "#sdk";

const honeycode: Connector = {
  type: "Honeycode",
  key: "Honeycode",
  label: "Amazon Honeycode",
  docs: "https://docs.aws.amazon.com/appflow/1.0/APIReference/API_HoneycodeDestinationProperties.html",
  profile: { auth: ["oauth2"], check: (_, credentials) => checkTokens(credentials, "Honeycode") },
  metadata: { oAuthScopes: [] },
  destination: {
    delivery: "append",
    errorHandling: true,
    check: () => [],
    describeObject: namedBy("honeycode"),
  },
};

export default honeycode;
