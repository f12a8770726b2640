import { instanceUrl, type JsonObject, type OAuthSheet } from "#sdk";

/**
 * There are no users, only the application: https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/authentication
 * Asked before a token ends, Marketo gives the same one again, with what is left of its hour.
 */
export function oauth(properties: JsonObject): OAuthSheet {
  return {
    grant: "client-credentials",
    tokenUrl: instanceUrl(properties["instanceUrl"], "/identity/oauth/token"),
  };
}
