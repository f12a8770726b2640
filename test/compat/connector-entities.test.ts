import {
  DescribeConnectorEntityCommand,
  ListConnectorEntitiesCommand,
  ResetConnectorMetadataCacheCommand,
  UpdateConnectorRegistrationCommand,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { createTestApp, post } from "../support/test-app.ts";
import { type ConnectorWorld, openConnectorWorld } from "../support/connector-world.ts";
import type { FunctionOutcome } from "../support/lambda-server.ts";

const HOUR_MS = 3_600_000;

/** What connectors have, through the official client. */
describe("ListConnectorEntities and DescribeConnectorEntity", () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await openConnectorWorld();
  });

  afterEach(() => world.close());

  const list = (input: object) => world.client.send(new ListConnectorEntitiesCommand(input));
  const fieldsOf = async (connectorEntityName: string, input: object) => {
    const command = new DescribeConnectorEntityCommand({ connectorEntityName, ...input });
    return (await world.client.send(command)).connectorEntityFields;
  };
  const reset = (input: object) => world.client.send(new ResetConnectorMetadataCacheCommand(input));
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
    await world.objects.put("lake", "crm/a.json", Buffer.from('{"id":1,"name":"Ann"}'));
    await world.objects.put("lake", "z.csv", Buffer.from("a\n1\n"));

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
    for (const key of ["a", "b/1", "c"]) await world.objects.put("lake", key, Buffer.from("x\n1\n"));
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
    await world.register("helpdesk");
    await world.helpdeskProfile("desk");
    world.outcomes = { ListEntitiesRequest: TICKETS, DescribeEntityRequest: FIELDS };

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
    const profile = (await world.app.ports.profiles.get("desk"))!;
    const context = (apiVersion: string): JsonObject => ({
      apiVersion,
      connectorRuntimeSettings: { instanceUrl: "https://helpdesk.example" },
      credentials: { secretArn: profile.credentialsArn, authenticationType: "ApiKey" },
      connectorProfileLabel: "desk",
    });
    expect(world.lambda.requests.slice(1)).toEqual([
      { type: "ListEntitiesRequest", entitiesPath: "all", maxResult: 1000, connectorContext: context("v1") },
      { type: "DescribeEntityRequest", entityIdentifier: "ticket", connectorContext: context("v2") },
    ]);
  });

  it("remember for an hour, or for as long as the connector says", async () => {
    await world.register("helpdesk");
    await world.helpdeskProfile("desk");
    const twoHours = { cacheControl: { timeToLive: 2, timeToLiveUnit: "HOURS" } };
    world.outcomes = {
      ListEntitiesRequest: TICKETS,
      DescribeEntityRequest: { answer: { ...FIELDS.answer, ...twoHours } },
    };
    // The clock is turned, and signatures of another hour are refused.
    const unsigned = createTestApp({ connectors, ports: world.app.ports, config: { callers: "anyone" } });
    const asked = async () => {
      const before = world.lambda.requests.length;
      const profile = { connectorProfileName: "desk" };
      await post(unsigned, "/list-connector-entities", profile);
      await post(unsigned, "/describe-connector-entity", { ...profile, connectorEntityName: "ticket" });
      return world.typesAsked().slice(before);
    };

    const [first, again] = [await asked(), await asked()];
    world.now += HOUR_MS;
    const hourLater = await asked();
    world.now += HOUR_MS;

    expect([first, again, hourLater, await asked()]).toEqual([
      ["ListEntitiesRequest", "DescribeEntityRequest"],
      [],
      ["ListEntitiesRequest"],
      ["ListEntitiesRequest", "DescribeEntityRequest"],
    ]);
  });

  it("forget the names of entities, or the fields of one, when the cache is reset", async () => {
    await world.register("helpdesk");
    await world.helpdeskProfile("desk");
    world.outcomes = { ListEntitiesRequest: TICKETS, DescribeEntityRequest: FIELDS };
    const asked = async () => {
      const before = world.lambda.requests.length;
      for (const entitiesPath of [undefined, "all"]) await list({ connectorProfileName: "desk", entitiesPath });
      for (const entity of ["ticket", "user"]) await fieldsOf(entity, { connectorProfileName: "desk" });
      return world.lambda.requests
        .slice(before)
        .map((each) => each["entitiesPath"] ?? each["entityIdentifier"] ?? "names");
    };
    await asked();

    await reset({ connectorProfileName: "desk" });
    const afterNames = await asked();
    await reset({ connectorProfileName: "desk", connectorEntityName: "user" });

    expect([afterNames, await asked()]).toEqual([["names", "all"], ["user"]]);
  });

  it("ask again when the profile or its connector has changed", async () => {
    await world.register("helpdesk");
    await world.helpdeskProfile("desk");
    world.outcomes = { ListEntitiesRequest: TICKETS };
    const asked = async () => {
      const before = world.lambda.requests.length;
      await list({ connectorProfileName: "desk" });
      return world.typesAsked().slice(before);
    };
    await asked();
    const profile = (await world.app.ports.profiles.get("desk"))!;
    await world.app.ports.profiles.update({ ...profile, version: profile.version + 1 });
    const afterProfile = await asked();
    await world.client.send(new UpdateConnectorRegistrationCommand({ connectorLabel: "helpdesk" }));

    expect([afterProfile, await asked()]).toEqual([["ListEntitiesRequest"], ["ListEntitiesRequest"]]);
  });

  it("remember no failure", async () => {
    await world.register("helpdesk");
    await world.helpdeskProfile("desk");
    world.outcomes = {
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
    world.outcomes = { ListEntitiesRequest: TICKETS, DescribeEntityRequest: FIELDS };

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
    await world.register("helpdesk");
    await world.helpdeskProfile("desk");
    world.outcomes = { ListEntitiesRequest: outcome };

    await expect(list({ connectorProfileName: "desk" })).rejects.toMatchObject({
      name,
      message: expect.stringMatching(/^Error while communicating to connector: /) as unknown,
    });
  });

  it("cannot look into a connector that this engine does not read", async () => {
    await world.addProfile("docs", { connector: "Veeva" });

    for (const calling of [
      list({ connectorProfileName: "docs", connectorType: "Veeva" }),
      fieldsOf("documents", { connectorProfileName: "docs" }),
    ]) {
      await expect(calling).rejects.toMatchObject({
        name: "ConnectorServerException",
        message: expect.stringContaining("This engine keeps flows with Veeva Vault, but it cannot ") as unknown,
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
    await world.addProfile("market", { connector: "Marketo" });
    await world.addProfile("left", { connector: "CustomConnector", label: "gone" });

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
