import type { JsonObject, OAuthSheet } from "#sdk";

/** https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_endpoints.htm */
const PRODUCTION = "https://login.salesforce.com/services/oauth2/token";
const SANDBOX = "https://test.salesforce.com/services/oauth2/token";

/**
 * Logins are at one host for all of production, and at another for all sandboxes. The answer names the instance; it says
 * nothing of when the token ends: one learns it from a refused call.
 */
export function oauth({ isSandboxEnvironment }: JsonObject, { oAuth2GrantType }: JsonObject): OAuthSheet {
  return {
    grant: oAuth2GrantType === "JWT_BEARER" ? "jwt-bearer" : "authorization-code",
    tokenUrl: new URL(isSandboxEnvironment === true ? SANDBOX : PRODUCTION),
    keep: { instance_url: "instanceUrl" },
  };
}
