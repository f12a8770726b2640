import {
  type ConnectorOperator,
  CreateFlowCommand,
  type CreateFlowCommandInput,
  ListFlowsCommand,
  UnregisterConnectorCommand,
  UpdateFlowCommand,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CONFIGURATION, type ConnectorWorld, openConnectorWorld } from "../support/connector-world.ts";

const VALIDATE = "ValidateConnectorRuntimeSettingsRequest";
const setting = (key: string, scope: string, more: object = {}) => ({
  key,
  dataType: "String",
  required: true,
  scope,
  ...more,
});

/** A registered connector decides itself about a flow's settings for it. */
describe("customProperties of a registered connector", () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await openConnectorWorld();
  });

  afterEach(() => world.close());

  /** Registers a connector with these settings besides that of its profile, and makes a profile of it. */
  async function register(...settings: readonly object[]): Promise<void> {
    const connectorRuntimeSetting = [...CONFIGURATION.connectorRuntimeSetting, ...settings];
    world.outcomes["DescribeConnectorConfigurationRequest"] = { answer: { ...CONFIGURATION, connectorRuntimeSetting } };
    await world.register("helpdesk");
    await world.helpdeskProfile("prod");
  }

  const refuse = (errorsByInputField: Readonly<Record<string, string>>) => {
    const errorDetails = { errorCode: "InvalidArgument", errorMessage: "the settings are wrong" };
    world.outcomes[VALIDATE] = { answer: { isSuccess: false, errorDetails, errorsByInputField } };
  };

  const validations = () => world.lambda.requests.filter(({ type }) => type === VALIDATE);
  const flowNames = async () =>
    (await world.client.send(new ListFlowsCommand({}))).flows!.map(({ flowName }) => flowName);
  const create = (changes: Partial<CreateFlowCommandInput>) =>
    world.client.send(new CreateFlowCommand({ ...FROM_S3, ...changes }));

  it("are checked by its function at CreateFlow, with the profile's settings", async () => {
    await register(setting("workspace", "SOURCE"));
    world.outcomes[VALIDATE] = { answer: { isSuccess: true } };

    await create(fromHelpdesk({ workspace: "w-1" }));

    expect(validations()).toEqual([
      {
        type: VALIDATE,
        scope: "SOURCE",
        connectorRuntimeSettings: { instanceUrl: "https://helpdesk.example", workspace: "w-1" },
        authenticationType: "ApiKey",
      },
    ]);
    expect(await flowNames()).toEqual(["tickets"]);
  });

  it("are refused with everything that it finds, in the service's form, and nothing is kept", async () => {
    await register(
      setting("workspace", "SOURCE"),
      setting("tier", "SOURCE_AND_DESTINATION", { connectorSuppliedValueOptions: ["gold", "tin"] }),
    );
    refuse({ workspace: "there is no workspace w-2", tier: "unknown" });

    await expect(create(fromHelpdesk({ workspace: "w-2", tier: "lead" }))).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "Create Flow request failed: [" +
        "sourceFlowConfig.sourceConnectorProperties.CustomConnector.customProperties.workspace: there is no workspace w-2, " +
        "sourceFlowConfig.sourceConnectorProperties.CustomConnector.customProperties.tier: unknown — give one of gold, tin]",
    });
    expect(await flowNames()).toEqual([]);
  });

  it("are those of a destination where it is one", async () => {
    await register(setting("queue", "DESTINATION"));
    refuse({ queue: "it is closed" });

    await expect(create(toHelpdesk({ queue: "q" }))).rejects.toThrow(
      "[destinationFlowConfigList[0].destinationConnectorProperties.CustomConnector.customProperties.queue: it is closed]",
    );
    expect(validations()).toMatchObject([{ scope: "DESTINATION", connectorRuntimeSettings: { queue: "q" } }]);
  });

  it("are asked for where it has settings for that end and none is given, and nowhere else", async () => {
    await register(setting("queue", "DESTINATION"));
    refuse({ queue: "it is missing" });

    await create(fromHelpdesk(undefined));
    await expect(create(toHelpdesk(undefined))).rejects.toThrow("customProperties.queue: it is missing]");

    expect(validations()).toHaveLength(1);
  });

  it("are checked where it declares none, for it may refuse them", async () => {
    await register();
    refuse({ colour: "nobody knows this setting" });

    await expect(create(fromHelpdesk({ colour: "red" }))).rejects.toThrow(
      "customProperties.colour: nobody knows this setting]",
    );
  });

  it("are checked again at UpdateFlow, and the flow stays as it was when they are refused", async () => {
    await register(setting("workspace", "SOURCE"));
    world.outcomes[VALIDATE] = { answer: { isSuccess: true } };
    await create(fromHelpdesk({ workspace: "w-1" }));
    const before = world.app.dump();
    refuse({ workspace: "it is gone" });

    const { kmsArn: _, tags: __, ...update } = { ...FROM_S3, ...fromHelpdesk({ workspace: "w-3" }) };

    await expect(world.client.send(new UpdateFlowCommand(update))).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(
        /^Update Flow request failed due to:\[.*customProperties\.workspace: it is gone\]$/,
      ) as unknown,
    });
    expect(world.app.dump()).toBe(before);
  });

  it("are not checked a second time when a call is repeated", async () => {
    await register(setting("workspace", "SOURCE"));
    world.outcomes[VALIDATE] = { answer: { isSuccess: true } };

    const changes = { ...fromHelpdesk({ workspace: "w-1" }), clientToken: "t-1" };
    const [first, second] = [await create(changes), await create(changes)];

    expect(second.flowArn).toBe(first.flowArn);
    expect(validations()).toHaveLength(1);
  });

  it.each([
    [{ errorCode: "ServerError", errorMessage: "out of order" }, "ConnectorServerException", 3],
    [{ errorCode: "ClientError", errorMessage: "out of order" }, "ConnectorServerException", 1],
    [{ errorCode: "AccessDenied", errorMessage: "out of order" }, "ConnectorAuthenticationException", 1],
  ])("leave no flow when its function answers %j", async (errorDetails, name, calls) => {
    await register(setting("workspace", "SOURCE"));
    world.outcomes[VALIDATE] = { answer: { isSuccess: false, errorDetails } };

    await expect(create(fromHelpdesk({ workspace: "w-1" }))).rejects.toMatchObject({
      name,
      message: expect.stringContaining("out of order") as unknown,
    });
    expect(validations()).toHaveLength(calls);
    expect(await flowNames()).toEqual([]);
  });

  it("cannot be checked when it is registered no more", async () => {
    await register();
    await world.client.send(new UnregisterConnectorCommand({ connectorLabel: "helpdesk", forceDelete: true }));

    await expect(create(fromHelpdesk(undefined))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Connector:helpdesk is not registered.",
    });
  });
});

const FROM_S3: CreateFlowCommandInput = {
  flowName: "tickets",
  triggerConfig: { triggerType: "OnDemand" },
  sourceFlowConfig: {
    connectorType: "S3",
    sourceConnectorProperties: { S3: { bucketName: "lake", bucketPrefix: "in" } },
  },
  destinationFlowConfigList: [{ connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "lake" } } }],
  tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { S3: "NO_OP" } satisfies ConnectorOperator }],
};

function fromHelpdesk(customProperties: Record<string, string> | undefined): Partial<CreateFlowCommandInput> {
  return {
    sourceFlowConfig: {
      connectorType: "CustomConnector",
      connectorProfileName: "prod",
      apiVersion: "v1",
      sourceConnectorProperties: { CustomConnector: { entityName: "ticket", customProperties } },
    },
    tasks: [{ taskType: "Map_all", sourceFields: [] }],
  };
}

function toHelpdesk(customProperties: Record<string, string> | undefined): Partial<CreateFlowCommandInput> {
  return {
    destinationFlowConfigList: [
      {
        connectorType: "CustomConnector",
        connectorProfileName: "prod",
        apiVersion: "v1",
        destinationConnectorProperties: {
          CustomConnector: { entityName: "ticket", writeOperationType: "INSERT", customProperties },
        },
      },
    ],
  };
}
