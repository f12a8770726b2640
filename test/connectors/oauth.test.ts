import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import type { OAuthDefaults } from "../../src/sdk/auth/oauth-sheet.ts";
import type { JsonObject } from "../../src/sdk/json.ts";

function sheetOf(type: string, properties: JsonObject, credentials: JsonObject, registered?: OAuthDefaults) {
  const { profile } = connectors.find((connector) => connector.type === type)!;
  const sheet = profile!.oauth!(properties, credentials, registered);
  return sheet && { ...sheet, tokenUrl: sheet.tokenUrl.href };
}

const INSTANCE = { instanceUrl: "https://acme.example" };

describe("how tokens are got", () => {
  it.each<[string, JsonObject, JsonObject, JsonObject | undefined]>([
    [
      "Salesforce",
      INSTANCE,
      {},
      {
        grant: "authorization-code",
        tokenUrl: "https://login.salesforce.com/services/oauth2/token",
        keep: { instance_url: "instanceUrl" },
      },
    ],
    [
      "Salesforce",
      { isSandboxEnvironment: true },
      { oAuth2GrantType: "JWT_BEARER" },
      {
        grant: "jwt-bearer",
        tokenUrl: "https://test.salesforce.com/services/oauth2/token",
        keep: { instance_url: "instanceUrl" },
      },
    ],
    [
      "Pardot",
      { isSandboxEnvironment: true },
      {},
      {
        grant: "authorization-code",
        tokenUrl: "https://test.salesforce.com/services/oauth2/token",
        keep: { instance_url: "instanceUrl" },
      },
    ],
    [
      "Zendesk",
      { instanceUrl: "https://acme.zendesk.com/agent/" },
      {},
      {
        grant: "authorization-code",
        tokenUrl: "https://acme.zendesk.com/oauth/tokens",
        content: "json",
        parameters: { scope: "read write" },
      },
    ],
    [
      "Marketo",
      { instanceUrl: "064-abc-123.mktorest.com" },
      {},
      { grant: "client-credentials", tokenUrl: "https://064-abc-123.mktorest.com/identity/oauth/token" },
    ],
    [
      "Slack",
      { instanceUrl: "https://acme.slack.com" },
      {},
      { grant: "authorization-code", tokenUrl: "https://slack.com/api/oauth.v2.access", answerMember: "authed_user" },
    ],
    ["Googleanalytics", {}, {}, { grant: "authorization-code", tokenUrl: "https://oauth2.googleapis.com/token" }],
    ["Servicenow", INSTANCE, { username: "u", password: "p" }, undefined],
    [
      "Servicenow",
      INSTANCE,
      { oAuth2Credentials: {} },
      {
        member: "oAuth2Credentials",
        grant: "authorization-code",
        tokenUrl: "https://acme.example/oauth_token.do",
      },
    ],
    ["SAPOData", {}, { basicAuthCredentials: {} }, undefined],
    [
      "SAPOData",
      { oAuthProperties: { tokenUrl: "https://sap.example/sap/bc/sec/oauth2/token" } },
      { oAuthCredentials: {} },
      {
        member: "oAuthCredentials",
        grant: "authorization-code",
        tokenUrl: "https://sap.example/sap/bc/sec/oauth2/token",
        client: "basic",
      },
    ],
    ["CustomConnector", {}, { authenticationType: "BASIC" }, undefined],
  ])("%s, with %j and %j", (type, properties, credentials, expected) => {
    expect(sheetOf(type, properties, credentials)).toEqual(expected);
  });

  it.each(["", "https://", "http://[::1", "not a host"])("refuses an instance that is no URL: %j", (instanceUrl) => {
    expect(() => sheetOf("Zendesk", { instanceUrl }, {})).toThrow(
      expect.objectContaining({ code: "InvalidArgument", message: expect.stringContaining("instanceUrl") }),
    );
  });
});

describe("the tokens of a registered connector", () => {
  const DEFAULTS: OAuthDefaults = {
    scopes: ["a", "b"],
    tokenUrls: [],
    encoding: "url-encoded",
    method: "POST",
    basicHeader: false,
  };
  const OAUTH2 = { authenticationType: "OAUTH2" };
  const at = (tokenUrl: string, oAuth2GrantType = "AUTHORIZATION_CODE", more: JsonObject = {}) => ({
    oAuth2Properties: { tokenUrl, oAuth2GrantType, ...more },
  });

  it("come from where the profile says, when the connector says nothing", () => {
    expect(sheetOf("CustomConnector", at("https://id.example/token"), OAUTH2)).toEqual({
      grant: "authorization-code",
      tokenUrl: "https://id.example/token",
      method: "POST",
      content: "form",
      client: "body",
      parameters: {},
    });
  });

  it("are asked for as the connector says, with what the profile adds", () => {
    const properties = at("https://id.example/token", "CLIENT_CREDENTIALS", {
      tokenUrlCustomProperties: { tenant: "t" },
    });
    const registered = { ...DEFAULTS, encoding: "json", method: "GET", basicHeader: true } as const;

    expect(sheetOf("CustomConnector", properties, OAUTH2, registered)).toEqual({
      grant: "client-credentials",
      tokenUrl: "https://id.example/token",
      method: "GET",
      content: "json",
      client: "basic",
      parameters: { scope: "a b", tenant: "t" },
    });
  });

  it.each([
    ["https://id.example/token", true],
    ["https://acme.id.example/token", true],
    ["https://evil.example/token", false],
    ["https://evil.example/x.id.example/token", false],
    ["https://id.example/token?x=1", false],
    ["https://a@b.id.example/token", false],
    ["http://id.example/token", false],
  ])("come from nowhere else than the connector says: %s", (tokenUrl, fine) => {
    const registered = {
      ...DEFAULTS,
      tokenUrls: ["https://id.example/token", "https://{{SUBDOMAIN}}.id.example/token"],
    };
    const get = () => sheetOf("CustomConnector", at(tokenUrl), OAUTH2, registered);

    if (fine) expect(get()?.tokenUrl).toBe(tokenUrl);
    else expect(get).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });

  it("are kept where connectors read them", () => {
    const { profile } = connectors.find(({ type }) => type === "CustomConnector")!;
    const keep = (credentials: JsonObject) => profile!.keep!(credentials);

    expect(keep({ authenticationType: "BASIC", basic: { username: "u", password: "p" } })).toEqual({
      authenticationType: "BASIC",
      username: "u",
      password: "p",
    });
    expect(keep({ authenticationType: "APIKEY", apiKey: { apiKey: "k", apiSecretKey: "s" } })).toEqual({
      authenticationType: "APIKEY",
      apiKey: "k",
      apiSecretKey: "s",
    });
    expect(keep({ authenticationType: "OAUTH2", oauth2: { accessToken: "a" } })).toEqual({
      authenticationType: "OAUTH2",
      accessToken: "a",
    });
    expect(
      keep({
        authenticationType: "CUSTOM",
        custom: { customAuthenticationType: "PAT", credentialsMap: { patToken: "t", customAuthenticationType: "x" } },
      }),
    ).toEqual({ authenticationType: "CUSTOM", customAuthenticationType: "PAT", patToken: "t" });
  });
});
