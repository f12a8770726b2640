import type { JsonObject } from "../sdk/json.ts";
import { TooLargeError } from "../store/too-large-error.ts";

/** The most that a secret holds: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_BYTES = 65_536;

/**
 * Credentials as every vault keeps them: JSON, their keys at the top, which is how connectors' Lambda functions read them.
 * Fails with a `TooLargeError`.
 */
export function secretText(credentials: JsonObject): string {
  const text = JSON.stringify(credentials);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= MAX_BYTES) return text;
  throw new TooLargeError(`The credentials are ${bytes} bytes of JSON; a secret holds ${MAX_BYTES} — send less`);
}
