import { checkTokens, namedBy, show } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";
import { oauth } from "./auth.ts";

const googleAnalytics: Connector = {
  type: "Googleanalytics",
  key: "GoogleAnalytics",
  label: "Google Analytics",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/google-analytics.html",
  profile: { auth: ["oauth2"], check: (_, credentials) => checkTokens(credentials, "Googleanalytics"), oauth },
  metadata: { oAuthScopes: ["https://www.googleapis.com/auth/analytics.readonly"] },
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1440,
    destinations: ["LookoutMetrics", "S3", "Upsolver", "CustomConnector"],
    check,
    describeObject: namedBy("googleanalytics"),
  },
};

export default googleAnalytics;

/**
 * Properties and views of Universal Analytics, whose API Google has closed:
 * https://support.google.com/analytics/answer/11583528
 */
const CLOSED = /^(UA-\d+-\d+|ga:\d+)$/i;

function check({ object }: JsonObject): readonly Problem[] {
  if (typeof object !== "string" || !CLOSED.test(object)) return [];
  return [
    {
      path: "object",
      message: `${show(object)} is of Universal Analytics, which has no data since Google closed it on 1 July 2024`,
      remedy: "name a Google Analytics 4 property, as properties/123456789",
    },
  ];
}
