import { ConnectorError } from "../connector-error.ts";
import type { Json } from "../json.ts";

/**
 * The address of `path` on the instance that a profile names; https where it names no scheme. Fails with a
 * `ConnectorError`.
 */
export function instanceUrl(instance: Json | undefined, path: string): URL {
  const text = typeof instance === "string" ? instance : "";
  const base = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (base !== null) return new URL(path, base.origin);
  throw new ConnectorError("InvalidArgument", `instanceUrl: "${text}" is not a URL — give it as https://acme.example`);
}
