import { instanceUrl, type JsonObject, type OAuthSheet } from "#sdk";

/**
 * A refresh ends the old access token and the old refresh token:
 * https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/
 */
export function oauth(properties: JsonObject): OAuthSheet {
  return {
    grant: "authorization-code",
    tokenUrl: instanceUrl(properties["instanceUrl"], "/oauth/tokens"),
    content: "json",
    parameters: { scope: "read write" },
  };
}
