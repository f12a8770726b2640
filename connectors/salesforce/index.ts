import { checkTokens, isGiven, namedBy } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";
import { oauth } from "./auth.ts";
import { http } from "./client.ts";
import { source } from "./source.ts";

const salesforce: Connector = {
  type: "Salesforce",
  key: "Salesforce",
  label: "Salesforce",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/salesforce.html",
  profile: { auth: ["oauth2"], check: checkProfile, oauth, http },
  privateConnections: true,
  metadata: {
    oAuthScopes: ["api", "refresh_token", "id"],
    dataTransferApis: ["AUTOMATIC", "BULKV2", "REST_SYNC"],
    oauth2GrantTypesSupported: ["AUTHORIZATION_CODE", "JWT_BEARER"],
  },
  source,
  destination: {
    delivery: "write",
    writeOperations: ["INSERT", "UPSERT", "UPDATE", "DELETE"],
    errorHandling: true,
    check: () => [],
    describeObject: namedBy("salesforce"),
  },
};

export default salesforce;

function checkProfile(_: JsonObject, credentials: JsonObject): readonly Problem[] {
  const { oAuth2GrantType, jwtToken } = credentials;
  if (oAuth2GrantType !== "JWT_BEARER") return [...checkTokens(credentials, "Salesforce"), ...checkGrant(credentials)];
  if (isGiven(jwtToken)) return [];
  return [
    { path: "credentials.jwtToken", message: "it is missing", remedy: "give the signed token, or another grant" },
  ];
}

/** AppFlow's API names the grant, and documents that Salesforce profiles cannot use it. */
function checkGrant({ oAuth2GrantType }: JsonObject): readonly Problem[] {
  if (oAuth2GrantType !== "CLIENT_CREDENTIALS") return [];
  return [
    {
      path: "credentials.oAuth2GrantType",
      message: "AppFlow does not support CLIENT_CREDENTIALS for Salesforce",
      remedy: "use AUTHORIZATION_CODE or JWT_BEARER",
    },
  ];
}
