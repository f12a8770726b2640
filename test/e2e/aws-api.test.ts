import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AppflowClient,
  CancelFlowExecutionsCommand,
  CreateConnectorProfileCommand,
  CreateFlowCommand,
  type CreateFlowCommandInput,
  DeleteConnectorProfileCommand,
  DeleteFlowCommand,
  DescribeConnectorEntityCommand,
  DescribeFlowCommand,
  DescribeFlowExecutionRecordsCommand,
  ListConnectorEntitiesCommand,
  ListFlowsCommand,
  ListTagsForResourceCommand,
  StartFlowCommand,
  StopFlowCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFlowCommand,
} from "@aws-sdk/client-appflow";
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DescribeArchiveCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from "@aws-sdk/client-scheduler";
import { CreateSecretCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleFunction } from "../../scripts/bundle-functions.ts";
import type { HttpHandler } from "../../src/lambda/http-event.ts";
import type { DueRun } from "../../src/run/start-due-run.ts";
import { millrace } from "../support/cli.ts";
import { createTable, dynamoClient } from "../support/dynamo-table.ts";
import { type DynoxideServer, dynoxideMissing, startDynoxide } from "../support/dynoxide-server.ts";
import { routed, startHttpApi } from "../support/http-api.ts";
import type { TestServer } from "../support/http-server.ts";
import { type LambdaProcess, startLambdaProcess as start } from "../support/lambda-process.ts";
import { type LambdaServer, startLambdaServer } from "../support/lambda-server.ts";
import { type MotoServer, motoMissing, startMoto } from "../support/moto-server.ts";
import { STACK, stackEnvironment } from "../support/stack-environment.ts";
import { flowBody } from "../support/test-app.ts";

const ROOT = join(import.meta.dirname, "../..");
const REGION = STACK.region;
const TEST_CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };

type HttpProcess = LambdaProcess<Parameters<HttpHandler>[0], Awaited<ReturnType<HttpHandler>>>;
const startApi = (bundle: string, env: Readonly<Record<string, string>>): Promise<HttpProcess> => start(bundle, env);

const missing = [dynoxideMissing(), motoMissing()].find((reason) => reason !== undefined);
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;

/** The functions as they are deployed, in processes of their own, between the official client and servers for AWS. */
describe.skipIf(missing !== undefined)(`the API on AWS${skipped}`, () => {
  let folder: string;
  let dynoxide: DynoxideServer;
  let moto: MotoServer;
  let lambda: LambdaServer;
  let documents: DynamoDBDocumentClient;
  let secrets: SecretsManagerClient;
  let scheduler: SchedulerClient;
  let buckets: S3Client;
  let table: string;
  let environment: Readonly<Record<string, string>>;
  let process: HttpProcess;
  let connections: HttpProcess;
  let api: TestServer;
  let client: AppflowClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-function-"));
    [dynoxide, moto, lambda] = await Promise.all([
      startDynoxide(),
      startMoto(),
      startLambdaServer(() => ({ answer: {} })),
      bundleFunction("api", ROOT, join(folder, "api")),
      bundleFunction("on-event", ROOT, join(folder, "on-event")),
      bundleFunction("connections", ROOT, join(folder, "connections")),
      bundleFunction("start-run", ROOT, join(folder, "start-run")),
      bundleFunction("tell-events", ROOT, join(folder, "tell-events")),
    ]);
    documents = dynamoClient(dynoxide.endpoint);
    table = await createTable(documents);
    const options = { region: REGION, endpoint: moto.endpoint, credentials: TEST_CREDENTIALS };
    secrets = new SecretsManagerClient(options);
    scheduler = new SchedulerClient(options);
    buckets = new S3Client({ ...options, forcePathStyle: true });
    await secrets.send(new CreateSecretCommand({ Name: `millrace-engine-key/${table}`, SecretString: "k".repeat(64) }));
    await scheduler.send(new CreateScheduleGroupCommand({ Name: "millrace-prod" }));
    environment = stackEnvironment(table, { moto, dynoxide, lambda });
    process = await startApi(join(folder, "api", "index.mjs"), environment);
    connections = await startApi(join(folder, "connections", "index.mjs"), environment);
    api = await startHttpApi(routed({ api: process.handler, connections: connections.handler }));
    client = clientOf(await issueKey("ana"));
  }, 60_000);

  afterAll(async () => {
    for (const each of [client, secrets, scheduler, buckets, documents]) each.destroy();
    for (const each of [process, connections]) expect(await each.end()).toBe("");
    await api[Symbol.asyncDispose]();
    await lambda[Symbol.asyncDispose]();
    await Promise.all([dynoxide.stop(), moto.stop()]);
    await rm(folder, { recursive: true });
  });

  interface Key {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  }

  const clientOf = (credentials: Key, endpoint = api.origin) =>
    new AppflowClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });

  /** As an operator does, on a machine of his own. */
  const issueKey = async (...args: readonly string[]): Promise<Key> => {
    const { stdout, stderr } = await millrace(["keys", "create", ...args, "--table", table, "--json"], {
      env: environment,
    });
    expect(stderr).toBe("");
    return JSON.parse(stdout) as Key;
  };

  const flow = (name: string, changes: Record<string, unknown> = {}) =>
    flowBody(name, changes) as unknown as CreateFlowCommandInput;

  const hourly = {
    triggerConfig: {
      triggerType: "Scheduled",
      triggerProperties: { Scheduled: { scheduleExpression: "rate(1hours)" } },
    },
  };

  const found = async () => {
    const { Schedules: all = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName: "millrace-prod" }));
    return all;
  };

  const schedules = async () => (await found()).map(({ Name }) => Name!.replace(/-[0-9a-f]{32}$/, ""));

  it("takes a scheduled flow through its life, with its schedule in EventBridge Scheduler", async () => {
    const { flowArn, flowStatus } = await client.send(new CreateFlowCommand(flow("orders", hourly)));
    const beforeStart = await schedules();
    await client.send(new StartFlowCommand({ flowName: "orders" }));
    const started = await schedules();
    const { createdBy, ...described } = await client.send(new DescribeFlowCommand({ flowName: "orders" }));
    const listed = await client.send(new ListFlowsCommand({}));
    const { flowName, description, tasks, sourceFlowConfig, destinationFlowConfigList } = flow("orders", {
      description: "by hand",
    });
    await client.send(
      new UpdateFlowCommand({
        flowName,
        description,
        tasks,
        sourceFlowConfig,
        destinationFlowConfigList,
        triggerConfig: { triggerType: "OnDemand" },
      }),
    );
    const updated = await schedules();
    await client.send(new DeleteFlowCommand({ flowName: "orders" }));

    expect(flowArn).toBe("arn:aws:appflow:eu-west-1:111122223333:flow/orders");
    expect([flowStatus, described.flowStatus]).toEqual(["Draft", "Active"]);
    expect(createdBy).toBe("arn:aws:iam::111122223333:user/ana");
    expect([beforeStart, started, updated]).toEqual([[], ["orders"], []]);
    expect(listed.flows!.map((each) => each.flowName)).toEqual(["orders"]);
    expect((await client.send(new ListFlowsCommand({}))).flows).toEqual([]);
  });

  it("hands a run of a flow to the orchestrator, and hears of it once when the call is repeated", async () => {
    await client.send(new CreateFlowCommand(flow("by-hand")));

    const { executionId } = await client.send(new StartFlowCommand({ flowName: "by-hand", clientToken: "t" }));
    await client.send(new CancelFlowExecutionsCommand({ flowName: "by-hand", executionIds: [executionId!] }));

    expect(lambda.requests).toEqual([{ flow: "by-hand", runId: executionId }]);
  });

  it("starts the run that a schedule of EventBridge Scheduler calls for, once however often it calls", async () => {
    await client.send(new CreateFlowCommand(flow("hourly", hourly)));
    await client.send(new StartFlowCommand({ flowName: "hourly" }));
    const [{ Name } = {}] = await found();
    const { StartDate: startDate, Target: target } = await scheduler.send(
      new GetScheduleCommand({ GroupName: "millrace-prod", Name }),
    );
    const event = JSON.parse(
      target!.Input!.replace("<aws.scheduler.scheduled-time>", startDate!.toISOString().replace(/\.\d+/, "")),
    ) as object;
    const starter = await start<object, DueRun>(join(folder, "start-run", "index.mjs"), environment);
    const before = lambda.requests.length;

    const [first, again] = [await starter.handler(event), await starter.handler(event)];
    const { flowExecutions: runs } = await client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "hourly" }));
    await client.send(new DeleteFlowCommand({ flowName: "hourly", forceDelete: true }));

    expect(target!.Arn).toBe(environment["MILLRACE_START_FUNCTION"]);
    expect(first).toMatchObject({ state: "started" });
    expect(again).toEqual(first);
    const runId = first.state === "started" ? first.runId : "";
    expect(runs!.map(({ executionId, executionStatus }) => [executionId, executionStatus])).toEqual([
      [runId, "InProgress"],
    ]);
    expect(lambda.requests.slice(before)).toEqual([
      { flow: "hourly", runId },
      { flow: "hourly", runId },
    ]);
    await expect(starter.handler({ flow: "hourly", scheduledAt: "soon" })).rejects.toThrow(/"soon", which is no time/);
    expect(await starter.end()).toBe("");
  });

  it("keeps the events that a rule brings while a flow runs on them, and starts a run for them", async () => {
    const events = new EventBridgeClient({ region: REGION, endpoint: moto.endpoint, credentials: TEST_CREDENTIALS });
    const rules = async () => (await events.send(new ListRulesCommand({}))).Rules!;
    const onEvents = {
      triggerConfig: { triggerType: "Event" },
      sourceFlowConfig: {
        connectorType: "EventBridge",
        sourceConnectorProperties: { CustomConnector: { entityName: "shop.*" } },
      },
      tasks: [{ taskType: "Map_all", sourceFields: [] }],
    };
    await client.send(new CreateFlowCommand(flow("events", onEvents)));
    const before = await rules();
    await client.send(new StartFlowCommand({ flowName: "events" }));
    const [rule] = await rules();
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: rule!.Name }));
    const [{ Name } = {}] = await found();
    const { StartDate: startDate } = await scheduler.send(
      new GetScheduleCommand({ GroupName: STACK.scheduleGroup, Name }),
    );
    const [keeper, starter] = await Promise.all([
      start<object, null>(join(folder, "on-event", "index.mjs"), environment),
      start<object, DueRun>(join(folder, "start-run", "index.mjs"), environment),
    ]);
    const bring = (id: string, source = "shop.orders") => {
      const event = JSON.stringify({ version: "0", id, source, "detail-type": "Order Placed", detail: { id } });
      const input = Targets![0]!.InputTransformer!.InputTemplate!.replace("<aws.events.event.json>", event);
      return keeper.handler(JSON.parse(input) as object);
    };
    const due = { flow: "events", scheduledAt: startDate!.toISOString() };

    const nothing = await starter.handler(due);
    await bring("other", "elsewhere");
    const stillNothing = await starter.handler(due);
    await Promise.all([bring("1"), bring("1"), bring("2")]);
    const [first, again] = [await starter.handler(due), await starter.handler(due)];
    await client.send(new StopFlowCommand({ flowName: "events" }));
    const after = await rules();
    await keeper.handler({ flow: "nobody", event: {} });
    await client.send(new DeleteFlowCommand({ flowName: "events", forceDelete: true }));
    events.destroy();

    expect([before, after]).toEqual([[], []]);
    expect(Targets![0]!.Arn).toBe(STACK.onEvent);
    expect([nothing, stillNothing]).toEqual([{ state: "inactive" }, { state: "inactive" }]);
    expect(first).toMatchObject({ state: "started" });
    expect(again).toEqual(first);
    expect(await keeper.end()).toBe("");
    expect(await starter.end()).toBe("");
  });

  it("tells a bus of what happened, when it is called", async () => {
    await client.send(new CreateFlowCommand(flow("told")));
    await client.send(new StartFlowCommand({ flowName: "told" }));
    await client.send(new CancelFlowExecutionsCommand({ flowName: "told" }));
    const events = new EventBridgeClient({ region: REGION, endpoint: moto.endpoint, credentials: TEST_CREDENTIALS });
    const teller = await start(join(folder, "tell-events", "index.mjs"), {
      ...environment,
      MILLRACE_EVENT_BUS: "flows",
    });

    await expect(teller.handler({})).rejects.toThrow(/Cannot find the event bus `flows`/);
    const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name: "flows" }));
    const EventPattern = JSON.stringify({
      "detail-type": ["AppFlow Start Flow Run Report"],
      detail: { "flow-name": ["told"] },
    });
    await events.send(new CreateArchiveCommand({ ArchiveName: "started", EventSourceArn: EventBusArn, EventPattern }));
    await teller.handler({});
    await teller.handler({});
    const { EventCount } = await events.send(new DescribeArchiveCommand({ ArchiveName: "started" }));
    await client.send(new DeleteFlowCommand({ flowName: "told", forceDelete: true }));
    events.destroy();

    expect(EventCount).toBe(1);
    expect(await teller.end()).toBe("");
  });

  it("refuses flows with buckets that the deployer has not allowed, and says how all of them are allowed", async () => {
    const to = (bucketName: string) => ({
      connectorType: "S3",
      destinationConnectorProperties: { S3: { bucketName, s3OutputFormatConfig: {} } },
    });
    const elsewhere = { destinationFlowConfigList: [to("theirs")] };

    const refused = client.send(new CreateFlowCommand(flow("elsewhere", elsewhere)));
    await expect(refused).rejects.toMatchObject({ name: "ValidationException" });
    await expect(refused).rejects.toThrow(
      /S3\.bucketName: .*"theirs" .*allowedBuckets=dst-bkt,lake,raw-data,src-bkt,theirs;/,
    );
    await client.send(new CreateFlowCommand(flow("here")));
    const { flowName, tasks, triggerConfig, sourceFlowConfig, destinationFlowConfigList } = flow("here", elsewhere);
    const change = { flowName, tasks, triggerConfig, sourceFlowConfig, destinationFlowConfigList };
    await expect(client.send(new UpdateFlowCommand(change))).rejects.toThrow(/"theirs"/);
    await client.send(new DeleteFlowCommand({ flowName: "here" }));
  });

  it("knows resources by ARNs whose slashes and colons the gateway has decoded", async () => {
    const { flowArn: resourceArn } = await client.send(new CreateFlowCommand(flow("tagged")));
    await client.send(new TagResourceCommand({ resourceArn, tags: { team: "a b", "cost/centre": "1" } }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["cost/centre", "other"] }));

    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ team: "a b" });
  });

  it("keeps credentials in Secrets Manager, and lets go of them with the profile", async () => {
    const names = async () => {
      const { SecretList: found = [] } = await secrets.send(new ListSecretsCommand({}));
      return found.map(({ Name }) => Name!.replace(/-[0-9a-f]{16}$/, "")).toSorted();
    };
    await client.send(
      new CreateConnectorProfileCommand({
        connectorProfileName: "metrics",
        connectorType: "Datadog",
        connectionMode: "Public",
        connectorProfileConfig: {
          connectorProfileProperties: { Datadog: { instanceUrl: "https://api.datadoghq.com" } },
          connectorProfileCredentials: { Datadog: { apiKey: "key", applicationKey: "other" } },
        },
      }),
    );
    const kept = await names();
    await client.send(new DeleteConnectorProfileCommand({ connectorProfileName: "metrics" }));

    expect(kept).toEqual([`millrace-engine-key/${table}`, "millrace/metrics"]);
    expect(await names()).toEqual([`millrace-engine-key/${table}`]);
  });

  it("looks into buckets for whoever asks what there is", async () => {
    await buckets.send(
      new CreateBucketCommand({ Bucket: "shelf", CreateBucketConfiguration: { LocationConstraint: REGION } }),
    );
    await buckets.send(new PutObjectCommand({ Bucket: "shelf", Key: "in/a.json", Body: '{"id":1,"name":"x"}\n' }));

    const where = { connectorType: "S3" as const };
    const listed = await client.send(new ListConnectorEntitiesCommand({ ...where, entitiesPath: "shelf" }));
    const { connectorEntityFields } = await client.send(
      new DescribeConnectorEntityCommand({ ...where, connectorEntityName: "shelf/in" }),
    );

    expect(listed.connectorEntityMap).toBeDefined();
    expect(connectorEntityFields!.map(({ identifier }) => identifier)).toEqual(["id", "name"]);
  });

  it.each([
    [
      "a key that was never issued",
      { accessKeyId: "MLRCUNKNOWN", secretAccessKey: "x" },
      "UnrecognizedClientException",
    ],
    ["a wrong secret", { secretAccessKey: "x" }, "InvalidSignatureException"],
  ])("refuses %s", async (_, changes, name) => {
    const refused = clientOf({ ...(await issueKey("eve")), ...changes });

    await expect(refused.send(new ListFlowsCommand({}))).rejects.toMatchObject({ name });
    refused.destroy();
  });

  it("refuses a request without a signature, and one that was changed on its way", async () => {
    const [unsigned, answer] = [
      await fetch(`${api.origin}/list-flows`, { method: "POST", body: "{}" }),
      clientOf(await issueKey("mel")),
    ];
    answer.middlewareStack.add(
      (next) => async (args) => {
        (args.request as { body: string }).body = '{"maxResults":2}';
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );

    expect([unsigned.status, await unsigned.json()]).toMatchObject([403, { message: "Missing Authentication Token" }]);
    await expect(answer.send(new ListFlowsCommand({ maxResults: 1 }))).rejects.toMatchObject({
      name: "InvalidSignatureException",
    });
    answer.destroy();
  });

  it("lets a read-only key look and not touch, and a key that is disabled do nothing more", async () => {
    const key = await issueKey("viewer", "--read-only");
    const viewer = clientOf(key);

    await viewer.send(new ListFlowsCommand({}));
    await expect(viewer.send(new CreateFlowCommand(flow("x")))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    await millrace(["keys", "disable", key.accessKeyId, "--table", table], { env: environment });
    await expect(viewer.send(new ListFlowsCommand({}))).rejects.toMatchObject({ name: "UnrecognizedClientException" });
    viewer.destroy();
  });

  it("takes whoever API Gateway's IAM authorizer found, where that is how callers are known", async () => {
    const other = await startApi(join(folder, "api", "index.mjs"), { ...environment, MILLRACE_AUTH: "iam" });
    const [behind, open] = [await startHttpApi(other.handler, { iam: true }), await startHttpApi(other.handler)];
    const [caller, stranger] = [behind, open].map(({ origin }) => clientOf(TEST_CREDENTIALS, origin)) as [
      AppflowClient,
      AppflowClient,
    ];

    await caller.send(new CreateFlowCommand(flow("iam")));
    const { createdBy } = await caller.send(new DescribeFlowCommand({ flowName: "iam" }));

    expect(createdBy).toBe("arn:aws:iam::111122223333:user/ana");
    await expect(stranger.send(new ListFlowsCommand({}))).rejects.toThrow();
    for (const each of [caller, stranger]) each.destroy();
    for (const each of [behind, open]) await each[Symbol.asyncDispose]();
    await other.end();
  });

  it("says at its start everything that is wrong with its environment", async () => {
    const { MILLRACE_TABLE: _, ...rest } = environment;
    const broken = { ...rest, MILLRACE_AUTH: "none", MILLRACE_ORCHESTRATOR: "orchestrate" };

    const failure = await startApi(join(folder, "api", "index.mjs"), broken).catch(String);

    for (const name of ["MILLRACE_TABLE", "MILLRACE_AUTH", "MILLRACE_ORCHESTRATOR"]) expect(failure).toContain(name);
  });

  it("says at its start that the engine's key is not there, and what to do", async () => {
    const failure = await startApi(join(folder, "api", "index.mjs"), {
      ...environment,
      MILLRACE_TABLE: "elsewhere",
    }).catch(String);

    expect(failure).toMatch(/Cannot read the engine's key, `millrace-engine-key\/elsewhere` .* Deploy the stack/);
  });
});
