import * as sdk from "@aws-sdk/client-appflow";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../src/api/operation-table.ts";
import type { Quotas } from "../../src/api/context.ts";
import type { ErrorName } from "../../src/api/problems.ts";
import { claimRun } from "../../src/run/claim-run.ts";
import { CONFIGURATION, type ConnectorWorld, LAMBDA, openConnectorWorld } from "../support/connector-world.ts";
import { READER_KEY } from "../support/test-app.ts";

/*
 * Every error of every operation of the service's model, over HTTP and through the official client: it is provoked here, or
 * it is said why this engine never gives it.
 */

type Call = readonly [operation: string, input: object];

interface Case {
  readonly prepare?: (world: ConnectorWorld) => unknown;
  /** Made before, and answered. */
  readonly before?: readonly Call[];
  readonly input: object;
  readonly withKey?: typeof READER_KEY;
  readonly quotas?: Quotas;
}

const S3_FLOW = {
  flowName: "orders",
  triggerConfig: { triggerType: "OnDemand" },
  sourceFlowConfig: {
    connectorType: "S3",
    sourceConnectorProperties: { S3: { bucketName: "lake", bucketPrefix: "in" } },
  },
  destinationFlowConfigList: [{ connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "lake" } } }],
  tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { S3: "NO_OP" } }],
};
const HELPDESK_FLOW = {
  ...S3_FLOW,
  sourceFlowConfig: {
    connectorType: "CustomConnector",
    connectorProfileName: "prod",
    apiVersion: "v1",
    sourceConnectorProperties: { CustomConnector: { entityName: "ticket", customProperties: { workspace: "w" } } },
  },
  tasks: [{ taskType: "Map_all", sourceFields: [] }],
};
const HELPDESK_PROFILE = {
  connectorProfileName: "desk",
  connectorType: "CustomConnector",
  connectorLabel: "helpdesk",
  connectionMode: "Public",
  connectorProfileConfig: {
    connectorProfileProperties: {
      CustomConnector: { profileProperties: { instanceUrl: "https://helpdesk.example" } },
    },
    connectorProfileCredentials: { CustomConnector: { authenticationType: "APIKEY", apiKey: { apiKey: "k" } } },
  },
};
const { connectorType: _, connectorLabel: __, ...PROFILE_CHANGE } = HELPDESK_PROFILE;
const HELPDESK = {
  connectorLabel: "helpdesk",
  connectorProvisioningType: "LAMBDA",
  connectorProvisioningConfig: { lambda: { lambdaArn: `${LAMBDA}helpdesk` } },
};
const ORDERS_ARN = "arn:aws:appflow:eu-west-1:111122223333:flow/orders";
const TOO_LONG = "x".repeat(300);

/** A registered connector with a profile: its function fails like that from then on, whatever it is asked. */
const helpdesk =
  (errorCode: string, meanwhile: readonly Call[] = []) =>
  async (world: ConnectorWorld) => {
    const setting = { key: "workspace", dataType: "String", required: false, label: "Workspace", scope: "SOURCE" };
    const connectorRuntimeSetting = [...CONFIGURATION.connectorRuntimeSetting, setting];
    world.outcomes = {
      DescribeConnectorConfigurationRequest: { answer: { ...CONFIGURATION, connectorRuntimeSetting } },
    };
    await world.register("helpdesk");
    await world.helpdeskProfile("prod");
    for (const [operation, sent] of meanwhile) await send(world.client, operation, sent);
    const failed = { answer: { isSuccess: false, errorDetails: { errorCode, errorMessage: "no" } } };
    world.outcomes = new Proxy({}, { get: () => failed });
  };
/** The function of a connector that is to be registered does that when it is called. */
const calledForTheFirstTime = (outcome: ConnectorWorld["outcomes"][string]) => (world: ConnectorWorld) => {
  world.outcomes = { DescribeConnectorConfigurationRequest: outcome };
};
const refusing = (status: number, name: string) => calledForTheFirstTime({ refused: { status, name } });
const failing = (errorCode: string) =>
  calledForTheFirstTime({ answer: { isSuccess: false, errorDetails: { errorCode, errorMessage: "no" } } });
const running = async ({ app }: ConnectorWorld) => {
  await claimRun((await app.ports.flows.get("orders"))!, "run", app.ports);
};
const fromHelpdesk: readonly Call[] = [["CreateFlow", HELPDESK_FLOW]];
const made: readonly Call[] = [["CreateFlow", S3_FLOW]];
const registered: readonly Call[] = [["RegisterConnector", HELPDESK]];
const connected: readonly Call[] = [...registered, ["CreateConnectorProfile", HELPDESK_PROFILE]];
const ENTITY = {
  connectorType: "CustomConnector",
  connectorProfileName: "prod",
  apiVersion: "v1",
  connectorEntityName: "ticket",
};

const CASES: Readonly<Record<string, Partial<Record<ErrorName, Case>>>> = {
  CreateFlow: {
    ValidationException: { input: { ...S3_FLOW, tasks: [] } },
    ResourceNotFoundException: { input: HELPDESK_FLOW },
    ServiceQuotaExceededException: { quotas: { flows: 0 }, input: S3_FLOW },
    ConflictException: { before: made, input: S3_FLOW },
    ConnectorAuthenticationException: { prepare: helpdesk("AccessDenied"), input: HELPDESK_FLOW },
    ConnectorServerException: { prepare: helpdesk("ClientError"), input: HELPDESK_FLOW },
    AccessDeniedException: { withKey: READER_KEY, input: S3_FLOW },
  },
  DescribeFlow: { ResourceNotFoundException: { input: { flowName: "orders" } } },
  ListFlows: { ValidationException: { input: { nextToken: "forged" } } },
  StartFlow: {
    ResourceNotFoundException: { input: { flowName: "orders" } },
    ServiceQuotaExceededException: { quotas: { concurrentRuns: 0 }, before: made, input: { flowName: "orders" } },
    ConflictException: { before: made, prepare: running, input: { flowName: "orders" } },
  },
  DescribeFlowExecutionRecords: {
    ValidationException: { before: made, input: { flowName: "orders", nextToken: "forged" } },
    ResourceNotFoundException: { input: { flowName: "orders" } },
  },
  DeleteFlow: {
    ResourceNotFoundException: { input: { flowName: "orders" } },
    ConflictException: { before: made, prepare: running, input: { flowName: "orders" } },
  },
  UpdateFlow: {
    ValidationException: { before: made, input: { ...S3_FLOW, tasks: [] } },
    ResourceNotFoundException: { input: S3_FLOW },
    ConflictException: {
      before: [...made, ["UpdateFlow", { ...S3_FLOW, clientToken: "t" }]],
      input: { ...S3_FLOW, description: "other", clientToken: "t" },
    },
    ConnectorAuthenticationException: { prepare: helpdesk("AccessDenied", fromHelpdesk), input: HELPDESK_FLOW },
    ConnectorServerException: { prepare: helpdesk("ClientError", fromHelpdesk), input: HELPDESK_FLOW },
    AccessDeniedException: { before: made, withKey: READER_KEY, input: S3_FLOW },
  },
  StopFlow: {
    ResourceNotFoundException: { input: { flowName: "orders" } },
    UnsupportedOperationException: { before: made, input: { flowName: "orders" } },
  },
  CancelFlowExecutions: {
    ValidationException: { before: made, input: { flowName: "orders", executionIds: [TOO_LONG] } },
    AccessDeniedException: { before: made, withKey: READER_KEY, input: { flowName: "orders" } },
    ResourceNotFoundException: { input: { flowName: "orders" } },
  },
  ListTagsForResource: {
    ValidationException: { input: { resourceArn: TOO_LONG + TOO_LONG } },
    ResourceNotFoundException: { input: { resourceArn: ORDERS_ARN } },
  },
  TagResource: {
    ValidationException: { before: made, input: { resourceArn: ORDERS_ARN, tags: { "aws:mine": "no" } } },
    ResourceNotFoundException: { input: { resourceArn: ORDERS_ARN, tags: { team: "a" } } },
  },
  UntagResource: {
    ValidationException: { before: made, input: { resourceArn: ORDERS_ARN, tagKeys: [TOO_LONG] } },
    ResourceNotFoundException: { input: { resourceArn: ORDERS_ARN, tagKeys: ["team"] } },
  },
  CreateConnectorProfile: {
    ValidationException: { before: registered, input: { ...HELPDESK_PROFILE, connectorProfileName: "" } },
    ConflictException: { before: connected, input: HELPDESK_PROFILE },
    ServiceQuotaExceededException: { quotas: { profiles: 0 }, before: registered, input: HELPDESK_PROFILE },
    ConnectorAuthenticationException: { prepare: helpdesk("AccessDenied"), input: HELPDESK_PROFILE },
  },
  UpdateConnectorProfile: {
    ValidationException: { before: connected, input: { ...PROFILE_CHANGE, connectionMode: "Both" } },
    ResourceNotFoundException: { input: PROFILE_CHANGE },
    ConflictException: {
      before: [...connected, ["UpdateConnectorProfile", { ...PROFILE_CHANGE, clientToken: "t" }]],
      input: { ...PROFILE_CHANGE, connectionMode: "Private", clientToken: "t" },
    },
    ConnectorAuthenticationException: {
      prepare: helpdesk("AccessDenied"),
      input: { ...PROFILE_CHANGE, connectorProfileName: "prod" },
    },
  },
  DeleteConnectorProfile: {
    ResourceNotFoundException: { input: { connectorProfileName: "desk" } },
    ConflictException: {
      before: [
        ...connected,
        [
          "CreateFlow",
          { ...HELPDESK_FLOW, sourceFlowConfig: { ...HELPDESK_FLOW.sourceFlowConfig, connectorProfileName: "desk" } },
        ],
      ],
      input: { connectorProfileName: "desk" },
    },
  },
  DescribeConnectorProfiles: { ValidationException: { input: { nextToken: "forged" } } },
  DescribeConnectors: { ValidationException: { input: { nextToken: "forged" } } },
  DescribeConnector: {
    ValidationException: { input: { connectorType: "Nothing" } },
    ResourceNotFoundException: { input: { connectorType: "CustomConnector", connectorLabel: "helpdesk" } },
  },
  ListConnectors: { ValidationException: { input: { nextToken: "forged" } } },
  RegisterConnector: {
    ValidationException: { input: { ...HELPDESK, connectorLabel: "no blanks" } },
    ConflictException: { before: registered, input: HELPDESK },
    AccessDeniedException: { prepare: refusing(403, "AccessDeniedException"), input: HELPDESK },
    ResourceNotFoundException: { prepare: refusing(404, "ResourceNotFoundException"), input: HELPDESK },
    ThrottlingException: { prepare: refusing(429, "TooManyRequestsException"), input: HELPDESK },
    ConnectorServerException: { prepare: failing("ClientError"), input: HELPDESK },
    ConnectorAuthenticationException: { prepare: failing("AccessDenied"), input: HELPDESK },
  },
  UpdateConnectorRegistration: {
    ValidationException: { before: registered, input: { ...HELPDESK, description: "x".repeat(3000) } },
    ConflictException: {
      before: [...registered, ["UpdateConnectorRegistration", { ...HELPDESK, clientToken: "t" }]],
      input: { ...HELPDESK, description: "other", clientToken: "t" },
    },
    AccessDeniedException: { before: registered, prepare: refusing(403, "AccessDeniedException"), input: HELPDESK },
    ResourceNotFoundException: { input: HELPDESK },
    ThrottlingException: { before: registered, prepare: refusing(429, "TooManyRequestsException"), input: HELPDESK },
    ConnectorServerException: { before: registered, prepare: failing("ClientError"), input: HELPDESK },
    ConnectorAuthenticationException: { before: registered, prepare: failing("AccessDenied"), input: HELPDESK },
  },
  UnregisterConnector: {
    ResourceNotFoundException: { input: { connectorLabel: "helpdesk" } },
    ConflictException: { before: connected, input: { connectorLabel: "helpdesk" } },
  },
  ListConnectorEntities: {
    ValidationException: { input: { connectorType: "Nothing" } },
    ResourceNotFoundException: { input: { ...ENTITY } },
    ConnectorAuthenticationException: { prepare: helpdesk("AccessDenied"), input: ENTITY },
    ConnectorServerException: { prepare: helpdesk("ClientError"), input: ENTITY },
  },
  DescribeConnectorEntity: {
    ValidationException: { input: { ...ENTITY, connectorType: "Nothing" } },
    ResourceNotFoundException: { input: ENTITY },
    ConnectorAuthenticationException: { prepare: helpdesk("AccessDenied"), input: ENTITY },
    ConnectorServerException: { prepare: helpdesk("ClientError"), input: ENTITY },
  },
  ResetConnectorMetadataCache: {
    ValidationException: { input: { connectorType: "Nothing" } },
    ResourceNotFoundException: { input: { connectorProfileName: "desk" } },
  },
};

/** Errors of the model that have no occasion here. */
const NEVER: Readonly<Record<string, string>> = {
  "UpdateFlow ServiceQuotaExceededException": "a flow that is changed is no more flows",
  "StopFlow ConflictException": "a call that meets another one is carried out after it",
  "CancelFlowExecutions ThrottlingException": "nothing here slows callers down",
  "RegisterConnector ServiceQuotaExceededException": "there may be any number of registered connectors",
  "UpdateConnectorRegistration ServiceQuotaExceededException": "there may be any number of registered connectors",
  "ResetConnectorMetadataCache ConflictException": "what is forgotten twice is forgotten",
};

const PAIRS = OPERATIONS.flatMap(({ name, errors }) => errors.map((error) => [name, error] as const));

describe("the errors of the service's model", () => {
  it.each(PAIRS.filter(([name, error]) => NEVER[`${name} ${error}`] === undefined))(
    "%s gives %s",
    async (name, error) => {
      const { prepare, before = [], input, withKey, quotas } = CASES[name]![error]!;
      const world = await openConnectorWorld(quotas === undefined ? {} : { quotas });
      try {
        for (const [operation, sent] of before) await send(world.client, operation, sent);
        await prepare?.(world);

        const answer = await send(withKey === undefined ? world.client : world.clientOf(withKey), name, input).catch(
          (refused: unknown) => refused,
        );

        expect(answer).toMatchObject({ name: error, $fault: expect.any(String) });
        expect((answer as Error).message.length).toBeGreaterThan(10);
        const type = (sdk as unknown as Record<string, new (...args: never[]) => unknown>)[error];
        if (type !== undefined) expect(answer).toBeInstanceOf(type);
      } finally {
        await world.close();
      }
    },
  );

  it("are all provoked, or never given for a reason", () => {
    const unsaid = PAIRS.filter(
      ([name, error]) => !(CASES[name]?.[error] !== undefined) === !NEVER[`${name} ${error}`],
    );

    expect(unsaid).toEqual([]);
    expect(PAIRS.length).toBeGreaterThan(70);
    expect(Object.values(CASES).flatMap(Object.keys).length + Object.keys(NEVER).length).toBe(PAIRS.length);
  });
});

function send(client: sdk.AppflowClient, operation: string, input: object): Promise<unknown> {
  const commands = sdk as unknown as Record<string, new (input: object) => Parameters<typeof client.send>[0]>;
  return client.send(new commands[`${operation}Command`]!(input) as never);
}
