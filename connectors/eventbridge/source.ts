import { SettingsReader } from "#sdk";
import type { EventSubscription, JsonObject, Problem } from "#sdk";

const CHOICES = new Map([
  ["true", true],
  ["false", false],
]);
const PROPERTIES = ["detailType", "envelope"];

/** `entityName` is the `source` of the events, and has no blanks; `customProperties` say the rest. */
export function checkSource(settings: JsonObject): readonly Problem[] {
  return read(settings).problems;
}

export function subscriptionOf(settings: JsonObject): EventSubscription {
  return read(settings).subscription;
}

function read(settings: JsonObject) {
  const reader = new SettingsReader(settings);
  const source = reader.requiredText("entityName", "give the `source` of the events, with `*` for any characters");
  const custom = reader.within("customProperties");
  const detailType = custom.text("detailType");
  const envelope = custom.choice("envelope", CHOICES) ?? false;
  for (const name of reader.textsByName("customProperties").keys()) {
    if (!PROPERTIES.includes(name)) custom.report(name, "there is no such property", `use ${PROPERTIES.join(" or ")}`);
  }
  return {
    problems: reader.problems,
    subscription: {
      source: source ?? "",
      ...(detailType !== undefined && { detailType }),
      record: envelope ? [] : ["detail"],
    },
  };
}
