import type { AuthKind } from "../sdk/profile-sheet.ts";
import type { SettingsReader } from "../sdk/settings-reader.ts";
import type { ConnectorAbilities, CustomAuth, OAuth2Defaults, RuntimeSetting } from "./connector-abilities.ts";

/*
 * The answer to DescribeConnectorConfigurationRequest. Names and defaults are those of the SDKs for custom connectors:
 * https://github.com/awslabs/aws-appflow-custom-connector-python and …-java. They do not spell everything alike.
 */

const OPERATORS = [
  "PROJECTION",
  "LESS_THAN",
  "GREATER_THAN",
  "CONTAINS",
  "BETWEEN",
  "LESS_THAN_OR_EQUAL_TO",
  "GREATER_THAN_OR_EQUAL_TO",
  "EQUAL_TO",
  "NOT_EQUAL_TO",
  "ADDITION",
  "MULTIPLICATION",
  "DIVISION",
  "SUBTRACTION",
  "MASK_ALL",
  "MASK_FIRST_N",
  "MASK_LAST_N",
  "VALIDATE_NON_NULL",
  "VALIDATE_NON_ZERO",
  "VALIDATE_NON_NEGATIVE",
  "VALIDATE_NUMERIC",
  "NO_OP",
];
const FREQUENCIES = ["BYMINUTE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ONCE"];
const WRITE_OPERATIONS = ["INSERT", "UPSERT", "UPDATE", "DELETE"];
const TRANSFERS = ["RECORD", "FILE"];
const GRANTS = ["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "JWT_BEARER"];
const SCOPES = ["CONNECTOR_PROFILE", "SOURCE", "DESTINATION", "SOURCE_AND_DESTINATION"];

const MODES = new Map([
  ["SOURCE", "source"],
  ["DESTINATION", "destination"],
] as const);
const TRIGGERS = new Map([
  ["ONDEMAND", "on-demand"],
  ["SCHEDULED", "scheduled"],
] as const);
const ENCODINGS = new Map([
  ["URL_ENCODED", "url-encoded"],
  ["APPLICATION_JSON", "json"],
] as const);
const METHODS = new Map([
  ["HTTP_POST", "POST"],
  ["HTTP_GET", "GET"],
] as const);
const PLACES = new Map([
  ["TOKEN_URL", "token"],
  ["AUTH_URL", "auth"],
] as const);

const AUTH_FLAGS: readonly (readonly [flag: string, kind: AuthKind])[] = [
  ["isBasicAuthSupported", "basic"],
  ["isApiKeyAuthSupported", "api-key"],
  ["isOAuth2Supported", "oauth2"],
  ["isCustomAuthSupported", "custom"],
];

/** What a connector tells about itself. Whatever is wrong with the answer is in the reader's problems. */
export function readAbilities(reader: SettingsReader): ConnectorAbilities {
  const [owner, version, logoUrl] = ["connectorOwner", "connectorVersion", "logoURL"].map((name) => reader.text(name));
  const auth = reader.within("authenticationConfig");
  return {
    name: reader.requiredText("connectorName", "tell what the connector is called") ?? "",
    ...(owner !== undefined && { owner }),
    ...(version !== undefined && { version }),
    modes: readModes(reader),
    auth: AUTH_FLAGS.filter(([flag]) => auth.flag(flag)).map(([, kind]) => kind),
    ...(auth.has("oAuth2Defaults") && { oauth2: readOAuth2(auth.within("oAuth2Defaults")) }),
    customAuth: auth.each("customAuthConfig").map(readCustomAuth),
    settings: reader.each("connectorRuntimeSetting").map(readRuntimeSetting),
    apiVersions: readApiVersions(reader),
    operators: words(reader, "operatorsSupported", OPERATORS),
    frequencies: words(reader, "triggerFrequenciesSupported", FREQUENCIES),
    triggers: choices(reader, "supportedTriggerTypes", TRIGGERS),
    writeOperations: words(reader, "supportedWriteOperations", WRITE_OPERATIONS),
    transfers: reader.has("supportedDataTransferTypes")
      ? words(reader, "supportedDataTransferTypes", TRANSFERS)
      : ["RECORD"],
    ...(logoUrl !== undefined && { logoUrl }),
  };
}

function readModes(reader: SettingsReader): ConnectorAbilities["modes"] {
  const modes = reader.choices("connectorModes", MODES);
  if (modes.length === 0) reader.report("connectorModes", "there are none", "name SOURCE, DESTINATION or both");
  return modes;
}

/** Every other request names one, so there must be one. */
function readApiVersions(reader: SettingsReader): readonly string[] {
  const versions = reader.texts("supportedApiVersions");
  if (versions.length === 0) reader.report("supportedApiVersions", "there are none", "name at least one");
  return versions;
}

function readOAuth2(reader: SettingsReader): OAuth2Defaults {
  // The SDK for Python spells it with a capital A, the one for Java does not.
  const spelling = reader.has("oAuth2CustomProperties") ? "oAuth2CustomProperties" : "oauth2CustomProperties";
  return {
    scopes: reader.texts("oAuthScopes"),
    tokenUrls: reader.texts("tokenURL"),
    authUrls: reader.texts("authURL"),
    grants: words(reader, "oAuth2GrantTypesSupported", GRANTS),
    encoding: reader.choice("oAuth2ContentType", ENCODINGS) ?? "url-encoded",
    method: reader.choice("oAuth2MethodType", METHODS) ?? "POST",
    basicHeader: reader.flag("addBasicAuthHeader"),
    parameters: reader.each(spelling).map((parameter) => ({
      ...readAsked(parameter, "connectorSuppliedValues"),
      place: parameter.choice("type", PLACES) ?? "token",
      sensitive: parameter.flag("sensitiveField"),
    })),
  };
}

function readCustomAuth(reader: SettingsReader): CustomAuth {
  return {
    type: reader.requiredText("authenticationType", "name the way to authenticate") ?? "",
    parameters: reader.each("authParameters").map((parameter) => ({
      ...readAsked(parameter, "connectorSuppliedValues"),
      sensitive: parameter.flag("sensitiveField"),
    })),
  };
}

function readRuntimeSetting(reader: SettingsReader): RuntimeSetting {
  const scope = reader.requiredText("scope", `name one of ${SCOPES.join(", ")}`) ?? "";
  if (scope !== "") reader.choice("scope", new Map(SCOPES.map((word) => [word, word])));
  return {
    ...readAsked(reader, "connectorSuppliedValueOptions"),
    type: reader.text("dataType") ?? "String",
    scope,
  };
}

function readAsked(reader: SettingsReader, options: string) {
  const [label, description] = [reader.text("label"), reader.text("description")];
  return {
    key: reader.requiredText("key", "name it") ?? "",
    required: reader.flag("required"),
    ...(label !== undefined && { label }),
    ...(description !== undefined && { description }),
    values: reader.texts(options),
  };
}

function words(reader: SettingsReader, name: string, all: readonly string[]): readonly string[] {
  return choices(reader, name, new Map(all.map((word) => [word, word])));
}

/** All of them when the connector names none, as the SDKs have it. */
function choices<T>(reader: SettingsReader, name: string, all: ReadonlyMap<string, T>): readonly T[] {
  return reader.has(name) ? reader.choices(name, all) : [...all.values()];
}
