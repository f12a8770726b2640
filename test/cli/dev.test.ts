import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  AppflowClient,
  CreateFlowCommand,
  DescribeFlowCommand,
  DescribeFlowExecutionRecordsCommand,
  ListFlowsCommand,
  StartFlowCommand,
} from "@aws-sdk/client-appflow";
import type { ExecutionRecord } from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startDev } from "../support/cli.ts";
import type { DevServer } from "../support/cli.ts";
import { NUMBERS_FLOW } from "../support/numbers-flow.ts";

const RECORDS = 400_000;

let data: string;
let server: DevServer | undefined;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "millrace-dev-"));
  for (const bucket of ["numbers-in", "numbers-out"]) await mkdir(join(data, "buckets", bucket), { recursive: true });
});

afterEach(async () => {
  await server?.end("SIGKILL");
  await rm(data, { recursive: true, force: true });
});

describe("millrace dev", () => {
  it("keeps flows, runs and its key over a restart", async () => {
    await writeInput(10);
    server = await startDev(data);
    const first = server;
    await withClient(server, async (client) => {
      await client.send(new CreateFlowCommand(NUMBERS_FLOW));
      await client.send(new StartFlowCommand({ flowName: "numbers" }));
      await ended(client);
    });

    expect(await server.end("SIGINT")).toBe(0);
    server = await startDev(data);

    expect(server.accessKeyId).toBe(first.accessKeyId);
    await withClient(server, async (client) => {
      const { flows } = await client.send(new ListFlowsCommand({}));
      expect(flows!.map(({ flowName }) => flowName)).toEqual(["numbers"]);
      expect(await ended(client)).toMatchObject({
        executionStatus: "Successful",
        executionResult: { recordsProcessed: 10 },
      });
    });
  });

  it("tells what happens, in lines of JSON, the last of it before it ends", async () => {
    await writeInput(10);
    server = await startDev(data);
    await withClient(server, async (client) => {
      await client.send(new CreateFlowCommand(NUMBERS_FLOW));
      await client.send(new StartFlowCommand({ flowName: "numbers" }));
      await ended(client);
    });

    await server.end("SIGINT");

    const lines = server
      .log()
      .split("\n")
      .filter((line) => line.startsWith("{"));
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: "info", flow: "numbers", connector: "S3", code: "run-started", FlowExecutionsStarted: 1 },
      { level: "info", flow: "numbers", connector: "S3", code: "successful", read: 10, FlowExecutionsSucceeded: 1 },
    ]);
  });

  it("suspends a scheduled flow whose runs fail as often as it says, and tells that", { timeout: 30_000 }, async () => {
    server = await startDev(data);
    const scheduled = {
      scheduleExpression: "rate(1minutes)",
      // So that it is due in three seconds.
      scheduleStartTime: new Date(Date.now() - 57_000),
      flowErrorDeactivationThreshold: 1,
    };
    await rm(join(data, "buckets", "numbers-in"), { recursive: true });
    await withClient(server, async (client) => {
      const triggerConfig = { triggerType: "Scheduled", triggerProperties: { Scheduled: scheduled } } as const;
      await client.send(new CreateFlowCommand({ ...NUMBERS_FLOW, triggerConfig }));
      await client.send(new StartFlowCommand({ flowName: "numbers" }));

      for (;;) {
        const flow = await client.send(new DescribeFlowCommand({ flowName: "numbers" }));
        if (flow.flowStatus === "Active") await setTimeout(100);
        else {
          expect(flow).toMatchObject({
            flowStatus: "Suspended",
            flowStatusMessage: "A run failed. Mend the cause, and start the flow again.",
          });
          break;
        }
      }
    });

    await server.end("SIGINT");

    expect(eventsIn(server.log())).toEqual(["run-started", "configuration", "flow-suspended"]);
  });

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`goes on after ${signal} with the run that was under way, and loses and doubles nothing`, async () => {
      const input = await writeInput(RECORDS);
      server = await startDev(data);
      await withClient(server, async (client) => {
        await client.send(new CreateFlowCommand(NUMBERS_FLOW));
        await client.send(new StartFlowCommand({ flowName: "numbers" }));
        await setTimeout(150);
        expect((await newest(client)).executionStatus).toBe("InProgress");
      });

      await server.end(signal);
      expect(await outputs()).toEqual([]);
      server = await startDev(data);

      await withClient(server, async (client) => {
        expect(await ended(client)).toMatchObject({
          executionStatus: "Successful",
          executionResult: { recordsProcessed: RECORDS },
        });
      });
      const files = await outputs();
      expect(files).toHaveLength(1);
      expect((await readFile(files[0]!, "utf8")) === input).toBe(true);
    });
  }
});

async function writeInput(records: number): Promise<string> {
  const text = Array.from({ length: records }, (_, i) => `{"id":${i},"text":"${"x".repeat(i % 50)}"}\n`).join("");
  await writeFile(join(data, "buckets", "numbers-in", "numbers.json"), text);
  return text;
}

/** The codes of what is told, in order. */
function eventsIn(log: string): readonly string[] {
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => (JSON.parse(line) as { code: string }).code);
}

async function outputs(): Promise<readonly string[]> {
  const folder = join(data, "buckets", "numbers-out", "numbers");
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name));
}

async function withClient(dev: DevServer, use: (client: AppflowClient) => Promise<void>): Promise<void> {
  const { endpoint, region, accessKeyId, secretAccessKey } = dev;
  const client = new AppflowClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  try {
    await use(client);
  } finally {
    client.destroy();
  }
}

async function newest(client: AppflowClient): Promise<ExecutionRecord> {
  const { flowExecutions } = await client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "numbers" }));
  return flowExecutions![0]!;
}

async function ended(client: AppflowClient): Promise<ExecutionRecord> {
  for (;;) {
    const run = await newest(client);
    if (run.executionStatus !== "InProgress") return run;
    await setTimeout(50);
  }
}
