import {
  CreateFlowCommand,
  type CreateFlowCommandInput,
  DescribeFlowCommand,
  DescribeFlowExecutionRecordsCommand,
  StartFlowCommand,
  UpdateFlowCommand,
  type UpdateFlowCommandInput,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import { reportOf } from "../../src/api/event-report.ts";
import { suspendFailing } from "../../src/run/suspend-failing.ts";
import { startDueRun } from "../../src/run/start-due-run.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { ReadRange } from "../../src/sdk/object-store.ts";
import { type ServedApp, serveApp } from "../support/appflow-client.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { memoryScratch } from "../support/memory-scratch.ts";
import { flowBody } from "../support/test-app.ts";

const HOUR = 3_600_000;
const START = 1_767_225_600_000;

/** A scheduled flow from S3 to S3 that reads what is new, through the official client. */
describe("an incremental flow", () => {
  let served: ServedApp;
  let objects: BreakableStore;
  let now: number;

  beforeEach(async () => {
    now = START;
    objects = new BreakableStore(["src-bkt", "dst-bkt", "staging"]);
    objects.now = () => now;
    // Signatures are of the real time, and this one runs ahead.
    served = await serveApp({
      ports: { now: () => now, openObjects: async () => objects },
      connectors,
      config: { callers: "anyone" },
    });
    const schedule = { scheduleExpression: "rate(1hours)", dataPullMode: "Incremental" };
    const changes = { triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled: schedule } } };
    await served.client.send(new CreateFlowCommand(flowBody("orders", changes) as unknown as CreateFlowCommandInput));
    await served.client.send(new StartFlowCommand({ flowName: "orders" }));
  });

  afterEach(() => served.close());

  it("reads in its second run just the new and the changed objects, and tells which time it read", async () => {
    await put("in/a.csv", "first");
    await put("in/b.csv", "second");
    await tick();
    expect(takeOutput()).toEqual(["first", "second"]);

    await put("in/b.csv", "changed");
    await put("in/c.csv", "third");
    await tick();

    expect(takeOutput()).toEqual(["changed", "third"]);
    const [second, first] = await records();
    expect(first).toMatchObject({ executionStatus: "Successful", executionResult: { recordsProcessed: 2 } });
    expect(first!.dataPullEndTime).toEqual(new Date(START + HOUR));
    expect(second).toMatchObject({
      executionStatus: "Successful",
      executionResult: { recordsProcessed: 2 },
      dataPullStartTime: new Date(START + HOUR),
      dataPullEndTime: new Date(START + 2 * HOUR),
    });
  });

  it("loses nothing by a run that fails", async () => {
    await put("in/a.csv", "first");
    await tick();
    await put("in/b.csv", "second");
    objects.broken = true;
    await tick();
    objects.broken = false;
    await put("in/c.csv", "third");
    await tick();

    expect((await records()).map(({ executionStatus }) => executionStatus)).toEqual([
      "Successful",
      "Error",
      "Successful",
    ]);
    expect(takeOutput()).toEqual(["first", "second", "third"]);
  });

  it("reads up to the schedule's offset before the run (S18)", async () => {
    await updateSchedule({ scheduleOffset: 600 });
    await tick();

    const [run] = await records();
    expect(run!.dataPullEndTime).toEqual(new Date(START + HOUR - 600_000));
  });

  it("begins thirty days back, and after a run that failed where the last one that counted ended (S17)", async () => {
    await put("in/a.csv", "first");
    await tick();
    objects.broken = true;
    await put("in/b.csv", "second");
    await tick();
    objects.broken = false;
    await tick();

    const windows = (await records()).map(({ executionStatus, dataPullStartTime, dataPullEndTime }) => {
      return { executionStatus, hours: [dataPullStartTime!, dataPullEndTime!].map((time) => (+time - START) / HOUR) };
    });
    expect(windows).toEqual([
      { executionStatus: "Successful", hours: [1, 3] },
      { executionStatus: "Error", hours: [1, 2] },
      { executionStatus: "Successful", hours: [1 - 30 * 24, 1] },
    ]);
    expect(takeOutput()).toEqual(["first", "second"]);
  });

  it("is suspended after as many failed runs as it says, which is told (S16)", async () => {
    await updateSchedule({ flowErrorDeactivationThreshold: 3 });
    objects.broken = true;
    const statuses: unknown[] = [];
    for (let run = 1; run <= 3; run++) {
      await put("in/a.csv", "never read");
      await tick();
      statuses.push((await served.client.send(new DescribeFlowCommand({ flowName: "orders" }))).flowStatus);
    }
    const flow = await served.client.send(new DescribeFlowCommand({ flowName: "orders" }));

    expect(statuses).toEqual(["Active", "Active", "Suspended"]);
    expect(flow.flowStatusMessage).toContain("3 runs failed one after the other");
    const told = (await served.app.outbox.page(100)).map((event) => reportOf(event, new Map()).detailType);
    expect(told.filter((type) => type === "AppFlow Scheduled Flow Deactivated")).toHaveLength(1);
    await expect(tick()).rejects.toThrow("inactive");

    objects.broken = false;
    await served.client.send(new StartFlowCommand({ flowName: "orders" }));
    await tick();
    expect(takeOutput()).toEqual(["never read"]);
  });

  async function updateSchedule(changes: object): Promise<void> {
    const schedule = { scheduleExpression: "rate(1hours)", dataPullMode: "Incremental", ...changes };
    const trigger = { triggerType: "Scheduled", triggerProperties: { Scheduled: schedule } };
    const { clientToken: _, tags: __, ...body } = flowBody("orders", { triggerConfig: trigger });
    await served.client.send(new UpdateFlowCommand(body as unknown as UpdateFlowCommandInput));
  }

  async function put(key: string, text: string): Promise<void> {
    await objects.put("src-bkt", key, Buffer.from(`text\n${text}\n`));
  }

  /** An hour passes, the flow is due, and its run is carried out. */
  async function tick(): Promise<void> {
    now += HOUR;
    const { ports } = served.app;
    const due = await startDueRun("orders", now, ports);
    if (due.state !== "started") throw new Error(`The flow is not due: ${due.state}.`);
    const more = {
      objects,
      connectors: new Map(connectors.map((connector) => [connector.type, connector])),
      openScratch: () => Promise.resolve(memoryScratch()),
      stagingBucket: "staging",
    };
    const control = { signal: new AbortController().signal, shouldStop: () => false };
    await executeRun("orders", due.runId, { ...ports, ...more }, control);
    await suspendFailing("orders", ports);
  }

  async function records() {
    const answer = await served.client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "orders" }));
    return answer.flowExecutions!;
  }

  /** The texts of all records that were written since the last call. */
  function takeOutput(): string[] {
    const keys = objects.keys("dst-bkt").filter((key) => key.startsWith("orders/"));
    const lines = keys.flatMap((key) => objects.text("dst-bkt", key).trim().split("\n"));
    for (const key of keys) void objects.delete("dst-bkt", key);
    return lines.map((line) => (JSON.parse(line) as { text: string }).text).sort();
  }
});

class BreakableStore extends MemoryObjectStore {
  broken = false;

  override async *read(bucket: string, key: string, range: ReadRange = {}): AsyncIterable<Uint8Array> {
    if (this.broken) throw new ObjectStoreError("Unavailable", "The store is down.");
    yield* super.read(bucket, key, range);
  }
}
