import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AppflowClient,
  CreateConnectorProfileCommand,
  CreateFlowCommand,
  type CreateFlowCommandInput,
  DescribeFlowExecutionRecordsCommand,
  StartFlowCommand,
} from "@aws-sdk/client-appflow";
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DescribeArchiveCommand,
  EventBridgeClient,
} from "@aws-sdk/client-eventbridge";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from "@aws-sdk/client-scheduler";
import { CreateSecretCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { bundleFunction } from "../../scripts/bundle-functions.ts";
import type { HttpHandler } from "../../src/lambda/http-event.ts";
import type { SliceName } from "../../src/run/orchestrate-slices.ts";
import type { DueRun } from "../../src/run/start-due-run.ts";
import { millrace } from "../support/cli.ts";
import { type DurableLambda, startDurableLambda } from "../support/durable-lambda.ts";
import { createTable, dynamoClient } from "../support/dynamo-table.ts";
import { type DynoxideServer, dynoxideMissing, startDynoxide } from "../support/dynoxide-server.ts";
import { waysToFind } from "../support/find-secret.ts";
import { routed, startHttpApi } from "../support/http-api.ts";
import type { TestServer } from "../support/http-server.ts";
import { type LambdaProcess, startLambdaProcess } from "../support/lambda-process.ts";
import { type MotoServer, motoMissing, startMoto } from "../support/moto-server.ts";
import { startZendesk, type Zendesk } from "../support/saas/zendesk-server.ts";
import { STACK, stackEnvironment } from "../support/stack-environment.ts";

const ROOT = join(import.meta.dirname, "../..");
const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
const FUNCTIONS = ["api", "connections", "start-run", "run-flow", "transfer", "sweep-runs", "tell-events"] as const;

type HttpProcess = LambdaProcess<Parameters<HttpHandler>[0], Awaited<ReturnType<HttpHandler>>>;

const missing = [dynoxideMissing(), motoMissing()].find((reason) => reason !== undefined);
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;

/**
 * All functions as they are deployed, and the official client: each in a process of its own, but the durable one, which is in
 * the vendor's runner. What calls whom is as infra/ says.
 */
describe.skipIf(missing !== undefined)(`the stack on AWS${skipped}`, () => {
  let folder: string;
  let dynoxide: DynoxideServer;
  let moto: MotoServer;
  let lambda: DurableLambda;
  let zendesk: Zendesk;
  let documents: DynamoDBDocumentClient;
  let buckets: S3Client;
  let scheduler: SchedulerClient;
  let secrets: SecretsManagerClient;
  let events: EventBridgeClient;
  let environment: Readonly<Record<string, string>>;
  let runFlow: DurableLambdaHandler;
  let transfer: LambdaProcess<SliceName, string>;
  let startRun: LambdaProcess<object, DueRun>;
  let tellEvents: LambdaProcess<object, void>;
  let flows: HttpProcess;
  let connections: HttpProcess;
  let api: TestServer;
  let client: AppflowClient;
  let slices = 0;

  const bundle = (name: (typeof FUNCTIONS)[number]) => join(folder, name, "index.mjs");

  /** An execution of the durable function. */
  const execute = async (payload: { readonly flow: string; readonly runId: string }) => {
    const runner = new LocalDurableTestRunner({ handlerFunction: runFlow }).registerFunction(
      STACK.transfer,
      (slice: SliceName) => {
        slices++;
        return transfer.handler(slice);
      },
    );
    const execution = await runner.run({ payload });
    expect(execution.getStatus()).toBe("SUCCEEDED");
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-stack-"));
    [dynoxide, moto, lambda, zendesk] = await Promise.all([
      startDynoxide(),
      startMoto(),
      startDurableLambda(execute),
      startZendesk(),
      ...FUNCTIONS.map((name) => bundleFunction(name, ROOT, join(folder, name))),
    ]);
    documents = dynamoClient(dynoxide.endpoint);
    const table = await createTable(documents);
    const options = { region: STACK.region, endpoint: moto.endpoint, credentials: CREDENTIALS };
    buckets = new S3Client({ ...options, forcePathStyle: true });
    scheduler = new SchedulerClient(options);
    secrets = new SecretsManagerClient(options);
    events = new EventBridgeClient(options);
    await secrets.send(new CreateSecretCommand({ Name: `millrace-engine-key/${table}`, SecretString: "k".repeat(64) }));
    await scheduler.send(new CreateScheduleGroupCommand({ Name: STACK.scheduleGroup }));
    for (const Bucket of ["raw-data", "lake", STACK.stagingBucket]) {
      const where = { LocationConstraint: STACK.region } as const;
      await buckets.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: where }));
    }
    const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name: "runs" }));
    for (const [ArchiveName, about] of Object.entries(TOLD)) {
      const EventPattern = JSON.stringify(about);
      await events.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn: EventBusArn, EventPattern }));
    }

    environment = {
      ...stackEnvironment(table, { moto, dynoxide, lambda }),
      MILLRACE_EVENT_BUS: "runs",
      MILLRACE_ALLOW_ORIGINS: zendesk.origin,
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    ({ handler: runFlow } = (await import(bundle("run-flow"))) as { readonly handler: DurableLambdaHandler });
    [flows, connections, startRun, transfer, tellEvents] = await Promise.all([
      startLambdaProcess(bundle("api"), environment) satisfies Promise<HttpProcess>,
      startLambdaProcess(bundle("connections"), environment) satisfies Promise<HttpProcess>,
      startLambdaProcess<object, DueRun>(bundle("start-run"), environment),
      startLambdaProcess<SliceName, string>(bundle("transfer"), environment),
      startLambdaProcess<object, void>(bundle("tell-events"), environment),
    ]);
    api = await startHttpApi(routed({ api: flows.handler, connections: connections.handler }));
    const { stdout } = await millrace(["keys", "create", "ana", "--table", table, "--json"], { env: environment });
    const credentials = JSON.parse(stdout) as typeof CREDENTIALS;
    client = new AppflowClient({ endpoint: api.origin, region: STACK.region, credentials, maxAttempts: 1 });
    await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
  }, 120_000);

  afterAll(async () => {
    await LocalDurableTestRunner.teardownTestEnvironment();
    for (const each of [client, buckets, scheduler, secrets, events, documents]) each.destroy();
    for (const each of [flows, connections, startRun, transfer, tellEvents]) expect(await each.end()).toBe("");
    for (const each of [api, lambda, zendesk]) await each[Symbol.asyncDispose]();
    await Promise.all([dynoxide.stop(), moto.stop()]);
    await rm(folder, { recursive: true });
  });

  /** The event that the flow's schedule sends when it is due for the first time. */
  const dueEvent = async (flow: string): Promise<object> => {
    const GroupName = STACK.scheduleGroup;
    const { Schedules: all = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName }));
    const { Name } = all.find(({ Name: name }) => name!.startsWith(`${flow}-`))!;
    const { StartDate: due, Target: target } = await scheduler.send(new GetScheduleCommand({ GroupName, Name }));
    expect(target!.Arn).toBe(STACK.startRun);
    const time = due!.toISOString().replace(/\.\d+/, "");
    return JSON.parse(target!.Input!.replace("<aws.scheduler.scheduled-time>", time)) as object;
  };

  /** Ids of the records in the destination, with repetitions, in ascending order. */
  const written = async (prefix: string): Promise<readonly number[]> => {
    const { Contents: found = [] } = await buckets.send(new ListObjectsV2Command({ Bucket: "lake", Prefix: prefix }));
    const texts = found.map(async ({ Key }) => {
      const { Body: body } = await buckets.send(new GetObjectCommand({ Bucket: "lake", Key }));
      return body!.transformToString();
    });
    const lines = (await Promise.all(texts)).flatMap((text) => text.trimEnd().split("\n"));
    return lines.map((line) => Number((JSON.parse(line) as { readonly id: unknown }).id)).toSorted((a, b) => a - b);
  };

  const recordsOf = async (flowName: string) => {
    const { flowExecutions: runs } = await client.send(new DescribeFlowExecutionRecordsCommand({ flowName }));
    return runs!;
  };

  const eventsTold = async (archive: keyof typeof TOLD) => {
    const { EventCount: count } = await events.send(new DescribeArchiveCommand({ ArchiveName: archive }));
    return count;
  };

  it("carries out a scheduled flow from the schedule's call to what is told of its end, once however often it is called", async () => {
    for (let i = 0; i < 3; i++) {
      const rows = Array.from({ length: 1000 }, (_, row) => `${i * 1000 + row},"Ü, ${row}"\n`).join("");
      // One line has too many fields.
      const Body = `id,text\n${rows}${i === 1 ? "7,8,9\n" : ""}`;
      await buckets.send(new PutObjectCommand({ Bucket: "raw-data", Key: `orders/${i}.csv`, Body }));
    }
    await client.send(new CreateFlowCommand(flowFromS3("orders", HOURLY)));
    await client.send(new StartFlowCommand({ flowName: "orders" }));
    const due = await dueEvent("orders");

    const [first, again] = [await startRun.handler(due), await startRun.handler(due)];
    await lambda.settled();
    const afterwards = await startRun.handler(due);
    await lambda.settled();
    await tellEvents.handler({});
    await tellEvents.handler({});

    expect(first).toMatchObject({ state: "started" });
    expect(again).toEqual(first);
    expect(afterwards).toEqual(first);
    expect(lambda.executions).toEqual([first.state === "started" ? first.runId : ""]);
    expect(await recordsOf("orders")).toMatchObject([
      {
        executionId: lambda.executions[0],
        executionStatus: "Successful",
        executionResult: { recordsProcessed: 3001 },
      },
    ]);
    expect(await written("orders/")).toEqual(Array.from({ length: 3000 }, (_, id) => id));
    expect(slices).toBeGreaterThan(0);
    const open = await buckets.send(new ListMultipartUploadsCommand({ Bucket: "lake" }));
    expect(open.Uploads ?? []).toEqual([]);
    expect([await eventsTold("started"), await eventsTold("ended")]).toEqual([1, 1]);
  });

  it("reads a vendor with the credentials of a profile, which are in Secrets Manager and nowhere else", async () => {
    for (let id = 1; id <= 1500; id++) zendesk.put("tickets", ticket(id, zendesk.time.now() - 3_600_000));
    const { clientId, clientSecret } = zendesk.credentials as Readonly<Record<string, string>>;
    await client.send(
      new CreateConnectorProfileCommand({
        connectorProfileName: "desk",
        connectorType: "Zendesk",
        connectionMode: "Public",
        connectorProfileConfig: {
          connectorProfileProperties: { Zendesk: { instanceUrl: zendesk.origin } },
          connectorProfileCredentials: {
            Zendesk: {
              clientId,
              clientSecret,
              oAuthRequest: { authCode: zendesk.tokens.code(), redirectUri: "https://example.com/callback" },
            },
          },
        },
      }),
    );
    await client.send(new CreateFlowCommand(FROM_ZENDESK));

    await client.send(new StartFlowCommand({ flowName: "tickets" }));
    await lambda.settled();

    expect(await recordsOf("tickets")).toMatchObject([
      { executionStatus: "Successful", executionResult: { recordsProcessed: 1500 } },
    ]);
    expect(await written("tickets/")).toEqual(Array.from({ length: 1500 }, (_, i) => i + 1));
    const { SecretList: kept } = await secrets.send(new ListSecretsCommand({}));
    expect(kept!.map(({ Name }) => Name!.split("/")[0])).toContain("millrace");
    const { Items: items } = await documents.send(new ScanCommand({ TableName: environment["MILLRACE_TABLE"]! }));
    expect(items!.length).toBeGreaterThan(0);
    expect(waysToFind(clientSecret!, Buffer.from(JSON.stringify(items)).toString("latin1"))).toEqual([]);
  });

  it("begins again an execution that was lost, and none that is under way or that has ended", async () => {
    await buckets.send(new PutObjectCommand({ Bucket: "raw-data", Key: "lost/1.csv", Body: "id,text\n1,a\n2,b\n" }));
    await client.send(new CreateFlowCommand(flowFromS3("lost")));
    lambda.loseNext(1);
    const before = lambda.executions.length;
    const { executionId } = await client.send(new StartFlowCommand({ flowName: "lost" }));
    const sweep = (aheadMs: number) => startLambdaProcess<object, void>(bundle("sweep-runs"), environment, { aheadMs });
    const [soon, later, muchLater] = await Promise.all([sweep(0), sweep(120_000), sweep(240_000)]);

    await soon.handler({});
    const whileFresh = lambda.executions.slice(before);
    await later.handler({});
    await muchLater.handler({});
    await lambda.settled();
    await muchLater.handler({});

    expect(whileFresh).toEqual([executionId]);
    expect(lambda.executions.slice(before)).toEqual([
      executionId,
      expect.stringMatching(new RegExp(`^${executionId}-[a-z0-9]+$`)),
    ]);
    expect(await recordsOf("lost")).toMatchObject([{ executionId, executionStatus: "Successful" }]);
    expect(await written("lost/")).toEqual([1, 2]);
    for (const each of [soon, later, muchLater]) expect(await each.end()).toBe("");
  });
});

const TOLD = {
  started: { "detail-type": ["AppFlow Start Flow Run Report"], detail: { "flow-name": ["orders"] } },
  ended: {
    "detail-type": ["AppFlow End Flow Run Report"],
    detail: { "flow-name": ["orders"], status: ["Execution Successful"], "num-of-record-failures": ["1"] },
  },
} as const;

const HOURLY: Partial<CreateFlowCommandInput> = {
  triggerConfig: {
    triggerType: "Scheduled",
    triggerProperties: { Scheduled: { scheduleExpression: "rate(1hours)" } },
  },
};

const toLake = (bucketPrefix: string): CreateFlowCommandInput["destinationFlowConfigList"] => [
  { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "lake", bucketPrefix } } },
];

function flowFromS3(flowName: string, changes: Partial<CreateFlowCommandInput> = {}): CreateFlowCommandInput {
  return {
    flowName,
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: "S3",
      sourceConnectorProperties: {
        S3: { bucketName: "raw-data", bucketPrefix: flowName, s3InputFormatConfig: { s3InputFileType: "CSV" } },
      },
    },
    destinationFlowConfigList: toLake(flowName),
    tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { S3: "NO_OP" } }],
    ...changes,
  };
}

const FROM_ZENDESK: CreateFlowCommandInput = {
  flowName: "tickets",
  triggerConfig: { triggerType: "OnDemand" },
  sourceFlowConfig: {
    connectorType: "Zendesk",
    connectorProfileName: "desk",
    sourceConnectorProperties: { Zendesk: { object: "tickets" } },
  },
  destinationFlowConfigList: toLake("tickets"),
  tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { Zendesk: "NO_OP" } }],
};

function ticket(id: number, at: number) {
  const time = new Date(at).toISOString();
  return {
    id,
    subject: `Ticket ${id}`,
    created_at: time,
    updated_at: time,
    generated_timestamp: Math.floor(at / 1000),
  };
}
