import {
  DescribeConnectorCommand,
  DescribeConnectorsCommand,
  ListConnectorsCommand,
  paginateDescribeConnectors,
  paginateListConnectors,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectorType } from "../../src/api/connector-shapes.ts";
import { LAMBDA, type ConnectorWorld, openConnectorWorld } from "../support/connector-world.ts";

/** What the API tells of connectors, through the official client. */
describe("the catalogue of connectors", () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await openConnectorWorld();
  });

  afterEach(() => world.close());

  describe("DescribeConnectors", () => {
    it("describes all connectors of the catalogue, page by page", async () => {
      const pages = [];
      for await (const page of paginateDescribeConnectors({ client: world.client, pageSize: 10 }, {})) pages.push(page);

      const types = pages.flatMap(({ connectorConfigurations }) => Object.keys(connectorConfigurations!));
      expect(pages.map(({ connectors }) => connectors!.length)).toEqual([10, 10, 3]);
      expect(types).toEqual(ConnectorType.values!.filter((type) => type !== "CustomConnector").toSorted());
      expect(pages.flatMap(({ connectors }) => connectors!.map(({ connectorType }) => connectorType))).toEqual(types);
    });

    it("describes those that are asked for", async () => {
      const { connectorConfigurations: found, ...rest } = await world.client.send(
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
      const { nextToken } = await world.client.send(new DescribeConnectorsCommand({ maxResults: 1 }));
      const other = new DescribeConnectorsCommand({ maxResults: 1, nextToken, connectorTypes: ["S3"] });

      await expect(world.client.send(other)).rejects.toMatchObject({ name: "ValidationException" });
    });
  });

  describe("DescribeConnector", () => {
    it("describes a connector of the catalogue", async () => {
      const { connectorConfiguration: found } = await world.client.send(
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
      const { connectorArn } = await world.register("helpdesk");

      expect(connectorArn).toBe("arn:aws:appflow:eu-west-1:111122223333:connector/helpdesk");
      expect(await world.describeRegistered("helpdesk")).toEqual({
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
        registeredAt: new Date(world.now),
        registeredBy: "arn:aws:iam::111122223333:user/ops",
      });
    });

    it("asks for a label, and knows no connector that is not registered", async () => {
      await expect(
        world.client.send(new DescribeConnectorCommand({ connectorType: "CustomConnector" })),
      ).rejects.toMatchObject({ name: "ValidationException" });
      await expect(world.describeRegistered("nothing")).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: "Connector:nothing is not registered.",
      });
    });
  });

  describe("ListConnectors", () => {
    it("lists the registered connectors, page by page", async () => {
      for (const label of ["ledger", "helpdesk", "mail"]) await world.register(label, { description: `The ${label}` });
      const pages = [];
      for await (const page of paginateListConnectors({ client: world.client, pageSize: 2 }, {}))
        pages.push(page.connectors!);

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
        registeredAt: new Date(world.now),
        registeredBy: "arn:aws:iam::111122223333:user/ops",
      });
    });

    it("lists none when none is registered", async () => {
      expect((await world.client.send(new ListConnectorsCommand({}))).connectors).toEqual([]);
    });
  });
});
