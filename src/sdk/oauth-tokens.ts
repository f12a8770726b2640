import type { Json, JsonObject } from "./json.ts";
import type { Problem } from "./problem.ts";

/**
 * Whether OAuth credentials hold a token, or the code that gives one. `type` is the ConnectorType, `path` where the
 * credentials are. The message is the service's, which people search for.
 */
export function checkTokens(credentials: JsonObject, type: string, path = "credentials"): readonly Problem[] {
  const { accessToken, refreshToken, oAuthRequest } = credentials;
  if ([accessToken, refreshToken, memberOf(oAuthRequest, "authCode")].some(isGiven)) return [];
  return [
    {
      path: `${path}.oAuthRequest.authCode`,
      message: `AuthCode cannot be blank for connector: ${type.toUpperCase()}`,
      remedy: "give the code that the system sends after a log-in, or tokens that you have",
    },
  ];
}

/** Whether a text is there and not empty, as clients send a credential that they do not have. */
export function isGiven(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "";
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return typeof value === "object" && value !== null ? (value as JsonObject)[name] : undefined;
}
