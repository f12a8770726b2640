import type { Json } from "../sdk/connector.ts";
import { sha256 } from "./sigv4.ts";
import { isObject } from "./tolerate.ts";

/** The same for two JSON values exactly when they are equal; the order of members does not matter. */
export function digest(json: Json): string {
  return sha256(stable(json));
}

function stable(json: Json): string {
  if (Array.isArray(json)) return `[${json.map(stable).join(",")}]`;
  if (!isObject(json)) return JSON.stringify(json);
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${stable(value)}`).join(",")}}`;
}
