import { checkTokens, isGiven, namedBy } from "#sdk";
import type { Connector, JsonObject, Problem } from "#sdk";
import { keep, oauth } from "./auth.ts";

/** Every connector that somebody registers, as a Lambda function or through AWS, is of this type and has a label. */
const customConnector: Connector = {
  type: "CustomConnector",
  key: "CustomConnector",
  label: "Custom connector",
  docs: "https://github.com/awslabs/aws-appflow-custom-connector-python",
  registered: true,
  profile: { auth: ["oauth2", "api-key", "basic", "custom"], check: checkProfile, oauth, keep },
  source: {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1,
    destinations: ["S3", "Salesforce", "CustomConnector"],
    check: () => [],
    describeObject: namedBy("customconnector", "entityName"),
  },
  destination: {
    delivery: "write",
    writeOperations: ["INSERT", "UPSERT", "UPDATE", "DELETE"],
    errorHandling: true,
    check: () => [],
    describeObject: namedBy("customconnector", "entityName"),
  },
};

export default customConnector;

/** The member of the credentials that belongs to each authenticationType. */
const MEMBERS = { OAUTH2: "oauth2", APIKEY: "apiKey", BASIC: "basic", CUSTOM: "custom" } as const;

/** What is known of the credentials, and of the properties, once their shape is checked. */
type Credentials = JsonObject & { readonly authenticationType: keyof typeof MEMBERS; readonly oauth2?: JsonObject };
type Properties = JsonObject & { readonly oAuth2Properties?: JsonObject };

function checkProfile(given: JsonObject, credentials: JsonObject): readonly Problem[] {
  const { authenticationType: type, oauth2 } = credentials as Credentials;
  const { oAuth2Properties: properties } = given as Properties;
  const problems = credentials[MEMBERS[type]] ? [] : [missing(`credentials.${MEMBERS[type]}`)];
  if (type !== "OAUTH2") return problems;
  if (!properties) return [...problems, missing("properties.oAuth2Properties")];
  return oauth2 ? checkOAuth(properties, oauth2) : problems;
}

function checkOAuth({ oAuth2GrantType: grant }: JsonObject, credentials: JsonObject): readonly Problem[] {
  if (grant === "AUTHORIZATION_CODE") return checkTokens(credentials, "CustomConnector", "credentials.oauth2");
  if (grant !== "CLIENT_CREDENTIALS") return [];
  return ["clientId", "clientSecret"]
    .filter((name) => !isGiven(credentials[name]))
    .map((name) => missing(`credentials.oauth2.${name}`));
}

function missing(path: string): Problem {
  return { path, message: "this way to authenticate needs it, and it is missing" };
}
