import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLambdaFunctions } from "../../src/adapters/aws/lambda-functions.ts";
import type { ReachedConnector } from "../../src/connection/ask-connector.ts";
import {
  type ConnectorContext,
  describeConfiguration,
  describeEntity,
  listEntities,
  validateCredentials,
  validateSettings,
} from "../../src/connection/custom-connector.ts";
import { type FunctionOutcome, type LambdaServer, startLambdaServer } from "../support/lambda-server.ts";

const SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:appflow!111122223333-helpdesk-a1";
const CONTEXT: ConnectorContext = {
  apiVersion: "v1",
  settings: { instanceUrl: "https://helpdesk.example" },
  credentials: { secretArn: SECRET, authentication: "oauth2" },
  profile: "helpdesk-prod",
};
const PAGE = { path: undefined, next: undefined, limit: 1000 };
const failed = (errorCode: string, more: object = {}) => ({
  answer: { isSuccess: false, errorDetails: { errorCode, errorMessage: `${errorCode} of the test`, ...more } },
});

/** The protocol over the wire, by the real client. */
describe("a custom connector", () => {
  let server: LambdaServer;
  let functions: ReturnType<typeof createLambdaFunctions>;
  /** What the function does, call by call; the last one from then on. */
  let outcomes: FunctionOutcome[];
  let waits: number[];
  let connector: ReachedConnector;

  beforeEach(async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    server = await startLambdaServer(() => (outcomes.length > 1 ? outcomes.shift()! : outcomes[0]!));
    functions = createLambdaFunctions({ region: "eu-west-1", endpoint: server.origin });
    waits = [];
    connector = {
      functions,
      lambdaArn: "arn:aws:lambda:eu-west-1:111122223333:function:helpdesk",
      wait: async (ms) => void waits.push(ms),
    };
  });

  afterEach(async () => {
    functions.close();
    await server[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });

  describe("its configuration", () => {
    const CONFIGURATION = {
      isSuccess: true,
      errorDetails: null,
      connectorOwner: "Example",
      connectorName: "Help desk",
      connectorVersion: "1.2",
      connectorModes: ["SOURCE", "DESTINATION"],
      authenticationConfig: {
        isBasicAuthSupported: true,
        isApiKeyAuthSupported: false,
        isOAuth2Supported: true,
        isCustomAuthSupported: true,
        oAuth2Defaults: {
          oAuthScopes: ["read"],
          tokenURL: ["https://{{SUBDOMAIN}}.example/token"],
          authURL: null,
          oAuth2GrantTypesSupported: ["CLIENT_CREDENTIALS"],
          oAuth2ContentType: "APPLICATION_JSON",
          oAuth2MethodType: "HTTP_POST",
          oAuth2CustomProperties: [
            { key: "audience", required: true, type: "TOKEN_URL", label: "Audience", description: "Whom for" },
          ],
          addBasicAuthHeader: true,
        },
        customAuthConfig: [
          {
            authenticationType: "PAT",
            authParameters: [
              { key: "token", required: true, label: "Token", description: "Yours", sensitiveField: true },
            ],
          },
        ],
      },
      connectorRuntimeSetting: [
        {
          key: "instanceUrl",
          dataType: "Url",
          required: true,
          label: "Instance",
          description: "Where it is",
          scope: "CONNECTOR_PROFILE",
          connectorSuppliedValueOptions: ["https://a.example"],
        },
      ],
      supportedApiVersions: ["v1", "v2"],
      operatorsSupported: ["PROJECTION", "EQUAL_TO", "NO_OP"],
      triggerFrequenciesSupported: ["DAILY", "ONCE"],
      supportedWriteOperations: ["INSERT"],
      supportedTriggerTypes: ["SCHEDULED", "ONDEMAND"],
      supportedDataTransferTypes: ["RECORD", "FILE"],
      logoURL: "https://helpdesk.example/logo.png",
    };

    it("is asked for, and read", async () => {
      outcomes = [{ answer: CONFIGURATION }];

      const abilities = await describeConfiguration(connector, "helpdesk");

      expect(server.requests).toEqual([
        { type: "DescribeConnectorConfigurationRequest", locale: "en-US", connectorLabel: "helpdesk" },
      ]);
      expect(abilities).toEqual({
        name: "Help desk",
        owner: "Example",
        version: "1.2",
        modes: ["source", "destination"],
        auth: ["basic", "oauth2", "custom"],
        oauth2: {
          scopes: ["read"],
          tokenUrls: ["https://{{SUBDOMAIN}}.example/token"],
          authUrls: [],
          grants: ["CLIENT_CREDENTIALS"],
          encoding: "json",
          method: "POST",
          basicHeader: true,
          parameters: [
            {
              key: "audience",
              required: true,
              label: "Audience",
              description: "Whom for",
              values: [],
              place: "token",
              sensitive: false,
            },
          ],
        },
        customAuth: [
          {
            type: "PAT",
            parameters: [
              { key: "token", required: true, label: "Token", description: "Yours", values: [], sensitive: true },
            ],
          },
        ],
        settings: [
          {
            key: "instanceUrl",
            required: true,
            label: "Instance",
            description: "Where it is",
            values: ["https://a.example"],
            type: "Url",
            scope: "CONNECTOR_PROFILE",
          },
        ],
        apiVersions: ["v1", "v2"],
        operators: ["PROJECTION", "EQUAL_TO", "NO_OP"],
        frequencies: ["DAILY", "ONCE"],
        triggers: ["scheduled", "on-demand"],
        writeOperations: ["INSERT"],
        transfers: ["RECORD", "FILE"],
        logoUrl: "https://helpdesk.example/logo.png",
      });
    });

    it("has the SDKs' defaults for what it leaves out, and either spelling", async () => {
      outcomes = [
        {
          answer: {
            isSuccess: true,
            connectorName: "Small",
            connectorModes: ["SOURCE"],
            supportedApiVersions: ["v1"],
            supportedWriteOperations: null,
            authenticationConfig: {
              isOAuth2Supported: true,
              oAuth2Defaults: { oauth2CustomProperties: [{ key: "k", type: "AUTH_URL" }] },
            },
          },
        },
      ];

      const abilities = await describeConfiguration(connector, "small");

      expect(abilities).toMatchObject({
        auth: ["oauth2"],
        customAuth: [],
        settings: [],
        frequencies: ["BYMINUTE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ONCE"],
        triggers: ["on-demand", "scheduled"],
        writeOperations: ["INSERT", "UPSERT", "UPDATE", "DELETE"],
        transfers: ["RECORD"],
        oauth2: {
          encoding: "url-encoded",
          method: "POST",
          basicHeader: false,
          parameters: [{ key: "k", place: "auth", required: false }],
        },
      });
      expect(abilities.operators).toHaveLength(21);
    });

    it("is refused with everything that is wrong with it", async () => {
      outcomes = [
        {
          answer: {
            isSuccess: true,
            connectorName: 7,
            connectorModes: ["SINK"],
            operatorsSupported: ["EQUALS"],
            connectorRuntimeSetting: [{ scope: "EVERYWHERE" }],
            authenticationConfig: "none",
          },
        },
      ];

      const asking = describeConfiguration(connector, "odd");

      await expect(asking).rejects.toMatchObject({ name: "ConnectorError", code: "ClientError" });
      await expect(asking).rejects.toThrow(
        "Got error from connector. No valid response and error details found in the connector response. " +
          'authenticationConfig: "none" is not an object; connectorName: 7 is not a string; ' +
          'connectorModes[0]: "SINK" is none of the values that it can have; connectorModes: there are none; ' +
          'connectorRuntimeSetting[0].scope: "EVERYWHERE" is none of the values that it can have; ' +
          "connectorRuntimeSetting[0].key: it is missing; supportedApiVersions: there are none; " +
          'operatorsSupported[0]: "EQUALS" is none of the values that it can have',
      );
      expect(server.requests).toHaveLength(1);
    });
  });

  describe("its checks", () => {
    it("sends settings with their scope, and tells what the connector says of each", async () => {
      outcomes = [
        { answer: { isSuccess: false, errorDetails: null, errorsByInputField: { instanceUrl: "no such host" } } },
        { answer: { isSuccess: true, errorsByInputField: null } },
      ];

      const wrong = await validateSettings(connector, "CONNECTOR_PROFILE", { instanceUrl: "x" }, "api-key");
      const fine = await validateSettings(connector, "SOURCE", {});

      expect(server.requests).toEqual([
        {
          type: "ValidateConnectorRuntimeSettingsRequest",
          scope: "CONNECTOR_PROFILE",
          connectorRuntimeSettings: { instanceUrl: "x" },
          authenticationType: "ApiKey",
        },
        { type: "ValidateConnectorRuntimeSettingsRequest", scope: "SOURCE", connectorRuntimeSettings: {} },
      ]);
      expect(wrong).toEqual([{ path: "instanceUrl", message: "no such host" }]);
      expect(fine).toEqual([]);
    });

    it("fails when settings cannot be checked", async () => {
      outcomes = [failed("AccessDenied")];

      await expect(validateSettings(connector, "SOURCE", {})).rejects.toMatchObject({ code: "AccessDenied" });
    });

    it.each([
      ["basic", "BasicAuth"],
      ["api-key", "ApiKey"],
      ["oauth2", "OAuth2"],
      ["custom", "CustomAuth"],
    ] as const)("sends where %s credentials are, as %s", async (authentication, authenticationType) => {
      outcomes = [{ answer: { isSuccess: true } }];

      await validateCredentials(connector, { secretArn: SECRET, authentication }, { instanceUrl: "x" });

      expect(server.requests).toEqual([
        {
          type: "ValidateCredentialsRequest",
          credentials: { secretArn: SECRET, authenticationType },
          connectorRuntimeSettings: { instanceUrl: "x" },
        },
      ]);
    });
  });

  describe("its entities", () => {
    it("are listed, page by page", async () => {
      outcomes = [
        {
          answer: {
            isSuccess: true,
            entities: [
              { entityIdentifier: "ticket", hasNestedEntities: false, isWritable: true, label: "Ticket" },
              { entityIdentifier: "association", hasNestedEntities: true, label: null, description: null },
            ],
            nextToken: "p2",
            cacheControl: { timeToLive: 2, timeToLiveUnit: "HOURS" },
          },
        },
        { answer: { isSuccess: true, entities: null, nextToken: "" } },
      ];

      const first = await listEntities(connector, CONTEXT, { ...PAGE, limit: 2 });
      const last = await listEntities(
        connector,
        { apiVersion: "v1", settings: {} },
        { path: "a/b", next: "p2", limit: 2 },
      );

      expect(first).toEqual({
        answer: {
          group: "Objects",
          entities: [
            { name: "ticket", label: "Ticket", hasNested: false },
            { name: "association", label: "association", hasNested: true },
          ],
          next: "p2",
        },
        lifetimeMs: 7_200_000,
      });
      expect(last).toEqual({ answer: { group: "Objects", entities: [] }, lifetimeMs: 3_600_000 });
      expect(server.requests).toEqual([
        {
          type: "ListEntitiesRequest",
          maxResult: 2,
          connectorContext: {
            apiVersion: "v1",
            connectorRuntimeSettings: { instanceUrl: "https://helpdesk.example" },
            credentials: { secretArn: SECRET, authenticationType: "OAuth2" },
            connectorProfileLabel: "helpdesk-prod",
          },
        },
        {
          type: "ListEntitiesRequest",
          maxResult: 2,
          entitiesPath: "a/b",
          nextToken: "p2",
          connectorContext: { apiVersion: "v1", connectorRuntimeSettings: {} },
        },
      ]);
    });

    it("are asked for in smaller pages when there is too much in one", async () => {
      const cut = { error: { errorType: "Function.ResponseSizeTooLarge", errorMessage: "too large" } };
      outcomes = [cut, cut, { answer: { isSuccess: true, entities: [], nextToken: "n" } }];

      const { answer } = await listEntities(connector, CONTEXT, { ...PAGE, limit: 5 });

      expect(answer.next).toBe("n");
      expect(server.requests.map(({ maxResult }) => maxResult)).toEqual([5, 3, 2]);
    });

    it("are given up when even one is too much", async () => {
      outcomes = [{ error: { errorType: "Function.ResponseSizeTooLarge", errorMessage: "too large" } }];

      await expect(listEntities(connector, CONTEXT, { ...PAGE, limit: 3 })).rejects.toMatchObject({ code: "TooLarge" });
      expect(server.requests.map(({ maxResult }) => maxResult)).toEqual([3, 2, 1]);
    });

    it.each([
      [{ timeToLive: 1, timeToLiveUnit: "DAYS" }, 86_400_000],
      [{ timeToLive: "900", timeToLiveUnit: "SECONDS" }, 900_000],
      [{ timeToLive: 5, timeToLiveUnit: "NANOSECONDS" }, 600_000],
      [{ timeToLive: 1e12, timeToLiveUnit: "DAYS" }, 2_592_000_000],
      [{ timeToLive: null, timeToLiveUnit: "DAYS" }, 3_600_000],
    ])("may be kept as %j says, but not for less than ten minutes", async (cacheControl, lifetimeMs) => {
      outcomes = [{ answer: { isSuccess: true, entities: [], cacheControl } }];

      expect((await listEntities(connector, CONTEXT, PAGE)).lifetimeMs).toBe(lifetimeMs);
    });

    it("are described with all that the connector says of their fields", async () => {
      outcomes = [
        {
          answer: {
            isSuccess: true,
            entityDefinition: {
              entity: { entityIdentifier: "ticket", hasNestedEntities: false },
              fields: [
                {
                  fieldName: "id",
                  dataType: "Long",
                  dataTypeLabel: "bigint",
                  label: "Id",
                  description: "Its number",
                  isPrimaryKey: true,
                  isDeprecated: null,
                  defaultValue: "0",
                  constraints: {
                    allowedValueRange: { minRange: 0, maxRange: "9" },
                    allowedLengthRange: { minRange: 1, maxRange: 2 },
                    allowedValues: ["1", "2"],
                    allowedValuesRegexPattern: "\\d",
                    allowedDateFormat: "yyyy",
                  },
                  readProperties: {
                    isRetrievable: true,
                    isNullable: false,
                    isQueryable: true,
                    isTimestampFieldForIncrementalQueries: true,
                  },
                  writeProperties: { isCreatable: true, isUpsertable: true, supportedWriteOperations: ["UPSERT"] },
                  filterOperators: ["EQUAL_TO"],
                  customProperties: { unit: "piece" },
                },
                { fieldName: "note", dataType: "String" },
              ],
            },
          },
        },
      ];

      const { answer } = await describeEntity(connector, CONTEXT, "ticket");

      expect(server.requests[0]).toMatchObject({ type: "DescribeEntityRequest", entityIdentifier: "ticket" });
      expect(answer).toEqual([
        {
          name: "id",
          label: "Id",
          description: "Its number",
          type: "bigint",
          isPrimaryKey: true,
          isDeprecated: false,
          defaultValue: "0",
          filterOperators: ["EQUAL_TO"],
          values: ["1", "2"],
          pattern: "\\d",
          dateFormat: "yyyy",
          valueRange: { minimum: 0, maximum: 9 },
          lengthRange: { minimum: 1, maximum: 2 },
          source: { isRetrievable: true, isQueryable: true, isTimestamp: true },
          destination: {
            isCreatable: true,
            isNullable: false,
            isUpsertable: true,
            isUpdatable: false,
            isDefaultedOnCreate: false,
            writeOperations: ["UPSERT"],
          },
          properties: { unit: "piece" },
        },
        {
          name: "note",
          type: "String",
          isPrimaryKey: false,
          isDeprecated: false,
          filterOperators: ["CONTAINS", "EQUAL_TO", "NOT_EQUAL_TO"],
        },
      ]);
    });

    it("are none when the connector defines none", async () => {
      outcomes = [{ answer: { isSuccess: true, entityDefinition: null } }];

      expect((await describeEntity(connector, CONTEXT, "nothing")).answer).toBeUndefined();
    });

    it.each([
      [{ fields: [{ dataType: "String" }] }, "entityDefinition.fields[0].fieldName: it is missing"],
      [{ fields: [{ fieldName: "a", dataType: "Text" }] }, 'fields[0].dataType: "Text" is none of the values'],
      [{ fields: "all" }, 'entityDefinition.fields: "all" is not a list of objects'],
      [
        { fields: [{ fieldName: "a", dataType: "Long", constraints: { allowedValueRange: { minRange: "low" } } }] },
        'constraints.allowedValueRange.minRange: "low" is not a number',
      ],
    ])("are refused as %j", async (entityDefinition, message) => {
      outcomes = [{ answer: { isSuccess: true, entityDefinition } }];

      await expect(describeEntity(connector, CONTEXT, "ticket")).rejects.toThrow(message);
    });
  });

  describe("its failures", () => {
    const ask = () => listEntities(connector, CONTEXT, PAGE);
    const fine = { answer: { isSuccess: true, entities: [] } };

    it.each(["RateLimitExceeded", "ServiceUnavailable", "RequestTimeout", "ServerError", "UnknownError", "new to us"])(
      "are waited out when they are %s",
      async (code) => {
        outcomes = [failed(code), failed(code), fine];

        await ask();

        expect(waits).toEqual([500, 1000]);
      },
    );

    it("are waited out as long as the connector asks, and not longer than a caller waits", async () => {
      outcomes = [failed("RateLimitExceeded", { retryAfterSeconds: 3 }), fine];
      await ask();
      outcomes = [failed("RateLimitExceeded", { retryAfterSeconds: 60 }), fine];

      await expect(ask()).rejects.toMatchObject({ code: "RateLimitExceeded", retryAfterMs: 60_000 });
      expect(waits).toEqual([3000]);
    });

    it("are told after the third call", async () => {
      outcomes = [failed("ServerError")];

      await expect(ask()).rejects.toThrow("Got error from connector. ServerError of the test");
      expect(server.requests).toHaveLength(3);
    });

    it.each(["InvalidArgument", "ClientError", "ResourceNotFoundError", "AccessDenied", "InvalidCredentials"])(
      "are told at once when they are %s",
      async (code) => {
        outcomes = [failed(code), fine];

        await expect(ask()).rejects.toMatchObject({ name: "ConnectorError", code });
        expect(server.requests).toHaveLength(1);
      },
    );

    it("are mended by new tokens, once", async () => {
      let renewals = 0;
      connector = { ...connector, renew: async () => ++renewals > 0 };
      outcomes = [failed("InvalidCredentials"), fine];
      await ask();
      outcomes = [failed("InvalidCredentials")];

      await expect(ask()).rejects.toMatchObject({ code: "InvalidCredentials" });
      expect([renewals, server.requests.length]).toEqual([2, 4]);
    });

    it("stay when there is nothing to renew", async () => {
      connector = { ...connector, renew: async () => false };
      outcomes = [failed("InvalidCredentials"), fine];

      await expect(ask()).rejects.toMatchObject({ code: "InvalidCredentials" });
      expect(server.requests).toHaveLength(1);
    });

    it.each<[string, FunctionOutcome, string, number]>([
      ["a busy Lambda", { refused: { status: 429, name: "TooManyRequestsException" } }, "RateLimitExceeded", 3],
      ["a handler that throws", { error: { errorType: "RuntimeError", errorMessage: "oops" } }, "ClientError", 1],
      ["an answer that says nothing", { answer: {} }, "ClientError", 1],
      ["an answer that is null", { answer: { isSuccess: null } }, "ClientError", 1],
      ["a failure without details", { answer: { isSuccess: false } }, "UnknownError", 3],
      ["details that are none", { answer: { isSuccess: false, errorDetails: [] } }, "ClientError", 1],
      ["no function", { refused: { status: 404, name: "ResourceNotFoundException" } }, "NotFound", 1],
      ["no permission", { refused: { status: 403, name: "AccessDeniedException" } }, "AccessDenied", 1],
    ])("are told for %s", async (_, outcome, code, calls) => {
      outcomes = [outcome];

      await expect(ask()).rejects.toMatchObject({ code });
      expect(server.requests).toHaveLength(calls);
    });
  });
});
