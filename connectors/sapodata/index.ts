import { checkTokens, isGiven, namedBy, show } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";
import { oauth } from "./auth.ts";

const sapOData: Connector = {
  type: "SAPOData",
  key: "SAPOData",
  label: "SAP OData",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/sapodata.html",
  profile: { auth: ["basic", "oauth2"], check: checkProfile, oauth },
  privateConnections: true,
  metadata: {},
  source: {
    triggers: ["on-demand", "scheduled"],
    // AppFlow documents a day for transfers of everything, and no limit for incremental ones.
    minimumMinutes: 1,
    destinations: ["CustomerProfiles", "Redshift", "S3", "SAPOData", "CustomConnector"],
    check,
    describeObject: namedBy("sapodata", "objectPath"),
  },
  destination: {
    delivery: "write",
    writeOperations: ["INSERT", "UPSERT", "UPDATE"],
    errorHandling: true,
    check,
    describeObject: namedBy("sapodata", "objectPath"),
  },
};

export default sapOData;

/** The API lets a source leave its path out, and has no other way to say what is read. */
function check({ objectPath: path }: JsonObject): readonly Problem[] {
  const remedy = "give the path of an entity set, as /sap/opu/odata/sap/API_BUSINESS_PARTNER/A_BusinessPartner";
  if (!isGiven(path)) return [{ path: "objectPath", message: "it is missing", remedy }];
  if (/^\/[^/]/.test(path as string)) return [];
  return [{ path: "objectPath", message: `${show(path!)} is not a path that begins with one slash`, remedy }];
}

function checkProfile(properties: JsonObject, credentials: JsonObject): readonly Problem[] {
  const { basicAuthCredentials: basic, oAuthCredentials: oAuth } = credentials;
  if (!oAuth && basic) return [];
  if (!oAuth) {
    const message = "there is neither a user with a password nor OAuth";
    return [{ path: "credentials", message, remedy: "give basicAuthCredentials or oAuthCredentials" }];
  }
  const problems = checkTokens(oAuth as JsonObject, "SAPOData", "credentials.oAuthCredentials");
  if (properties["oAuthProperties"]) return problems;
  const remedy = "give tokenUrl, authCodeUrl and oAuthScopes";
  return [{ path: "properties.oAuthProperties", message: "OAuth needs it, and it is missing", remedy }, ...problems];
}
