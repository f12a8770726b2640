import {
  ListConnectorsCommand,
  RegisterConnectorCommand,
  ResetConnectorMetadataCacheCommand,
  UnregisterConnectorCommand,
  UpdateConnectorRegistrationCommand,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { READER_KEY } from "../support/test-app.ts";
import { CONFIGURATION, LAMBDA, type ConnectorWorld, openConnectorWorld } from "../support/connector-world.ts";
import type { FunctionOutcome } from "../support/lambda-server.ts";

/** How connectors come and go, through the official client. */
describe("registered connectors", () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await openConnectorWorld();
  });

  afterEach(() => world.close());

  describe("RegisterConnector", () => {
    it("gives the first answer again to the same token and request, and asks the function once", async () => {
      const first = await world.register("helpdesk", { clientToken: "t-1" });
      const again = await world.register("helpdesk", { clientToken: "t-1" });

      expect(again.connectorArn).toBe(first.connectorArn);
      expect(world.typesAsked()).toEqual(["DescribeConnectorConfigurationRequest"]);
      await expect(world.register("other", { clientToken: "t-1" })).rejects.toMatchObject({
        name: "ConflictException",
      });
    });

    it("refuses a label that is taken", async () => {
      await world.register("helpdesk");

      await expect(world.register("helpdesk")).rejects.toMatchObject({
        name: "ConflictException",
        message: "A connector with label helpdesk is already registered.",
      });
    });

    it("names everything that is missing or wrong", async () => {
      await expect(world.client.send(new RegisterConnectorCommand({}))).rejects.toMatchObject({
        name: "ValidationException",
        message:
          "connectorLabel: it is missing — give the connector a name; connectorProvisioningType: it is missing — give LAMBDA; " +
          "connectorProvisioningConfig.lambda.lambdaArn: it is missing — give the ARN of the connector's function",
      });
      const lambdaArn = "arn:aws:s3:eu-west-1:111122223333:bucket";
      await expect(
        world.register("x1", { connectorProvisioningConfig: { lambda: { lambdaArn } } }),
      ).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining(lambdaArn) as unknown,
      });
      expect(world.lambda.requests).toEqual([]);
    });

    it.each<[FunctionOutcome, string]>([
      [{ refused: { status: 404, name: "ResourceNotFoundException" } }, "ResourceNotFoundException"],
      [{ refused: { status: 403, name: "AccessDeniedException" } }, "AccessDeniedException"],
      [{ refused: { status: 429, name: "TooManyRequestsException" } }, "ThrottlingException"],
      [
        { answer: { isSuccess: false, errorDetails: { errorCode: "RateLimitExceeded", errorMessage: "slow down" } } },
        "ThrottlingException",
      ],
      [{ error: { errorType: "RuntimeError", errorMessage: "oops" } }, "ConnectorServerException"],
      [{ answer: { isSuccess: true } }, "ConnectorServerException"],
      [
        { answer: { isSuccess: false, errorDetails: { errorCode: "AccessDenied", errorMessage: "no" } } },
        "ConnectorAuthenticationException",
      ],
    ])("keeps nothing when the function does %j", async (outcome, name) => {
      world.outcomes = { DescribeConnectorConfigurationRequest: outcome };

      await expect(world.register("helpdesk")).rejects.toMatchObject({ name });
      expect(await world.app.ports.registrations.get("helpdesk")).toBeUndefined();
    });

    it("speaks of answers that cannot be used as the service does", async () => {
      world.outcomes = { DescribeConnectorConfigurationRequest: { answer: {} } };

      await expect(world.register("helpdesk")).rejects.toThrow(
        "Error while communicating to connector: Got error from connector. No valid response and error details found in the connector response.",
      );
    });
  });

  describe("UpdateConnectorRegistration", () => {
    const update = (changes: object) =>
      world.client.send(new UpdateConnectorRegistrationCommand({ connectorLabel: "helpdesk", ...changes }));

    it("asks the function again, and keeps the description", async () => {
      await world.register("helpdesk", { description: "Tickets" });
      world.outcomes = {
        DescribeConnectorConfigurationRequest: { answer: { ...CONFIGURATION, connectorVersion: "2.0" } },
      };

      const { connectorArn } = await update({});

      expect(connectorArn).toBe("arn:aws:appflow:eu-west-1:111122223333:connector/helpdesk");
      expect(await world.describeRegistered("helpdesk")).toMatchObject({
        connectorVersion: "2.0",
        connectorDescription: "Tickets",
        connectorProvisioningConfig: { lambda: { lambdaArn: `${LAMBDA}helpdesk` } },
      });
    });

    it("takes another function and description", async () => {
      await world.register("helpdesk");

      await update({
        description: "New",
        connectorProvisioningConfig: { lambda: { lambdaArn: `${LAMBDA}helpdesk:2` } },
      });

      expect(await world.describeRegistered("helpdesk")).toMatchObject({
        connectorDescription: "New",
        connectorProvisioningConfig: { lambda: { lambdaArn: `${LAMBDA}helpdesk:2` } },
      });
    });

    it("repeats nothing for the same token", async () => {
      await world.register("helpdesk");
      await update({ clientToken: "t-1", description: "One" });
      await update({ description: "Two" });
      await update({ clientToken: "t-1", description: "One" });

      expect((await world.describeRegistered("helpdesk")).connectorDescription).toBe("Two");
    });

    it("changes nothing when the function gives no usable answer", async () => {
      await world.register("helpdesk");
      world.outcomes = { DescribeConnectorConfigurationRequest: { text: "no" } };

      await expect(update({ description: "New" })).rejects.toMatchObject({ name: "ConnectorServerException" });
      expect((await world.describeRegistered("helpdesk")).connectorDescription).toBe("Help desk");
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
      world.client.send(new UnregisterConnectorCommand({ connectorLabel: "helpdesk", forceDelete }));

    it("forgets a connector that nobody uses", async () => {
      await world.register("helpdesk");
      await world.addProfile("other", { connector: "CustomConnector", label: "ledger" });

      await unregister();

      await expect(world.describeRegistered("helpdesk")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
      await expect(unregister()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });

    it("refuses one that profiles use, unless forced", async () => {
      await world.register("helpdesk");
      await world.helpdeskProfile("desk-1");

      await expect(unregister(false)).rejects.toMatchObject({
        name: "ConflictException",
        message: "Connector helpdesk is in use by connector profile desk-1 — delete its profiles, or set forceDelete",
      });
      await unregister(true);

      expect(await world.app.ports.registrations.get("helpdesk")).toBeUndefined();
    });
  });

  it("may be read but not changed with a read-only key", async () => {
    const reader = world.clientOf(READER_KEY);
    const denied = { name: "AccessDeniedException" };
    const registering = new RegisterConnectorCommand({
      connectorLabel: "helpdesk",
      connectorProvisioningType: "LAMBDA",
      connectorProvisioningConfig: { lambda: { lambdaArn: `${LAMBDA}helpdesk` } },
    });

    expect((await reader.send(new ListConnectorsCommand({}))).connectors).toEqual([]);
    await expect(reader.send(registering)).rejects.toMatchObject(denied);
    await expect(reader.send(new ResetConnectorMetadataCacheCommand({ connectorType: "S3" }))).rejects.toMatchObject(
      denied,
    );
    reader.destroy();
  });
});
