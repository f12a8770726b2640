import { beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteFlowStore } from "../../src/adapters/local/sqlite-flow-store.ts";
import { createSqliteOutbox } from "../../src/adapters/local/sqlite-outbox.ts";
import { createSqliteInbox } from "../../src/adapters/local/sqlite-inbox.ts";
import { createSqliteRunStore } from "../../src/adapters/local/sqlite-run-store.ts";
import type { Flow } from "../../src/flow/flow.ts";
import type { EventOutbox } from "../../src/run/event-outbox.ts";
import type { Run } from "../../src/run/run.ts";
import { type DuePorts, startDueRun } from "../../src/run/start-due-run.ts";
import { suspendFailing } from "../../src/run/suspend-failing.ts";
import { endNewest, sampleFlow } from "../support/sample-flow.ts";

const HOUR = 3_600_000;
const DUE = 1_700_000_000_000;
const FAILED: Partial<Run> = { state: "aborted", failure: "data", message: "why" };

describe("a scheduled flow whose runs fail", () => {
  let ports: DuePorts;
  let outbox: EventOutbox;
  let cleared: string[];
  let ticks: number;

  beforeEach(async () => {
    const database = openDatabase(":memory:");
    [cleared, ticks] = [[], 0];
    outbox = createSqliteOutbox(database);
    ports = {
      flows: createSqliteFlowStore(database),
      runs: createSqliteRunStore(database),
      inbox: createSqliteInbox(database),
      orchestrator: { start: () => Promise.resolve(), cancel: () => Promise.resolve() },
      alarm: { leadMs: 0, set: () => Promise.resolve(), clear: async (flow) => void cleared.push(flow) },
      now: () => DUE + ticks * HOUR,
    };
  });

  it("is suspended after as many in a row as it says, its alarm removed, and that is told", async () => {
    await ports.flows.create(hourly(3));

    expect([await runs(FAILED), await runs(FAILED), await runs(FAILED)]).toEqual([false, false, true]);

    const flow = (await ports.flows.get("orders"))!;
    expect(flow).toMatchObject({ status: "suspended", version: 2, updatedAt: DUE + 3 * HOUR });
    expect(flow.statusMessage).toBe("3 runs failed one after the other. Mend the cause, and start the flow again.");
    expect(cleared).toEqual(["orders"]);
    expect(await outbox.page(10)).toMatchObject([
      { type: "flow-suspended", flow: "orders", trigger: "scheduled", message: flow.statusMessage },
    ]);
    expect(await suspendFailing("orders", ports)).toBe(false);
  });

  it.each<[string, Partial<Run>, boolean]>([
    ["succeeds is active", { state: "published" }, false],
    ["is cancelled is suspended with the next", { state: "aborted", failure: "canceled" }, true],
  ])("when one in between %s", async (_, between, suspended) => {
    await ports.flows.create(hourly(2));

    for (const end of [FAILED, between, FAILED]) await runs(end);

    expect((await ports.flows.get("orders"))!.status).toBe(suspended ? "suspended" : "active");
  });

  it("is forgiven what failed before it was activated again", async () => {
    await ports.flows.create(hourly(2));
    await runs(FAILED);
    await runs(FAILED);
    const flow = (await ports.flows.get("orders"))!;
    const { statusMessage: _, ...rest } = flow;
    await ports.flows.update({ ...rest, status: "active", activatedAt: DUE + ticks * HOUR, version: 3 });

    expect(await suspendFailing("orders", ports)).toBe(false);
    expect(await runs(FAILED)).toBe(false);
    expect(await runs(FAILED)).toBe(true);
  });

  it("is suspended by whoever would start the next run, if nobody lived to do so", async () => {
    await ports.flows.create(hourly(1));
    await startDueRun("orders", DUE, ports);
    await endNewest(ports.runs, "orders", FAILED);

    const answer = await startDueRun("orders", DUE + HOUR, ports);

    expect(answer).toEqual({ state: "inactive" });
    expect((await ports.flows.get("orders"))!.status).toBe("suspended");
    expect(await ports.runs.list("orders", 10)).toHaveLength(1);
  });

  it("is suspended by one of many who try, and told once", async () => {
    await ports.flows.create(hourly(1));
    await startDueRun("orders", DUE, ports);
    await endNewest(ports.runs, "orders", FAILED);

    const answers = await Promise.all([1, 2, 3].map(() => suspendFailing("orders", ports)));

    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await outbox.page(10)).toHaveLength(1);
  });

  it("goes on for ever when it does not say how many", async () => {
    await ports.flows.create(hourly());

    for (let run = 0; run < 10; run++) await runs(FAILED);

    expect((await ports.flows.get("orders"))!.status).toBe("active");
  });

  /** One run, with that end; whether the flow was suspended then. */
  async function runs(end: Partial<Run>): Promise<boolean> {
    expect(await startDueRun("orders", DUE + ticks++ * HOUR, ports)).toMatchObject({ state: "started" });
    await endNewest(ports.runs, "orders", end);
    return suspendFailing("orders", ports);
  }
});

function hourly(failuresAllowed?: number): Flow {
  const flow = sampleFlow("orders");
  const schedule = {
    startAt: DUE - HOUR,
    expression: { type: "rate", every: 1, unit: "hour" },
    pull: "complete",
    offsetMs: 0,
    ...(failuresAllowed !== undefined && { failuresAllowed }),
  } as const;
  return {
    ...flow,
    activatedAt: DUE - HOUR,
    definition: { ...flow.definition, trigger: { type: "scheduled", schedule } },
  };
}
