import { createHmac } from "node:crypto";
import type { Json } from "../sdk/json.ts";
import { isObject } from "./tolerate.ts";

/**
 * The same for two JSON values exactly when they are equal; the order of members does not matter. Without the key nobody
 * can find out a value, such as a password, by trying.
 */
export function createDigest(key: Uint8Array): (json: Json) => string {
  return (json) => createHmac("sha256", key).update(stable(json)).digest("base64url");
}

function stable(json: Json): string {
  if (Array.isArray(json)) return `[${json.map(stable).join(",")}]`;
  if (!isObject(json)) return JSON.stringify(json);
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${stable(value)}`).join(",")}}`;
}
