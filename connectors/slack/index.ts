import { checkTokens, namedBy, show } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";
import { oauth } from "./auth.ts";
import { DESTINATIONS_WITHOUT_METRICS } from "../_shared/usual-destinations.ts";

const slack: Connector = {
  type: "Slack",
  key: "Slack",
  label: "Slack",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/slack.html",
  profile: { auth: ["oauth2"], check: (_, credentials) => checkTokens(credentials, "Slack"), oauth },
  metadata: {
    oAuthScopes: [
      "channels:history",
      "channels:read",
      "groups:history",
      "groups:read",
      "im:history",
      "im:read",
      "mpim:history",
      "mpim:read",
    ],
  },
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1,
    destinations: DESTINATIONS_WITHOUT_METRICS,
    check,
    describeObject: namedBy("slack"),
  },
};

export default slack;

/** AppFlow reads the messages of one conversation; ListConnectorEntities gives the names of all. */
function check({ object }: JsonObject): readonly Problem[] {
  if (typeof object !== "string" || /^conversations\/[A-Z0-9]+$/.test(object)) return [];
  return [
    {
      path: "object",
      message: `${show(object)} is not the name of a conversation`,
      remedy: "write conversations/ and the id of a channel, as conversations/C012AB3CD",
    },
  ];
}
