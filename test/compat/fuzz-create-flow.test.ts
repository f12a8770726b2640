import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { CreateFlowRequest } from "../../src/api/shapes.ts";
import { arbitraryOf } from "../support/shape-arbitrary.ts";
import { createTestApp, flowBody, post } from "../support/test-app.ts";

const ANYONE = { callers: "anyone" as const };

describe("CreateFlow", () => {
  it("has an answer for every request that looks like one", async () => {
    const app = createTestApp({ connectors, config: ANYONE });
    const answers = new Set<string>();

    await fc.assert(
      fc.asyncProperty(arbitraryOf(CreateFlowRequest), async (body) => {
        const { status, error, body: answer } = await post(app, "/create-flow", body);
        answers.add(`${status} ${error}`);
        expect([200, 400, 409]).toContain(status);
        if (status !== 200) expect(String(answer["message"]).length).toBeGreaterThan(10);
      }),
      { numRuns: 600 },
    );

    expect(app.reports).toEqual([]);
    expect([...answers]).toContain("400 ValidationException");
    expect([...answers]).toContain("400 SerializationException");
  });

  it("makes a flow of every list of tasks that it does not refuse, and gives back the list", async () => {
    const app = createTestApp({ connectors, config: ANYONE });
    const task = CreateFlowRequest.members.get("tasks")!.shape;
    let number = 0;
    let accepted = 0;

    await fc.assert(
      fc.asyncProperty(arbitraryOf(task), async (tasks) => {
        const flowName = `flow-${++number}`;
        const mapAll = { taskType: "Map_all", sourceFields: [] };
        const sent = Array.isArray(tasks) ? [mapAll, ...(tasks as unknown[])] : tasks;
        const created = await post(app, "/create-flow", flowBody(flowName, { tasks: sent }));
        expect([200, 400]).toContain(created.status);
        const flow = await app.ports.flows.get(flowName);
        expect(flow !== undefined).toBe(created.status === 200);
        if (flow === undefined) return;
        accepted++;
        const described = await post(app, "/describe-flow", { flowName });
        expect(JSON.stringify(described.body["tasks"])).toBe(JSON.stringify(withoutNulls(sent)));
        expect(new Set(flow.definition.tasks.map(({ index }) => index)).size).toBe((sent as unknown[]).length);
      }),
      { numRuns: 600 },
    );

    expect(app.reports).toEqual([]);
    expect(accepted).toBeGreaterThan(20);
  });

  it("has an answer for every text", async () => {
    const app = createTestApp({ connectors, config: ANYONE });
    const valid = JSON.stringify(flowBody("orders"));
    const edit = fc.record({ at: fc.nat(valid.length), drop: fc.nat(30), put: fc.string({ maxLength: 5 }) });

    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        const text = edits.reduce((text, { at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop), valid);
        expect([200, 400, 409]).toContain((await post(app, "/create-flow", text)).status);
      }),
      { numRuns: 600 },
    );

    expect(app.reports).toEqual([]);
  });
});

/** Null members mean the same as none. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(present.map(([name, member]) => [name, withoutNulls(member)]));
}
