import { describe, expect, it } from "vitest";
import { endNewest } from "../../support/sample-flow.ts";
import { createTestApp, flowBody, post } from "../../support/test-app.ts";

const ANYONE = { config: { callers: "anyone" as const } };

describe("startFlow", () => {
  it("takes a token for a new call after eight hours, and again after sixteen", async () => {
    let now = 1_800_000_000_000;
    const app = createTestApp({ ...ANYONE, ports: { now: () => now } });
    await post(app, "/create-flow", flowBody("orders"));
    const start = async () =>
      (await post(app, "/start-flow", { flowName: "orders", clientToken: "t" })).body["executionId"];

    const ids: unknown[] = [];
    for (let use = 0; use < 3; use++) {
      ids.push(await start());
      expect(await start()).toBe(ids.at(-1));
      await endNewest(app.ports.runs, "orders");
      now += 8 * 3_600_000;
    }

    expect(new Set(ids).size).toBe(3);
  });

  it("names the run as it is told when there is no token", async () => {
    const app = createTestApp({ ...ANYONE, ports: { id: () => "0c6f0000-0000-4000-8000-000000000001" } });
    await post(app, "/create-flow", flowBody("orders"));

    const { body } = await post(app, "/start-flow", { flowName: "orders" });

    expect(body["executionId"]).toBe("0c6f0000-0000-4000-8000-000000000001");
  });

  it("leaves no run behind of a flow that is deleted meanwhile", async () => {
    const app = createTestApp(ANYONE);
    await post(app, "/create-flow", flowBody("orders"));
    const { flows, runs } = app.ports;
    const racing = createTestApp({
      ...ANYONE,
      ports: {
        flows,
        runs: {
          ...runs,
          async write(change) {
            if (change.run?.version === 1) await flows.delete("orders");
            return runs.write(change);
          },
        },
      },
    });

    const answer = await post(racing, "/start-flow", { flowName: "orders" });

    expect(answer).toMatchObject({ status: 404, error: "ResourceNotFoundException" });
    expect(await runs.unfinished()).toEqual([]);
    expect(racing.started).toEqual([]);
  });

  it("starts the same run when the orchestrator failed the first time", async () => {
    const started: string[] = [];
    let failures = 1;
    const app = createTestApp({
      ...ANYONE,
      ports: {
        orchestrator: {
          async start(_, run) {
            if (failures-- > 0) throw new Error("not now");
            started.push(run);
          },
          cancel: () => Promise.resolve(),
        },
      },
    });
    await post(app, "/create-flow", flowBody("orders"));

    const first = await post(app, "/start-flow", { flowName: "orders", clientToken: "t" });
    const second = await post(app, "/start-flow", { flowName: "orders", clientToken: "t" });

    expect([first.status, first.error, second.status]).toEqual([500, "InternalServerException", 200]);
    expect(started).toEqual([second.body["executionId"]]);
    expect(app.reports).toHaveLength(1);
  });
});
