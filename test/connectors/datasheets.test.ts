import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import type { Problem } from "../../src/sdk/problem.ts";

const find = (type: string) => connectors.find((connector) => connector.type === type)!;
const texts = (problems: readonly Problem[]) => problems.map(({ path, message }) => `${path}: ${message}`);
const FINE: readonly string[] = [];

describe("settings of sources", () => {
  it.each<[string, JsonObject, readonly string[]]>([
    ["Googleanalytics", { object: "view-1" }, FINE],
    ["Googleanalytics", { object: "properties/123456789" }, FINE],
    [
      "Googleanalytics",
      { object: "UA-12345-1" },
      ['object: "UA-12345-1" is of Universal Analytics, which has no data since Google closed it on 1 July 2024'],
    ],
    [
      "Googleanalytics",
      { object: "ga:4711" },
      ['object: "ga:4711" is of Universal Analytics, which has no data since Google closed it on 1 July 2024'],
    ],
    ["Slack", { object: "conversations/C012AB3CD" }, FINE],
    ["Slack", { object: "general" }, ['object: "general" is not the name of a conversation']],
    ["Slack", { object: "conversations/" }, ['object: "conversations/" is not the name of a conversation']],
    ["Veeva", { object: "product__v", includeSourceFiles: false }, FINE],
    ["Veeva", { object: "documents", documentType: "product__c", includeSourceFiles: true }, FINE],
    [
      "Veeva",
      { object: "product__v", documentType: "x", includeAllVersions: true },
      [
        'documentType: only documents have it, and the object is "product__v"',
        'includeAllVersions: only documents have it, and the object is "product__v"',
      ],
    ],
    ["SAPOData", { objectPath: "/sap/opu/odata/sap/API_X/A_Item" }, FINE],
    ["SAPOData", {}, ["objectPath: it is missing"]],
    ["SAPOData", { objectPath: "A_Item" }, ['objectPath: "A_Item" is not a path that begins with one slash']],
    ["Salesforce", { object: "account" }, FINE],
    ["Zendesk", { object: "tickets" }, FINE],
  ])("%s checks %j", (type, settings, problems) => {
    expect(texts(find(type).source!.check(settings))).toEqual(problems);
  });
});

describe("settings of destinations", () => {
  const STAGE = { intermediateBucketName: "stage-bkt" };
  const FILES = { s3OutputFormatConfig: { prefixConfig: { prefixType: "PATH", prefixFormat: "MINUTE" } } };

  it.each<[string, JsonObject, readonly string[]]>([
    ["Redshift", { ...STAGE, object: "contact" }, FINE],
    ["Redshift", { ...STAGE, object: 'public."Con.tact"' }, FINE],
    [
      "Redshift",
      { ...STAGE, object: "dev.public.contact" },
      ['object: "dev.public.contact" is not the name of a table'],
    ],
    [
      "Redshift",
      { object: "public.", intermediateBucketName: "Stage" },
      [
        'object: "public." is not the name of a table',
        'intermediateBucketName: "Stage" holds something else than lower-case letters, digits, dots and hyphens',
      ],
    ],
    ["Snowflake", { ...STAGE, object: "DB1.PUBLIC.ACCOUNT" }, FINE],
    ["Snowflake", { ...STAGE, object: 'ACC"OUNT' }, ['object: "ACC\\"OUNT" is not the name of a table']],
    ["Snowflake", { ...STAGE, object: "A.B.C.D" }, ['object: "A.B.C.D" is not the name of a table']],
    ["SAPOData", { objectPath: "//host/x" }, ['objectPath: "//host/x" is not a path that begins with one slash']],
    ["Upsolver", { ...FILES, bucketName: "upsolver-appflow-abc" }, FINE],
    [
      "Upsolver",
      { ...FILES, bucketName: "lake-of-upsolver-appflow", bucketPrefix: "a//b" },
      [
        'bucketPrefix: "a//b" has an empty folder name between two slashes',
        'bucketName: "lake-of-upsolver-appflow" does not begin with upsolver-appflow',
      ],
    ],
  ])("%s checks %j", (type, settings, problems) => {
    expect(texts(find(type).destination!.check(settings))).toEqual(problems);
  });

  it("lets only event flows write to EventBridge", () => {
    expect(find("EventBridge").destination!.triggers).toEqual(["event"]);
  });

  it("says of every source that sends events which a flow gets, and of no other", () => {
    const sending = connectors.filter(({ source }) => source?.triggers.includes("event"));

    expect(sending.map(({ type }) => type)).toEqual(["EventBridge", "Salesforce"]);
    expect(connectors.filter(({ source }) => source?.events !== undefined)).toEqual(sending);
    expect(find("Salesforce").source!.events!({ object: "AccountChangeEvent" })).toMatchObject({
      source: "aws.partner/*salesforce.com/*",
      detailType: "AccountChangeEvent",
    });
  });

  it("tells all that is wrong with what a flow wants of a bus", () => {
    const source = find("EventBridge").source!;

    expect(
      source.check({ entityName: "shop.*", customProperties: { detailType: "Order*", envelope: "true" } }),
    ).toEqual([]);
    expect(source.check({ customProperties: { envelope: "yes", detailtype: "x" } })).toMatchObject([
      { path: "entityName", message: "it is missing" },
      { path: "customProperties.envelope", remedy: "choose true or false" },
      { path: "customProperties.detailtype", remedy: "use detailType or envelope" },
    ]);
  });

  it("writes Upsolver's files as S3's are written", () => {
    const settings = { ...FILES, bucketName: "upsolver-appflow-abc", bucketPrefix: "crm" };

    expect(find("Upsolver").destination!.files!(settings)).toEqual(find("S3").destination!.files!(settings));
    expect(find("Upsolver").destination!.describeObject(settings)).toBe("s3://upsolver-appflow-abc/crm");
  });
});

describe("what messages call an object", () => {
  it.each([
    ["Zendesk", { object: "tickets" }, "zendesk:tickets"],
    ["SAPOData", { objectPath: "/sap/x/A_Item" }, "sapodata:/sap/x/A_Item"],
    ["CustomConnector", { entityName: "association_label/ticket" }, "customconnector:association_label/ticket"],
  ])("is, for %s, what %j names, as a URI", (type, settings, uri) => {
    expect(find(type).source!.describeObject(settings)).toBe(uri);
    expect(new URL(uri).href).toBe(uri);
  });
});

describe("profiles", () => {
  const NO_CODE = (type: string, path = "credentials") =>
    `${path}.oAuthRequest.authCode: AuthCode cannot be blank for connector: ${type}`;
  const JDBC = { databaseUrl: "jdbc:redshift://rs.example:5439/dev" };
  const DATA_API = { dataApiRoleArn: "arn:aws:iam::111122223333:role/rs", databaseName: "dev" };
  const OAUTH2 = { oAuth2Properties: { tokenUrl: "https://id.example/token", oAuth2GrantType: "AUTHORIZATION_CODE" } };
  const ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:crm/app-AbCdEf";

  it.each<[string, JsonObject, JsonObject, readonly string[]]>([
    ["Salesforce", {}, { accessToken: "dummy", refreshToken: "r", clientCredentialsArn: ARN }, FINE],
    ["Salesforce", {}, { oAuthRequest: { authCode: "c" } }, FINE],
    ["Salesforce", {}, { oAuth2GrantType: "JWT_BEARER", jwtToken: "a.b.c" }, FINE],
    ["Salesforce", {}, { oAuth2GrantType: "JWT_BEARER" }, ["credentials.jwtToken: it is missing"]],
    ["Salesforce", {}, { clientCredentialsArn: ARN }, [NO_CODE("SALESFORCE")]],
    [
      "Salesforce",
      {},
      { oAuth2GrantType: "CLIENT_CREDENTIALS", clientCredentialsArn: ARN },
      [
        NO_CODE("SALESFORCE"),
        "credentials.oAuth2GrantType: AppFlow does not support CLIENT_CREDENTIALS for Salesforce",
      ],
    ],
    ["Pardot", { businessUnitId: "0Uv3k000000CaRzCAK" }, { refreshToken: "r" }, FINE],
    [
      "Pardot",
      { businessUnitId: "42" },
      {},
      ['properties.businessUnitId: "42" is not the id of a business unit', NO_CODE("PARDOT")],
    ],
    ["Servicenow", {}, { username: "u", password: "p" }, FINE],
    ["Servicenow", {}, { oAuth2Credentials: { clientId: "c", clientSecret: "s", refreshToken: "r" } }, FINE],
    ["Servicenow", {}, { oAuth2Credentials: {} }, [NO_CODE("SERVICENOW", "credentials.oAuth2Credentials")]],
    ["Servicenow", {}, { username: "u" }, ["credentials: there is neither a user with a password nor OAuth"]],
    ["Redshift", JDBC, { username: "u", password: "p" }, FINE],
    ["Redshift", JDBC, { username: "u" }, ["credentials.password: JDBC needs it, and it is missing"]],
    ["Redshift", { ...DATA_API, clusterIdentifier: "rs" }, { username: "u" }, FINE],
    ["Redshift", { ...DATA_API, isRedshiftServerless: true, workgroupName: "w" }, {}, FINE],
    [
      "Redshift",
      DATA_API,
      {},
      [
        "properties.clusterIdentifier: the Data API needs it, and it is missing",
        "credentials.username: the Data API of a cluster needs it, and it is missing",
      ],
    ],
    ["Redshift", {}, {}, ["properties: there is no way to the database"]],
    ["Snowflake", {}, { username: "u", password: "p" }, FINE],
    ["Snowflake", {}, { username: "u", privateKey: "k" }, FINE],
    ["Snowflake", {}, { username: "u" }, ["credentials: there is neither a password nor a private key"]],
    ["SAPOData", {}, { basicAuthCredentials: { username: "u", password: "p" } }, FINE],
    ["SAPOData", {}, {}, ["credentials: there is neither a user with a password nor OAuth"]],
    [
      "SAPOData",
      {},
      { oAuthCredentials: { clientId: "c", clientSecret: "s" } },
      [
        "properties.oAuthProperties: OAuth needs it, and it is missing",
        NO_CODE("SAPODATA", "credentials.oAuthCredentials"),
      ],
    ],
    ["Slack", {}, { clientId: "c", clientSecret: "s", accessToken: "xoxp-1" }, FINE],
    ["Slack", {}, { clientId: "c", clientSecret: "s", accessToken: "" }, [NO_CODE("SLACK")]],
    ["Marketo", {}, { clientId: "c", clientSecret: "s" }, FINE],
    ["CustomConnector", {}, { authenticationType: "BASIC", basic: { username: "u", password: "p" } }, FINE],
    [
      "CustomConnector",
      {},
      { authenticationType: "APIKEY", basic: {} },
      ["credentials.apiKey: this way to authenticate needs it, and it is missing"],
    ],
    ["CustomConnector", OAUTH2, { authenticationType: "OAUTH2", oauth2: { accessToken: "a" } }, FINE],
    [
      "CustomConnector",
      OAUTH2,
      { authenticationType: "OAUTH2", oauth2: { clientId: "c" } },
      [NO_CODE("CUSTOMCONNECTOR", "credentials.oauth2")],
    ],
    [
      "CustomConnector",
      { oAuth2Properties: { tokenUrl: "https://id.example/token", oAuth2GrantType: "CLIENT_CREDENTIALS" } },
      { authenticationType: "OAUTH2", oauth2: { clientId: "c" } },
      ["credentials.oauth2.clientSecret: this way to authenticate needs it, and it is missing"],
    ],
    [
      "CustomConnector",
      {},
      { authenticationType: "OAUTH2" },
      [
        "credentials.oauth2: this way to authenticate needs it, and it is missing",
        "properties.oAuth2Properties: this way to authenticate needs it, and it is missing",
      ],
    ],
  ])("%s checks %j and %j", (type, properties, credentials, problems) => {
    expect(texts(find(type).profile!.check(properties, credentials))).toEqual(problems);
  });
});
