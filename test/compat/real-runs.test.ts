import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  AppflowClient,
  CancelFlowExecutionsCommand,
  CreateFlowCommand,
  DescribeFlowCommand,
  DescribeFlowExecutionRecordsCommand,
  type ExecutionRecord,
  StartFlowCommand,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LocalEngine, openEngine } from "../../src/cli/local-engine.ts";
import { type RunningServer, serve } from "../../src/cli/serve.ts";
import { readConfig } from "../../src/config.ts";

const MANY = 300_000;

/** What clients do around runs, with the official client, over HTTP, and with the engine that carries them out. */
describe("runs, as clients follow them", () => {
  let folder: string;
  let engine: LocalEngine;
  let server: RunningServer;
  let client: AppflowClient;
  let reports: unknown[];

  beforeEach(async () => {
    reports = [];
    folder = await mkdtemp(join(tmpdir(), "millrace-runs-"));
    for (const bucket of ["in-data", "out-data"]) await mkdir(join(folder, "buckets", bucket), { recursive: true });
    const config = { ...readConfig({}), keyFile: join(folder, "key-file") };
    const report = (error: unknown) => void reports.push(error);
    engine = await openEngine({ config, folder, buckets: new Map(), callers: "signed", report, log: () => undefined });
    server = await serve((request) => engine.app.handle(request), { port: 0, report });
    const key = await engine.keys.issue({ user: "airflow", access: "full", createdAt: Date.now() });
    const credentials = { accessKeyId: key.id, secretAccessKey: key.secret.reveal() };
    client = new AppflowClient({ endpoint: server.url, region: config.place.region, credentials, maxAttempts: 1 });
    await client.send(
      new CreateFlowCommand({
        flowName: "orders",
        triggerConfig: { triggerType: "OnDemand" },
        sourceFlowConfig: {
          connectorType: "S3",
          sourceConnectorProperties: {
            S3: { bucketName: "in-data", bucketPrefix: "orders", s3InputFormatConfig: { s3InputFileType: "JSON" } },
          },
        },
        destinationFlowConfigList: [
          {
            connectorType: "S3",
            destinationConnectorProperties: {
              S3: {
                bucketName: "out-data",
                s3OutputFormatConfig: { aggregationConfig: { aggregationType: "SingleFile" } },
              },
            },
          },
        ],
        tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { S3: "NO_OP" } }],
      }),
    );
  });

  afterEach(async () => {
    client.destroy();
    await server.close(0);
    await engine.close();
    await rm(folder, { recursive: true, force: true });
    expect(reports).toEqual([]);
  });

  const writeInput = async (name: string, records: number) => {
    const lines = Array.from({ length: records }, (_, id) => `{"id":${id},"text":"${"x".repeat(id % 50)}"}\n`);
    await mkdir(join(folder, "buckets/in-data/orders"), { recursive: true });
    await writeFile(join(folder, "buckets/in-data/orders", name), lines.join(""));
    return lines.join("");
  };
  const start = async () => (await client.send(new StartFlowCommand({ flowName: "orders" }))).executionId!;
  const lastRun = async () =>
    (await client.send(new DescribeFlowCommand({ flowName: "orders" }))).lastRunExecutionDetails;
  const record = async (executionId: string): Promise<ExecutionRecord> => {
    const { flowExecutions } = await client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "orders" }));
    return flowExecutions!.find((each) => each.executionId === executionId)!;
  };
  /** Asks until a run is over, and gives every status that was seen, each once, in order. */
  const follow = async (status: () => Promise<string | undefined>): Promise<readonly string[]> => {
    const seen = new Set<string>();
    for (;;) {
      const current = (await status()) ?? "none";
      seen.add(current);
      if (!["InProgress", "CancelStarted"].includes(current)) return [...seen];
      await setTimeout(5);
    }
  };
  const written = async () => {
    const names = await readdir(join(folder, "buckets/out-data/orders")).catch(() => []);
    return Promise.all(names.map((name) => readFile(join(folder, "buckets/out-data/orders", name), "utf8")));
  };

  it("are in progress at once and successful in the end, as Airflow's operators wait for them", async () => {
    const input = await writeInput("many.json", MANY);
    const before = new Date();

    const executionId = await start();
    const first = await lastRun();
    const seen = await follow(async () => (await lastRun())?.mostRecentExecutionStatus);

    // Airflow compares with the time before the start, to the second.
    expect(first).toMatchObject({ mostRecentExecutionStatus: "InProgress" });
    expect(first!.mostRecentExecutionTime!.getTime()).toBeGreaterThanOrEqual(before.getTime() - 1000);
    expect(seen).toEqual(["InProgress", "Successful"]);
    expect(await record(executionId)).toMatchObject({
      executionStatus: "Successful",
      executionResult: { recordsProcessed: MANY },
    });
    expect((await written()).map((text) => text === input)).toEqual([true]);
  });

  it("are cancelled while they run, and not when they are over", async () => {
    const small = await writeInput("few.json", 10);
    const finished = await start();
    expect(await follow(async () => (await record(finished)).executionStatus)).toContain("Successful");
    await writeInput("many.json", MANY);
    const running = await start();

    const executionIds = [running, finished];
    const answer = await client.send(new CancelFlowExecutionsCommand({ flowName: "orders", executionIds }));
    const seen = await follow(async () => (await record(running)).executionStatus);

    expect(answer.invalidExecutions).toEqual([finished]);
    expect(["CancelStarted", "Canceled"].slice(-seen.length)).toEqual(seen);
    expect(await lastRun()).toMatchObject({ mostRecentExecutionStatus: "Canceled" });
    expect((await record(finished)).executionStatus).toBe("Successful");
    expect(await written()).toEqual([small]);
    expect(
      (await client.send(new CancelFlowExecutionsCommand({ flowName: "orders", executionIds }))).invalidExecutions,
    ).toEqual(executionIds);
  });
});
