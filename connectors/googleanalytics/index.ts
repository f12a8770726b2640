import { checkTokens } from "#sdk";
import type { Connector } from "#sdk";
import { oauth } from "./auth.ts";
import { http } from "./client.ts";
import { source } from "./source.ts";

const googleAnalytics: Connector = {
  type: "Googleanalytics",
  key: "GoogleAnalytics",
  label: "Google Analytics",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/google-analytics.html",
  profile: {
    auth: ["oauth2"],
    check: (_, credentials) => checkTokens(credentials, "Googleanalytics"),
    oauth,
    http,
  },
  metadata: { oAuthScopes: ["https://www.googleapis.com/auth/analytics.readonly"] },
  source,
};

export default googleAnalytics;
