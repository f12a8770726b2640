import type { Dispatch } from "../http/dispatch.ts";
import { readText } from "../http/read-answer.ts";
import { createRedactor } from "../redact.ts";
import { Secret } from "../secret.ts";
import type { OAuthSheet } from "./oauth-sheet.ts";
import { readTokens, type Tokens } from "./token-answer.ts";
import { type Grant, type OAuthClient, tokenRequest } from "./token-request.ts";

export interface TokenPorts {
  readonly send: Dispatch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

/**
 * Asks a system for tokens, once: a code or a rotating refresh token is spent by being sent. Fails with a `ConnectorError`,
 * whose message holds none of the secrets, even if the system echoes them.
 */
export async function requestTokens(
  sheet: OAuthSheet,
  client: OAuthClient | undefined,
  grant: Grant,
  { send, now, signal }: TokenPorts,
): Promise<Tokens> {
  const redact = createRedactor([client?.secret, ...Object.values(grant)].filter((value) => value instanceof Secret));
  const answer = await send({ ...tokenRequest(sheet, client, grant), signal });
  return readTokens(sheet, answer, await readText(answer), redact, now());
}
