import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  AppflowClient,
  CreateFlowCommand,
  DescribeFlowCommand,
  DescribeFlowExecutionRecordsCommand,
  StartFlowCommand,
  StopFlowCommand,
} from "@aws-sdk/client-appflow";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startDev } from "../support/cli.ts";
import type { DevServer } from "../support/cli.ts";

const FLOW = { flowName: "orders" };
const BIG = "9007199254740993";

/** An event flow of `millrace dev`, through the official clients of both services. */
describe("events put on the bus of millrace dev", () => {
  let data: string;
  let server: DevServer;

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), "millrace-events-"));
    await mkdir(join(data, "buckets", "lake"), { recursive: true });
    server = await startDev(data);
  });

  afterEach(async () => {
    await server.end("SIGKILL");
    await rm(data, { recursive: true, force: true });
  });

  // A flow is looked at when it is activated, and then every minute.
  it("are delivered once, also when it is killed in between", { timeout: 90_000 }, async () => {
    const created = await appflow(server).send(
      new CreateFlowCommand({
        ...FLOW,
        triggerConfig: { triggerType: "Event" },
        sourceFlowConfig: {
          connectorType: "EventBridge",
          sourceConnectorProperties: { CustomConnector: { entityName: "shop.*" } },
        },
        destinationFlowConfigList: [
          { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "lake" } } },
        ],
        tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { CustomConnector: "NO_OP" } }],
      }),
    );
    const before = await put(server, ['{"n":"too early"}']);
    const started = await appflow(server).send(new StartFlowCommand(FLOW));
    const answers = [];
    for (let n = 0; n < 30; n += 10)
      answers.push(
        await put(
          server,
          Array.from({ length: 10 }, (_, i) => `{"n":${n + i},"big":${BIG}}`),
        ),
      );
    await server.end("SIGKILL");
    server = await startDev(data);
    const execution = await ended(server);
    const stopped = await appflow(server).send(new StopFlowCommand(FLOW));

    expect([created.flowStatus, started.flowStatus, stopped.flowStatus]).toEqual(["Draft", "Active", "Suspended"]);
    expect(started.executionId).toBeUndefined();
    expect([before, ...answers].map(({ FailedEntryCount }) => FailedEntryCount)).toEqual([0, 0, 0, 0]);
    expect(new Set(answers.flatMap(({ Entries }) => Entries!.map(({ EventId }) => EventId))).size).toBe(30);
    expect(execution.executionStatus).toBe("Successful");
    const lines = await linesIn(join(data, "buckets", "lake"));
    expect(lines.toSorted()).toEqual(Array.from({ length: 30 }, (_, n) => `{"n":${n},"big":${BIG}}`).toSorted());
    const described = await appflow(server).send(new DescribeFlowCommand(FLOW));
    expect(described.triggerConfig).toMatchObject({ triggerType: "Event" });
  });

  it("are refused without a signature for the service, and one by one for what is wrong with them", async () => {
    const event = { Source: "shop.orders", DetailType: "Order Placed", Detail: "{}" };
    const { Entries, FailedEntryCount } = await events(server).send(
      new PutEventsCommand({
        Entries: [event, { ...event, Detail: "[1]" }, { ...event, Detail: "{" }, { ...event, Source: undefined }],
      }),
    );
    const unsigned = await fetch(server.endpoint, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.PutEvents" },
      body: JSON.stringify({ Entries: [event] }),
    });
    const tooMany = events(server).send(new PutEventsCommand({ Entries: Array.from({ length: 11 }, () => event) }));
    const stranger = events({ ...server, secretAccessKey: "another" }).send(new PutEventsCommand({ Entries: [event] }));

    expect(FailedEntryCount).toBe(3);
    expect(Entries!.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      "MalformedDetail",
      "MalformedDetail",
      "InvalidArgument",
    ]);
    expect(unsigned.status).toBe(403);
    await expect(tooMany).rejects.toMatchObject({ name: "ValidationException" });
    await expect(stranger).rejects.toMatchObject({ name: "InvalidSignatureException" });
  });
});

type Access = Pick<DevServer, "endpoint" | "region" | "accessKeyId" | "secretAccessKey">;

function settings({ endpoint, region, accessKeyId, secretAccessKey }: Access) {
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
}

function appflow(server: Access): AppflowClient {
  return new AppflowClient(settings(server));
}

function events(server: Access): EventBridgeClient {
  return new EventBridgeClient(settings(server));
}

function put(server: Access, details: readonly string[]) {
  const Entries = details.map((Detail) => ({ Source: "shop.orders", DetailType: "Order Placed", Detail }));
  return events(server).send(new PutEventsCommand({ Entries }));
}

async function ended(server: Access) {
  for (;;) {
    const { flowExecutions } = await appflow(server).send(new DescribeFlowExecutionRecordsCommand(FLOW));
    const [newest] = flowExecutions!;
    if (newest !== undefined && newest.executionStatus !== "InProgress") return newest;
    await setTimeout(100);
  }
}

async function linesIn(bucket: string): Promise<readonly string[]> {
  const entries = await readdir(bucket, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !/[\\/][._]/.test(entry.parentPath.slice(bucket.length)));
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
  return texts.flatMap((text) => text.trimEnd().split("\n"));
}
