import { beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteFlowStore } from "../../src/adapters/local/sqlite-flow-store.ts";
import { createSqliteOutbox } from "../../src/adapters/local/sqlite-outbox.ts";
import { createSqliteInbox } from "../../src/adapters/local/sqlite-inbox.ts";
import { createSqliteRunStore } from "../../src/adapters/local/sqlite-run-store.ts";
import type { Flow } from "../../src/flow/flow.ts";
import type { EventOutbox } from "../../src/run/event-outbox.ts";
import { type DuePorts, startDueRun } from "../../src/run/start-due-run.ts";
import { endNewest, sampleFlow } from "../support/sample-flow.ts";

const HOUR = 3_600_000;
const DUE = 1_700_000_000_000;

describe("a run that is due", () => {
  let started: string[];
  let cleared: string[];
  let ports: DuePorts;
  let outbox: EventOutbox;

  beforeEach(() => {
    const database = openDatabase(":memory:");
    started = [];
    cleared = [];
    outbox = createSqliteOutbox(database);
    ports = {
      flows: createSqliteFlowStore(database),
      runs: createSqliteRunStore(database),
      inbox: createSqliteInbox(database),
      orchestrator: { start: async (_, run) => void started.push(run), cancel: () => Promise.resolve() },
      alarm: { leadMs: 0, set: () => Promise.resolve(), clear: async (flow) => void cleared.push(flow) },
      now: () => DUE + 17,
    };
  });

  it("is one run, however often it is announced", async () => {
    await ports.flows.create(hourly());

    const answers = await Promise.all([1, 2, 3].map(() => startDueRun("orders", DUE, ports)));

    const runs = await ports.runs.list("orders", 10);
    expect(runs).toMatchObject([{ trigger: "scheduled", state: "planning", startedAt: DUE + 17 }]);
    expect(answers).toEqual([1, 2, 3].map(() => ({ state: "started", runId: runs[0]!.id })));
    expect(new Set(started)).toEqual(new Set([runs[0]!.id]));
  });

  it("is not run again after its end", async () => {
    await ports.flows.create(hourly());
    await startDueRun("orders", DUE, ports);
    await endNewest(ports.runs, "orders");
    const [run] = await ports.runs.list("orders", 1);
    started.length = 0;

    const answer = await startDueRun("orders", DUE, ports);

    expect(answer).toEqual({ state: "started", runId: run!.id });
    expect(started).toEqual([]);
    expect(await ports.runs.list("orders", 10)).toHaveLength(1);
  });

  it("is skipped while the one before is in progress", async () => {
    await ports.flows.create(hourly());
    await startDueRun("orders", DUE, ports);
    const [before] = await ports.runs.list("orders", 1);

    const answer = await startDueRun("orders", DUE + HOUR, ports);

    expect(answer).toEqual({ state: "skipped", blockedBy: before!.id });
    expect(started).toEqual([before!.id]);
    expect(await outbox.page(10)).toMatchObject([
      { type: "run-skipped", flow: "orders", dueAt: DUE + HOUR, heldBy: before!.id },
    ]);
  });

  it("is told as skipped once, however often it is announced, while that waits to be told", async () => {
    await ports.flows.create(hourly());
    await startDueRun("orders", DUE, ports);

    for (let time = 0; time < 3; time++) await startDueRun("orders", DUE + HOUR, ports);

    expect(await outbox.page(10)).toHaveLength(1);
  });

  it("starts when the one before ends while it is about to be skipped", async () => {
    await ports.flows.create(hourly());
    await startDueRun("orders", DUE, ports);
    const { runs } = ports;
    let asked = false;
    const ending: DuePorts["runs"] = {
      ...runs,
      async write(change) {
        if (!asked && change.events !== undefined) {
          asked = true;
          await endNewest(runs, "orders");
        }
        return runs.write(change);
      },
    };

    const answer = await startDueRun("orders", DUE + HOUR, { ...ports, runs: ending });

    expect(answer.state).toBe("started");
    expect(await outbox.page(10)).toEqual([]);
  });

  it.each<[string, Partial<Flow> | undefined]>([
    ["is suspended", { status: "suspended" }],
    ["is a draft", { status: "draft" }],
    ["runs on demand", { definition: sampleFlow("orders").definition }],
    ["is not there", undefined],
  ])("is none of a flow that %s, which is woken no more", async (_, changes) => {
    if (changes !== undefined) await ports.flows.create(hourly(changes));

    const answer = await startDueRun("orders", DUE, ports);

    expect(answer).toEqual({ state: "inactive" });
    expect(started).toEqual([]);
    expect(cleared).toEqual(["orders"]);
  });

  it("is none at a time at which the flow is not due", async () => {
    await ports.flows.create(hourly());

    expect(await startDueRun("orders", DUE + 60_000, ports)).toEqual({ state: "inactive" });
    expect(await ports.runs.list("orders", 1)).toEqual([]);
  });

  it("is none of a flow that was made again since, whose next one is another run", async () => {
    await ports.flows.create(hourly());
    const first = await startDueRun("orders", DUE, ports);
    await ports.flows.delete("orders");
    await ports.flows.create(hourly({ id: "again" }));

    const old = await startDueRun("orders", DUE, ports);
    const next = await startDueRun("orders", DUE + HOUR, ports);

    expect([first.state, old.state, next.state]).toEqual(["started", "inactive", "started"]);
    expect(next).not.toEqual(first);
  });
});

function hourly(changes: Partial<Flow> = {}): Flow {
  const flow = sampleFlow("orders");
  return {
    ...flow,
    definition: {
      ...flow.definition,
      trigger: {
        type: "scheduled",
        schedule: {
          startAt: DUE - HOUR,
          expression: { type: "rate", every: 1, unit: "hour" },
          pull: "complete",
          offsetMs: 0,
        },
      },
    },
    ...changes,
  };
}
