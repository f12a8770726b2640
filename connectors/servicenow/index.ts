import { checkTokens, isGiven, namedBy } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";
import { oauth } from "./auth.ts";
import { USUAL_DESTINATIONS } from "../_shared/usual-destinations.ts";

const serviceNow: Connector = {
  type: "Servicenow",
  key: "ServiceNow",
  label: "ServiceNow",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/servicenow.html",
  profile: { auth: ["basic", "oauth2"], check: checkProfile, oauth },
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1,
    destinations: USUAL_DESTINATIONS,
    check: () => [],
    describeObject: namedBy("servicenow"),
  },
};

export default serviceNow;

function checkProfile(_: JsonObject, { username, password, oAuth2Credentials: oAuth }: JsonObject): readonly Problem[] {
  if (typeof oAuth === "object" && oAuth !== null) {
    return checkTokens(oAuth as JsonObject, "Servicenow", "credentials.oAuth2Credentials");
  }
  if (isGiven(username) && isGiven(password)) return [];
  const message = "there is neither a user with a password nor OAuth";
  return [{ path: "credentials", message, remedy: "give username and password, or oAuth2Credentials" }];
}
