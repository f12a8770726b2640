import { namedBy, show } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";
import { USUAL_DESTINATIONS } from "../_shared/usual-destinations.ts";

const veeva: Connector = {
  type: "Veeva",
  key: "Veeva",
  label: "Veeva Vault",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/veeva.html",
  profile: { auth: ["basic"], check: () => [] },
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    // Of records; AppFlow extracts documents once an hour at most.
    minimumMinutes: 1,
    destinations: USUAL_DESTINATIONS,
    check,
    describeObject: namedBy("veeva"),
  },
};

export default veeva;

/** The object by which flows extract documents. */
const DOCUMENTS = /^documents?(__v)?$/;

/** What only documents have. Clients send false for what they do not want. */
function check(settings: JsonObject): readonly Problem[] {
  const { object } = settings;
  if (typeof object !== "string" || DOCUMENTS.test(object)) return [];
  return ["documentType", "includeSourceFiles", "includeRenditions", "includeAllVersions"]
    .filter((name) => settings[name])
    .map((path) => ({
      path,
      message: `only documents have it, and the object is ${show(object)}`,
      remedy: "leave it out, or name the object documents",
    }));
}
