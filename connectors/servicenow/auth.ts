import { instanceUrl, type JsonObject, type OAuthSheet } from "#sdk";

/** https://www.servicenow.com/docs/r/zurich/platform-security/authentication/r_OAuthAPIRequestParameters.html */
export function oauth(properties: JsonObject, { oAuth2Credentials }: JsonObject): OAuthSheet | undefined {
  if (!oAuth2Credentials) return undefined;
  return {
    member: "oAuth2Credentials",
    grant: "authorization-code",
    tokenUrl: instanceUrl(properties["instanceUrl"], "/oauth_token.do"),
  };
}
