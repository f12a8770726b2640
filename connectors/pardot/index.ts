import { checkTokens, isGiven, namedBy, show } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";
import { oauth } from "./auth.ts";
import { DESTINATIONS_WITH_EVENTS } from "../_shared/usual-destinations.ts";

const pardot: Connector = {
  type: "Pardot",
  key: "Pardot",
  label: "Salesforce Pardot",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/pardot.html",
  profile: { auth: ["oauth2"], check: checkProfile, oauth },
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1,
    destinations: DESTINATIONS_WITH_EVENTS,
    check: () => [],
    describeObject: namedBy("pardot"),
  },
};

export default pardot;

/** https://help.salesforce.com/s/articleView?id=000381973 */
const BUSINESS_UNIT = /^0Uv\w{15}$/;

function checkProfile({ businessUnitId: unit }: JsonObject, credentials: JsonObject): readonly Problem[] {
  const problems = checkTokens(credentials, "Pardot");
  if (typeof unit !== "string" || !isGiven(unit) || BUSINESS_UNIT.test(unit)) return problems;
  const message = `${show(unit)} is not the id of a business unit`;
  return [{ path: "properties.businessUnitId", message, remedy: "give its 18 characters, from 0Uv on" }, ...problems];
}
