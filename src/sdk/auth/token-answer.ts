import { ConnectorError, type ConnectorErrorCode } from "../connector-error.ts";
import { answerError } from "../http/answer-error.ts";
import type { HttpAnswer } from "../http/dispatch.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Redact } from "../redact.ts";
import { Secret } from "../secret.ts";
import type { OAuthSheet } from "./oauth-sheet.ts";

/** What a system gave. */
export interface Tokens {
  readonly accessToken: Secret;
  /** Absent where there is none, or the one that was used stays. */
  readonly refreshToken?: Secret;
  /** Milliseconds since 1970; absent where the system does not say. */
  readonly expiresAt?: number;
  /** What the sheet keeps besides, under the names of the credentials. */
  readonly others: Readonly<Record<string, string>>;
}

/** What systems call errors: RFC 6749 (sections 4.1.2.1 and 5.2), and those that answer 200 with an error in it. */
const CODE_OF_ERROR: ReadonlyMap<string, ConnectorErrorCode> = new Map<string, ConnectorErrorCode>([
  ["invalid_grant", "InvalidCredentials"],
  ["invalid_client", "InvalidCredentials"],
  ["unauthorized_client", "InvalidCredentials"],
  ["unauthorized", "InvalidCredentials"],
  ["invalid_token", "InvalidCredentials"],
  ["access_denied", "AccessDenied"],
  ["invalid_request", "ClientError"],
  ["invalid_scope", "ClientError"],
  ["unsupported_grant_type", "ClientError"],
  ["server_error", "ServerError"],
  ["temporarily_unavailable", "ServiceUnavailable"],
  // https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
  ["bad_verification_code", "InvalidCredentials"],
  ["bad_refresh_token", "InvalidCredentials"],
  ["incorrect_client_credentials", "InvalidCredentials"],
  // https://docs.slack.dev/reference/methods/oauth.v2.access
  ["bad_client_secret", "InvalidCredentials"],
  ["invalid_client_id", "InvalidCredentials"],
  ["invalid_code", "InvalidCredentials"],
  ["code_already_used", "InvalidCredentials"],
  ["invalid_refresh_token", "InvalidCredentials"],
  ["token_revoked", "InvalidCredentials"],
]);

/** What may be sent in a header (RFC 6750, section 2.1, and systems that keep to it loosely). */
const TOKEN = /^[\x21-\x7e]{1,16384}$/;

const LONGEST_LIFE_S = 10 * 365 * 24 * 60 * 60;

/** The tokens in an answer. Fails with a `ConnectorError` that quotes nothing but the system's own words for an error. */
export function readTokens(sheet: OAuthSheet, answer: HttpAnswer, text: string, redact: Redact, now: number): Tokens {
  const json = parse(text);
  const error = json["error"];
  const inner = sheet.answerMember === undefined ? undefined : json[sheet.answerMember];
  const found = isObject(inner) && inner["access_token"] !== undefined ? inner : json;
  const accessToken = tokenIn(found, "access_token");
  if (answer.status >= 300 || error !== undefined || json["ok"] === false)
    throw failure(json, answer, text, redact, now);
  if (accessToken === undefined) {
    const { origin, pathname } = answer.url;
    throw new ConnectorError("ServerError", `${origin}${pathname} answered ${answer.status} without an access token`);
  }
  const refreshToken = tokenIn(found, "refresh_token");
  const life = Number(found["expires_in"] ?? Number.NaN);
  return {
    accessToken: new Secret(accessToken),
    ...(refreshToken !== undefined && { refreshToken: new Secret(refreshToken) }),
    ...(life > 0 && life < LONGEST_LIFE_S && { expiresAt: now + life * 1000 }),
    others: Object.fromEntries(
      Object.entries(sheet.keep ?? {}).flatMap(([name, kept]) => {
        const value = json[name];
        return typeof value === "string" ? [[kept, value]] : [];
      }),
    ),
  };
}

function failure(json: JsonObject, answer: HttpAnswer, text: string, redact: Redact, now: number): ConnectorError {
  const { error, error_description: description } = json;
  if (typeof error !== "string") return answerError(answer, text, { redact, now });
  const words = typeof description === "string" ? `${error}: ${description}` : error;
  return answerError(answer, words, { redact, now, code: CODE_OF_ERROR.get(error) });
}

function tokenIn(json: JsonObject, name: string): string | undefined {
  const value = json[name];
  return typeof value === "string" && TOKEN.test(value) ? value : undefined;
}

/** An empty object for what is no JSON object. */
function parse(text: string): JsonObject {
  try {
    const json = JSON.parse(text) as Json;
    return isObject(json) ? json : {};
  } catch {
    return {};
  }
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
