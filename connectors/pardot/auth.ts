import type { JsonObject, OAuthSheet } from "#sdk";

/** https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_endpoints.htm */
const PRODUCTION = "https://login.salesforce.com/services/oauth2/token";
const SANDBOX = "https://test.salesforce.com/services/oauth2/token";

/** Pardot's users are Salesforce's: https://developer.salesforce.com/docs/marketing/pardot/guide/authentication.html */
export function oauth({ isSandboxEnvironment }: JsonObject): OAuthSheet {
  return {
    grant: "authorization-code",
    tokenUrl: new URL(isSandboxEnvironment === true ? SANDBOX : PRODUCTION),
    keep: { instance_url: "instanceUrl" },
  };
}
