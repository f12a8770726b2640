import type { JsonObject } from "./json.ts";

/** The name of what is read or written, where one setting has it: `zendesk:tickets`. */
export function namedBy(scheme: string, setting = "object"): (settings: JsonObject) => string {
  return (settings) => {
    const name = settings[setting];
    return `${scheme}:${typeof name === "string" ? name : ""}`;
  };
}
