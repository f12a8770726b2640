import {
  AppflowClient,
  DescribeConnectorCommand,
  DescribeConnectorEntityCommand,
  DescribeConnectorsCommand,
  ListConnectorEntitiesCommand,
  ListConnectorsCommand,
  paginateDescribeConnectors,
  paginateListConnectors,
  RegisterConnectorCommand,
  ResetConnectorMetadataCacheCommand,
  UnregisterConnectorCommand,
  UpdateConnectorRegistrationCommand,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { createLambdaFunctions } from "../../src/adapters/aws/lambda-functions.ts";
import { ConnectorType } from "../../src/api/connector-shapes.ts";
import { serve, type RunningServer } from "../../src/cli/serve.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { type FunctionOutcome, type LambdaServer, startLambdaServer } from "../support/lambda-server.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { sampleProfile } from "../support/sample-profile.ts";
import { createTestApp, FULL_KEY, post, READER_KEY, type TestApp } from "../support/test-app.ts";

const LAMBDA = "arn:aws:lambda:eu-west-1:111122223333:function:";
const HOUR_MS = 3_600_000;

const CONFIGURATION = {
  isSuccess: true,
  connectorOwner: "Example",
  connectorName: "Help desk",
  connectorVersion: "1.2",
  connectorModes: ["SOURCE", "DESTINATION"],
  authenticationConfig: {
    isBasicAuthSupported: false,
    isApiKeyAuthSupported: true,
    isOAuth2Supported: true,
    isCustomAuthSupported: true,
    oAuth2Defaults: {
      oAuthScopes: ["read"],
      tokenURL: ["https://helpdesk.example/token"],
      authURL: ["https://helpdesk.example/authorize"],
      oAuth2GrantTypesSupported: ["AUTHORIZATION_CODE"],
      oAuth2CustomProperties: [{ key: "audience", required: true, type: "TOKEN_URL", label: "Audience" }],
    },
    customAuthConfig: [
      { authenticationType: "PAT", authParameters: [{ key: "token", required: true, sensitiveField: true }] },
    ],
  },
  connectorRuntimeSetting: [
    { key: "instanceUrl", dataType: "String", required: true, label: "Instance", scope: "CONNECTOR_PROFILE" },
  ],
  supportedApiVersions: ["v1", "v2"],
  operatorsSupported: ["PROJECTION", "EQUAL_TO"],
  triggerFrequenciesSupported: ["DAILY", "ONCE"],
  supportedWriteOperations: ["INSERT"],
  supportedTriggerTypes: ["SCHEDULED", "ONDEMAND"],
  logoURL: "https://helpdesk.example/logo.png",
};

/** The official client, signing for real, over HTTP; functions behind the official client of Lambda, over HTTP too. */
describe("connectors, for the AWS SDK for JavaScript", () => {
  let app: TestApp;
  let server: RunningServer;
  let lambda: LambdaServer;
  let functions: ReturnType<typeof createLambdaFunctions>;
  let client: AppflowClient;
  let objects: MemoryObjectStore;
  let now: number;
  /** What a function does with a request of a type; it describes itself where nothing else is said. */
  let outcomes: Partial<Record<string, FunctionOutcome>>;

  const clientOf = (key: typeof FULL_KEY) =>
    new AppflowClient({
      endpoint: server.url,
      region: "eu-west-1",
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret.reveal() },
      maxAttempts: 1,
    });
  const register = (connectorLabel: string, changes: object = {}) =>
    client.send(
      new RegisterConnectorCommand({
        connectorLabel,
        connectorProvisioningType: "LAMBDA",
        connectorProvisioningConfig: { lambda: { lambdaArn: LAMBDA + connectorLabel } },
        ...changes,
      }),
    );
  const describeRegistered = async (connectorLabel: string) => {
    const command = new DescribeConnectorCommand({ connectorType: "CustomConnector", connectorLabel });
    return (await client.send(command)).connectorConfiguration!;
  };
  const addProfile = (name: string, changes: Parameters<typeof sampleProfile>[1]) =>
    app.ports.profiles.create(sampleProfile(name, changes));
  const helpdeskProfile = (name: string) =>
    addProfile(name, {
      connector: "CustomConnector",
      label: "helpdesk",
      authentication: "api-key",
      properties: { CustomConnector: { profileProperties: { instanceUrl: "https://helpdesk.example" } } },
    });
  const typesAsked = () => lambda.requests.map(({ type }) => type);

  beforeEach(async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    now = Date.now();
    outcomes = {};
    lambda = await startLambdaServer((request) => outcomes[request["type"] as string] ?? { answer: CONFIGURATION });
    functions = createLambdaFunctions({ region: "eu-west-1", endpoint: lambda.origin });
    objects = new MemoryObjectStore(["lake"]);
    app = createTestApp({ connectors, ports: { now: () => now, functions, objects } });
    server = await serve(app.handle, { port: 0, report: (error) => expect.fail(String(error)) });
    client = clientOf(FULL_KEY);
  });

  afterEach(async () => {
    client.destroy();
    functions.close();
    await Promise.all([server.close(), lambda[Symbol.asyncDispose]()]);
    vi.unstubAllEnvs();
    expect(app.reports).toEqual([]);
  });

  describe("DescribeConnectors", () => {
    it("describes all connectors of the catalogue, page by page", async () => {
      const pages = [];
      for await (const page of paginateDescribeConnectors({ client, pageSize: 10 }, {})) pages.push(page);

      const types = pages.flatMap(({ connectorConfigurations }) => Object.keys(connectorConfigurations!));
      expect(pages.map(({ connectors }) => connectors!.length)).toEqual([10, 10, 3]);
      expect(types).toEqual(ConnectorType.values!.filter((type) => type !== "CustomConnector").toSorted());
      expect(pages.flatMap(({ connectors }) => connectors!.map(({ connectorType }) => connectorType))).toEqual(types);
    });

    it("describes those that are asked for", async () => {
      const { connectorConfigurations: found, ...rest } = await client.send(
        new DescribeConnectorsCommand({ connectorTypes: ["Marketo", "Snowflake", "S3"] }),
      );

      expect(rest.nextToken).toBeUndefined();
      expect(Object.keys(found!)).toEqual(["Marketo", "S3", "Snowflake"]);
      expect(found!.Marketo).toEqual({
        canUseAsSource: true,
        canUseAsDestination: true,
        supportedDestinationConnectors: [
          "CustomerProfiles",
          "Honeycode",
          "LookoutMetrics",
          "Redshift",
          "S3",
          "Marketo",
          "Salesforce",
          "Snowflake",
          "Upsolver",
          "Zendesk",
          "CustomConnector",
        ],
        // At most once an hour.
        supportedSchedulingFrequencies: ["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ONCE"],
        supportedTriggerTypes: ["OnDemand", "Scheduled"],
        supportedOperators: expect.arrayContaining(["PROJECTION", "BETWEEN", "MASK_ALL"]) as unknown,
        isPrivateLinkEnabled: false,
        isPrivateLinkEndpointUrlRequired: false,
        connectorMetadata: { Marketo: {} },
        connectorType: "Marketo",
        connectorName: "Marketo",
        connectorModes: ["SOURCE", "DESTINATION"],
      });
      expect(found!.Snowflake).toEqual({
        canUseAsSource: false,
        canUseAsDestination: true,
        isPrivateLinkEnabled: true,
        isPrivateLinkEndpointUrlRequired: true,
        connectorMetadata: { Snowflake: {} },
        connectorType: "Snowflake",
        connectorName: "Snowflake",
        connectorModes: ["DESTINATION"],
      });
    });

    it("refuses tokens of another list", async () => {
      const { nextToken } = await client.send(new DescribeConnectorsCommand({ maxResults: 1 }));
      const other = new DescribeConnectorsCommand({ maxResults: 1, nextToken, connectorTypes: ["S3"] });

      await expect(client.send(other)).rejects.toMatchObject({ name: "ValidationException" });
    });
  });

  describe("DescribeConnector", () => {
    it("describes a connector of the catalogue", async () => {
      const { connectorConfiguration: found } = await client.send(
        new DescribeConnectorCommand({ connectorType: "Salesforce" }),
      );

      expect(found).toMatchObject({
        connectorType: "Salesforce",
        supportedSchedulingFrequencies: ["BYMINUTE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ONCE"],
        supportedTriggerTypes: ["OnDemand", "Scheduled", "Event"],
        supportedWriteOperations: ["INSERT", "UPSERT", "UPDATE", "DELETE"],
        isPrivateLinkEnabled: true,
        isPrivateLinkEndpointUrlRequired: false,
        connectorMetadata: {
          Salesforce: {
            oAuthScopes: ["api", "refresh_token", "id"],
            dataTransferApis: ["AUTOMATIC", "BULKV2", "REST_SYNC"],
            oauth2GrantTypesSupported: ["AUTHORIZATION_CODE", "JWT_BEARER"],
          },
        },
      });
      expect(found!.supportedOperators).toHaveLength(21);
    });

    it("describes a registered connector, as its function does", async () => {
      const { connectorArn } = await register("helpdesk");

      expect(connectorArn).toBe("arn:aws:appflow:eu-west-1:111122223333:connector/helpdesk");
      expect(await describeRegistered("helpdesk")).toEqual({
        canUseAsSource: true,
        canUseAsDestination: true,
        supportedDestinationConnectors: ["S3", "Salesforce", "CustomConnector"],
        supportedSchedulingFrequencies: ["DAILY", "ONCE"],
        isPrivateLinkEnabled: false,
        isPrivateLinkEndpointUrlRequired: false,
        supportedTriggerTypes: ["Scheduled", "OnDemand"],
        connectorType: "CustomConnector",
        connectorLabel: "helpdesk",
        connectorDescription: "Help desk",
        connectorOwner: "Example",
        connectorName: "Help desk",
        connectorVersion: "1.2",
        connectorArn,
        connectorModes: ["SOURCE", "DESTINATION"],
        authenticationConfig: {
          isBasicAuthSupported: false,
          isApiKeyAuthSupported: true,
          isOAuth2Supported: true,
          isCustomAuthSupported: true,
          oAuth2Defaults: {
            oauthScopes: ["read"],
            tokenUrls: ["https://helpdesk.example/token"],
            authCodeUrls: ["https://helpdesk.example/authorize"],
            oauth2GrantTypesSupported: ["AUTHORIZATION_CODE"],
            oauth2CustomProperties: [
              {
                key: "audience",
                label: "Audience",
                isRequired: true,
                isSensitiveField: false,
                connectorSuppliedValues: [],
                type: "TOKEN_URL",
              },
            ],
          },
          customAuthConfigs: [
            {
              customAuthenticationType: "PAT",
              authParameters: [{ key: "token", isRequired: true, isSensitiveField: true, connectorSuppliedValues: [] }],
            },
          ],
        },
        connectorRuntimeSettings: [
          {
            key: "instanceUrl",
            label: "Instance",
            dataType: "String",
            isRequired: true,
            scope: "CONNECTOR_PROFILE",
            connectorSuppliedValueOptions: [],
          },
        ],
        supportedApiVersions: ["v1", "v2"],
        supportedOperators: ["PROJECTION", "EQUAL_TO"],
        supportedWriteOperations: ["INSERT"],
        supportedDataTransferTypes: ["RECORD"],
        connectorProvisioningType: "LAMBDA",
        connectorProvisioningConfig: { lambda: { lambdaArn: `${LAMBDA}helpdesk` } },
        logoURL: "https://helpdesk.example/logo.png",
        registeredAt: new Date(now),
        registeredBy: "arn:aws:iam::111122223333:user/ops",
      });
    });

    it("asks for a label, and knows no connector that is not registered", async () => {
      await expect(
        client.send(new DescribeConnectorCommand({ connectorType: "CustomConnector" })),
      ).rejects.toMatchObject({ name: "ValidationException" });
      await expect(describeRegistered("nothing")).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: "Connector:nothing is not registered.",
      });
    });
  });

  describe("ListConnectors", () => {
    it("lists the registered connectors, page by page", async () => {
      for (const label of ["ledger", "helpdesk", "mail"]) await register(label, { description: `The ${label}` });
      const pages = [];
      for await (const page of paginateListConnectors({ client, pageSize: 2 }, {})) pages.push(page.connectors!);

      expect(pages.map((page) => page.map(({ connectorLabel }) => connectorLabel))).toEqual([
        ["helpdesk", "ledger"],
        ["mail"],
      ]);
      expect(pages[1]![0]).toEqual({
        connectorType: "CustomConnector",
        connectorLabel: "mail",
        connectorDescription: "The mail",
        connectorName: "Help desk",
        connectorOwner: "Example",
        connectorVersion: "1.2",
        connectorModes: ["SOURCE", "DESTINATION"],
        connectorProvisioningType: "LAMBDA",
        supportedDataTransferTypes: ["RECORD"],
        registeredAt: new Date(now),
        registeredBy: "arn:aws:iam::111122223333:user/ops",
      });
    });

    it("lists none when none is registered", async () => {
      expect((await client.send(new ListConnectorsCommand({}))).connectors).toEqual([]);
    });
  });

  describe("RegisterConnector", () => {
    it("gives the first answer again to the same token and request, and asks the function once", async () => {
      const first = await register("helpdesk", { clientToken: "t-1" });
      const again = await register("helpdesk", { clientToken: "t-1" });

      expect(again.connectorArn).toBe(first.connectorArn);
      expect(typesAsked()).toEqual(["DescribeConnectorConfigurationRequest"]);
      await expect(register("other", { clientToken: "t-1" })).rejects.toMatchObject({ name: "ConflictException" });
    });

    it("refuses a label that is taken", async () => {
      await register("helpdesk");

      await expect(register("helpdesk")).rejects.toMatchObject({
        name: "ConflictException",
        message: "A connector with label helpdesk is already registered.",
      });
    });

    it("names everything that is missing or wrong", async () => {
      await expect(client.send(new RegisterConnectorCommand({}))).rejects.toMatchObject({
        name: "ValidationException",
        message:
          "connectorLabel: it is missing — give the connector a name; connectorProvisioningType: it is missing — give LAMBDA; " +
          "connectorProvisioningConfig.lambda.lambdaArn: it is missing — give the ARN of the connector's function",
      });
      const lambdaArn = "arn:aws:s3:eu-west-1:111122223333:bucket";
      await expect(register("x1", { connectorProvisioningConfig: { lambda: { lambdaArn } } })).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining(lambdaArn) as unknown,
      });
      expect(lambda.requests).toEqual([]);
    });

    it.each<[FunctionOutcome, string]>([
      [{ refused: { status: 404, name: "ResourceNotFoundException" } }, "ResourceNotFoundException"],
      [{ refused: { status: 403, name: "AccessDeniedException" } }, "AccessDeniedException"],
      [{ error: { errorType: "RuntimeError", errorMessage: "oops" } }, "ConnectorServerException"],
      [{ answer: { isSuccess: true } }, "ConnectorServerException"],
      [
        { answer: { isSuccess: false, errorDetails: { errorCode: "AccessDenied", errorMessage: "no" } } },
        "ConnectorAuthenticationException",
      ],
    ])("keeps nothing when the function does %j", async (outcome, name) => {
      outcomes = { DescribeConnectorConfigurationRequest: outcome };

      await expect(register("helpdesk")).rejects.toMatchObject({ name });
      expect(await app.ports.registrations.get("helpdesk")).toBeUndefined();
    });

    it("speaks of answers that cannot be used as the service does", async () => {
      outcomes = { DescribeConnectorConfigurationRequest: { answer: {} } };

      await expect(register("helpdesk")).rejects.toThrow(
        "Error while communicating to connector: Got error from connector. No valid response and error details found in the connector response.",
      );
    });
  });

  describe("UpdateConnectorRegistration", () => {
    const update = (changes: object) =>
      client.send(new UpdateConnectorRegistrationCommand({ connectorLabel: "helpdesk", ...changes }));

    it("asks the function again, and keeps the description", async () => {
      await register("helpdesk", { description: "Tickets" });
      outcomes = { DescribeConnectorConfigurationRequest: { answer: { ...CONFIGURATION, connectorVersion: "2.0" } } };

      const { connectorArn } = await update({});

      expect(connectorArn).toBe("arn:aws:appflow:eu-west-1:111122223333:connector/helpdesk");
      expect(await describeRegistered("helpdesk")).toMatchObject({
        connectorVersion: "2.0",
        connectorDescription: "Tickets",
        connectorProvisioningConfig: { lambda: { lambdaArn: `${LAMBDA}helpdesk` } },
      });
    });

    it("takes another function and description", async () => {
      await register("helpdesk");

      await update({
        description: "New",
        connectorProvisioningConfig: { lambda: { lambdaArn: `${LAMBDA}helpdesk:2` } },
      });

      expect(await describeRegistered("helpdesk")).toMatchObject({
        connectorDescription: "New",
        connectorProvisioningConfig: { lambda: { lambdaArn: `${LAMBDA}helpdesk:2` } },
      });
    });

    it("repeats nothing for the same token", async () => {
      await register("helpdesk");
      await update({ clientToken: "t-1", description: "One" });
      await update({ description: "Two" });
      await update({ clientToken: "t-1", description: "One" });

      expect((await describeRegistered("helpdesk")).connectorDescription).toBe("Two");
    });

    it("changes nothing when the function gives no usable answer", async () => {
      await register("helpdesk");
      outcomes = { DescribeConnectorConfigurationRequest: { text: "no" } };

      await expect(update({ description: "New" })).rejects.toMatchObject({ name: "ConnectorServerException" });
      expect((await describeRegistered("helpdesk")).connectorDescription).toBe("Help desk");
    });

    it("finds no connector that is not there, and takes no function that cannot be one", async () => {
      await expect(update({})).rejects.toMatchObject({ name: "ResourceNotFoundException" });
      await expect(
        update({ connectorProvisioningConfig: { lambda: { lambdaArn: "arn:aws:sqs:eu-west-1:111122223333:q" } } }),
      ).rejects.toMatchObject({ name: "ValidationException" });
    });
  });

  describe("UnregisterConnector", () => {
    const unregister = (forceDelete?: boolean) =>
      client.send(new UnregisterConnectorCommand({ connectorLabel: "helpdesk", forceDelete }));

    it("forgets a connector that nobody uses", async () => {
      await register("helpdesk");
      await addProfile("other", { connector: "CustomConnector", label: "ledger" });

      await unregister();

      await expect(describeRegistered("helpdesk")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
      await expect(unregister()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });

    it("refuses one that profiles use, unless forced", async () => {
      await register("helpdesk");
      await helpdeskProfile("desk-1");

      await expect(unregister(false)).rejects.toMatchObject({
        name: "ConflictException",
        message: "Connector helpdesk is in use by connector profile desk-1 — delete its profiles, or set forceDelete",
      });
      await unregister(true);

      expect(await app.ports.registrations.get("helpdesk")).toBeUndefined();
    });
  });

  describe("ListConnectorEntities and DescribeConnectorEntity", () => {
    const list = (input: object) => client.send(new ListConnectorEntitiesCommand(input));
    const fieldsOf = async (connectorEntityName: string, input: object) => {
      const command = new DescribeConnectorEntityCommand({ connectorEntityName, ...input });
      return (await client.send(command)).connectorEntityFields;
    };
    const reset = (input: object) => client.send(new ResetConnectorMetadataCacheCommand(input));
    const TICKETS = { answer: { isSuccess: true, entities: [{ entityIdentifier: "ticket", label: "Ticket" }] } };
    const FIELDS = {
      answer: {
        isSuccess: true,
        entityDefinition: {
          fields: [
            {
              fieldName: "id",
              dataType: "Long",
              label: "Id",
              isPrimaryKey: true,
              readProperties: { isRetrievable: true, isTimestampFieldForIncrementalQueries: false },
              writeProperties: { isCreatable: true, supportedWriteOperations: ["INSERT"] },
              constraints: { allowedValueRange: { minRange: 1, maxRange: 5 }, allowedValues: ["1"] },
              customProperties: { unit: "piece" },
            },
          ],
        },
      },
    };

    it("list folders and objects of a bucket, and describe them by their first records", async () => {
      await objects.put("lake", "crm/a.json", Buffer.from('{"id":1,"name":"Ann"}'));
      await objects.put("lake", "z.csv", Buffer.from("a\n1\n"));

      const found = await list({ connectorType: "S3", entitiesPath: "lake", connectorProfileName: "Test" });

      expect(found.connectorEntityMap).toEqual({
        Objects: [
          { name: "lake/crm/", label: "crm/", hasNestedEntities: true },
          { name: "lake/z.csv", label: "z.csv", hasNestedEntities: false },
        ],
      });
      expect(await fieldsOf("lake/crm/", { connectorType: "S3" })).toMatchObject([
        {
          identifier: "id",
          label: "id",
          supportedFieldTypeDetails: { v1: { fieldType: "int64", supportedValues: [] } },
          sourceProperties: { isRetrievable: true, isQueryable: true, isTimestampFieldForIncrementalQueries: false },
        },
        { identifier: "name", supportedFieldTypeDetails: { v1: { fieldType: "string" } } },
      ]);
    });

    it("page through a bucket by tokens of this list only", async () => {
      for (const key of ["a", "b/1", "c"]) await objects.put("lake", key, Buffer.from("x\n1\n"));
      const input = { connectorType: "S3", entitiesPath: "lake", maxResults: 2 };

      const first = await list(input);
      const last = await list({ ...input, nextToken: first.nextToken });

      const names = [first, last].map(({ connectorEntityMap: map }) => map!["Objects"]!.map(({ name }) => name));
      expect(names).toEqual([["lake/a", "lake/b/"], ["lake/c"]]);
      expect(last.nextToken).toBeUndefined();
      await expect(
        list({ connectorType: "S3", entitiesPath: "lake/b/", nextToken: first.nextToken }),
      ).rejects.toMatchObject({ name: "ValidationException" });
    });

    it("ask a registered connector with what its profile says", async () => {
      await register("helpdesk");
      await helpdeskProfile("desk");
      outcomes = { ListEntitiesRequest: TICKETS, DescribeEntityRequest: FIELDS };

      const found = await list({ connectorProfileName: "desk", entitiesPath: "all" });
      const fields = await fieldsOf("ticket", { connectorProfileName: "desk", apiVersion: "v2" });

      expect(found.connectorEntityMap).toEqual({
        Objects: [{ name: "ticket", label: "Ticket", hasNestedEntities: false }],
      });
      expect(fields).toEqual([
        {
          identifier: "id",
          label: "Id",
          isPrimaryKey: true,
          isDeprecated: false,
          supportedFieldTypeDetails: {
            v1: {
              fieldType: "Long",
              filterOperators: [
                "NOT_EQUAL_TO",
                "EQUAL_TO",
                "LESS_THAN",
                "LESS_THAN_OR_EQUAL_TO",
                "GREATER_THAN",
                "GREATER_THAN_OR_EQUAL_TO",
              ],
              supportedValues: ["1"],
              fieldValueRange: { minimum: 1, maximum: 5 },
            },
          },
          sourceProperties: { isRetrievable: true, isQueryable: false, isTimestampFieldForIncrementalQueries: false },
          destinationProperties: {
            isCreatable: true,
            isNullable: false,
            isUpsertable: false,
            isUpdatable: false,
            isDefaultedOnCreate: false,
            supportedWriteOperations: ["INSERT"],
          },
          customProperties: { unit: "piece" },
        },
      ]);
      const profile = (await app.ports.profiles.get("desk"))!;
      const context = (apiVersion: string): JsonObject => ({
        apiVersion,
        connectorRuntimeSettings: { instanceUrl: "https://helpdesk.example" },
        credentials: { secretArn: profile.credentialsArn, authenticationType: "ApiKey" },
        connectorProfileLabel: "desk",
      });
      expect(lambda.requests.slice(1)).toEqual([
        { type: "ListEntitiesRequest", entitiesPath: "all", maxResult: 1000, connectorContext: context("v1") },
        { type: "DescribeEntityRequest", entityIdentifier: "ticket", connectorContext: context("v2") },
      ]);
    });

    it("remember for an hour, or for as long as the connector says", async () => {
      await register("helpdesk");
      await helpdeskProfile("desk");
      const twoHours = { cacheControl: { timeToLive: 2, timeToLiveUnit: "HOURS" } };
      outcomes = {
        ListEntitiesRequest: TICKETS,
        DescribeEntityRequest: { answer: { ...FIELDS.answer, ...twoHours } },
      };
      // The clock is turned, and signatures of another hour are refused.
      const unsigned = createTestApp({ connectors, ports: app.ports, config: { callers: "anyone" } });
      const asked = async () => {
        const before = lambda.requests.length;
        const profile = { connectorProfileName: "desk" };
        await post(unsigned, "/list-connector-entities", profile);
        await post(unsigned, "/describe-connector-entity", { ...profile, connectorEntityName: "ticket" });
        return typesAsked().slice(before);
      };

      const [first, again] = [await asked(), await asked()];
      now += HOUR_MS;
      const hourLater = await asked();
      now += HOUR_MS;

      expect([first, again, hourLater, await asked()]).toEqual([
        ["ListEntitiesRequest", "DescribeEntityRequest"],
        [],
        ["ListEntitiesRequest"],
        ["ListEntitiesRequest", "DescribeEntityRequest"],
      ]);
    });

    it("forget the names of entities, or the fields of one, when the cache is reset", async () => {
      await register("helpdesk");
      await helpdeskProfile("desk");
      outcomes = { ListEntitiesRequest: TICKETS, DescribeEntityRequest: FIELDS };
      const asked = async () => {
        const before = lambda.requests.length;
        for (const entitiesPath of [undefined, "all"]) await list({ connectorProfileName: "desk", entitiesPath });
        for (const entity of ["ticket", "user"]) await fieldsOf(entity, { connectorProfileName: "desk" });
        return lambda.requests.slice(before).map((each) => each["entitiesPath"] ?? each["entityIdentifier"] ?? "names");
      };
      await asked();

      await reset({ connectorProfileName: "desk" });
      const afterNames = await asked();
      await reset({ connectorProfileName: "desk", connectorEntityName: "user" });

      expect([afterNames, await asked()]).toEqual([["names", "all"], ["user"]]);
    });

    it("ask again when the profile or its connector has changed", async () => {
      await register("helpdesk");
      await helpdeskProfile("desk");
      outcomes = { ListEntitiesRequest: TICKETS };
      const asked = async () => {
        const before = lambda.requests.length;
        await list({ connectorProfileName: "desk" });
        return typesAsked().slice(before);
      };
      await asked();
      const profile = (await app.ports.profiles.get("desk"))!;
      await app.ports.profiles.update({ ...profile, version: profile.version + 1 });
      const afterProfile = await asked();
      await client.send(new UpdateConnectorRegistrationCommand({ connectorLabel: "helpdesk" }));

      expect([afterProfile, await asked()]).toEqual([["ListEntitiesRequest"], ["ListEntitiesRequest"]]);
    });

    it("remember no failure", async () => {
      await register("helpdesk");
      await helpdeskProfile("desk");
      outcomes = {
        ListEntitiesRequest: {
          answer: { isSuccess: false, errorDetails: { errorCode: "InvalidCredentials", errorMessage: "expired" } },
        },
        DescribeEntityRequest: { answer: { isSuccess: true } },
      };
      await expect(list({ connectorProfileName: "desk" })).rejects.toMatchObject({
        name: "ConnectorAuthenticationException",
        message: "Error while authenticating to connector: Got error from connector. expired",
        $metadata: { httpStatusCode: 401 },
      });
      await expect(fieldsOf("ticket", { connectorProfileName: "desk" })).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
      outcomes = { ListEntitiesRequest: TICKETS, DescribeEntityRequest: FIELDS };

      expect((await list({ connectorProfileName: "desk" })).connectorEntityMap!["Objects"]).toHaveLength(1);
      expect(await fieldsOf("ticket", { connectorProfileName: "desk" })).toHaveLength(1);
    });

    it.each<[FunctionOutcome, string]>([
      [{ refused: { status: 404, name: "ResourceNotFoundException" } }, "ConnectorServerException"],
      [{ refused: { status: 403, name: "AccessDeniedException" } }, "ConnectorServerException"],
      [{ refused: { status: 429, name: "TooManyRequestsException" } }, "ConnectorServerException"],
      [{ error: { errorType: "RuntimeError", errorMessage: "oops" } }, "ConnectorServerException"],
      [{ answer: { isSuccess: true, entities: [{}], nextToken: 3 } }, "ConnectorServerException"],
      [{ answer: { isSuccess: true, entities: [], nextToken: "x".repeat(3000) } }, "ConnectorServerException"],
    ])("say what went wrong when the function does %j", async (outcome, name) => {
      await register("helpdesk");
      await helpdeskProfile("desk");
      outcomes = { ListEntitiesRequest: outcome };

      await expect(list({ connectorProfileName: "desk" })).rejects.toMatchObject({
        name,
        message: expect.stringMatching(/^Error while communicating to connector: /) as unknown,
      });
    });

    it("cannot look into a connector that this engine does not read", async () => {
      await addProfile("desk", { connector: "Zendesk" });

      for (const calling of [
        list({ connectorProfileName: "desk", connectorType: "Zendesk" }),
        fieldsOf("tickets", { connectorProfileName: "desk" }),
      ]) {
        await expect(calling).rejects.toMatchObject({
          name: "ConnectorServerException",
          message: expect.stringContaining("This engine keeps flows with Zendesk, but it cannot ") as unknown,
        });
      }
    });

    it.each<[string, object, string, string]>([
      ["nothing", {}, "ValidationException", "name a profile, or a connectorType that needs none"],
      ["no profile", { connectorType: "Zendesk" }, "ValidationException", "Zendesk needs a connector profile"],
      [
        "a profile that is not there",
        { connectorProfileName: "nope" },
        "ResourceNotFoundException",
        "Connector Profile with name nope does not exist.",
      ],
      [
        "a profile of another connector",
        { connectorProfileName: "market", connectorType: "Slack" },
        "ValidationException",
        "profile market is of Marketo, not of Slack",
      ],
      [
        "a profile whose connector is gone",
        { connectorProfileName: "left" },
        "ResourceNotFoundException",
        "Connector:gone is not registered.",
      ],
    ])("refuse to look into what %s names", async (_, input, name, message) => {
      await addProfile("market", { connector: "Marketo" });
      await addProfile("left", { connector: "CustomConnector", label: "gone" });

      for (const calling of [list(input), fieldsOf("x", input), reset(input)]) {
        await expect(calling).rejects.toMatchObject({ name, message: expect.stringContaining(message) as unknown });
      }
    });

    it("refuse a bucket that is not named, not there, or holds no such thing", async () => {
      await expect(list({ connectorType: "S3" })).rejects.toMatchObject({ name: "ConnectorServerException" });
      await expect(list({ connectorType: "S3", entitiesPath: "nowhere" })).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
      await expect(fieldsOf("lake/none/", { connectorType: "S3" })).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: "Amazon S3 has no entity lake/none/.",
      });
    });
  });

  it("may be read but not changed with a read-only key", async () => {
    client = clientOf(READER_KEY);

    expect((await client.send(new ListConnectorsCommand({}))).connectors).toEqual([]);
    await expect(register("helpdesk")).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(client.send(new ResetConnectorMetadataCacheCommand({ connectorType: "S3" }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});
