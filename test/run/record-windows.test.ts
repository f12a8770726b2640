import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Task } from "../../src/tasks/task.ts";
import { expectOnce, history, LAG, LOOKBACK, play, RecordFlow } from "../support/record-history.ts";
import type { History } from "../support/record-history.ts";

describe("an incremental flow of records", () => {
  it("delivers each version once, those of one time together, whatever the size of a page", async () => {
    for (const pageSize of [1, 7, 3000]) {
      const flow = new RecordFlow(pageSize);
      flow.system.now = 100;
      for (let i = 0; i < 500; i++) flow.system.write(`${i % 2 === 0 ? "b" : "x"}${i}`);
      flow.system.now += LAG;
      await flow.run();
      expect(flow.delivered).toHaveLength(500);

      flow.system.write("b0", 0, 100);
      flow.system.write("new", 0, 100);
      await flow.run();

      const { delivered } = flow;
      expect(new Set(delivered.slice(500).map(({ id }) => id))).toEqual(new Set(["b0", "new"]));
      expect(delivered).toHaveLength(502);
    }
  });

  it("delivers ten thousand records of one time once, cut anywhere, and again reached back over", async () => {
    const flow = new RecordFlow(1000);
    flow.system.now = 100;
    for (let i = 0; i < 10_000; i++) flow.system.write(`${i % 2 === 0 ? "b" : "x"}${i}`);
    flow.system.now += LAG;
    await flow.run("cut");
    flow.system.now += 1;
    await flow.run();

    expect(flow.delivered).toHaveLength(10_000);
    expect(new Set(flow.delivered.map(({ id }) => id)).size).toBe(10_000);
  });

  it("reads a window again from its start when the source takes a cursor no more", async () => {
    const flow = new RecordFlow(2);
    const read = flow.source.read.bind(flow.source);
    let reads = 0;
    let hasExpired = false;
    flow.source.read = async function* (session, query) {
      for await (const page of read(session, query)) {
        if (query.slice === "a-m" && reads++ === 2) hasExpired = true;
        if (hasExpired) throw new Error("410 Gone: the cursor has expired.");
        yield page;
      }
    };
    flow.system.now = 100;
    for (let i = 0; i < 9; i++) flow.system.write(`b${i}`);
    flow.system.now += LAG;
    const failed = await flow.run("failed");
    hasExpired = false;
    await flow.run();

    expect(failed).toMatchObject({ state: "aborted" });
    expect(flow.delivered.map(({ id }) => id).toSorted()).toEqual(Array.from({ length: 9 }, (_, i) => `b${i}`));
  });

  it("leaves out what a source gives beyond the window", async () => {
    const flow = new RecordFlow(10);
    const read = flow.source.read.bind(flow.source);
    flow.source.read = (session, query) => read(session, { ...query, window: { after: -1, to: 1e6 } });
    flow.system.now = 100;
    flow.system.write("a", 0, 50);
    flow.system.write("b", 0, 99);

    const run = await flow.run();
    expect(run.counts).toMatchObject({ read: 1 });
    expect(flow.delivered.map(({ id }) => id)).toEqual(["a"]);

    flow.system.now = 200;
    await flow.run();
    await flow.run();
    expect(flow.delivered.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("rejects a record that does not say which version it is, or of when", async () => {
    const flow = new RecordFlow(10);
    flow.system.now = 100;
    const read = flow.source.read.bind(flow.source);
    flow.source.read = async function* (session, query) {
      for await (const page of read(session, query)) {
        const odd = [
          { id: "c", edit: 1, changedAt: "soon" },
          { id: "d", changedAt: 50 },
          { edit: 3, changedAt: 50 },
        ];
        yield query.slice === "a-m" && "records" in page ? { ...page, records: [...page.records, ...odd] } : page;
      }
    };
    flow.system.write("a", 0, 50);

    const run = await flow.run();

    expect(run.counts).toMatchObject({ read: 4, rejected: 3, destinations: [{ written: 1 }] });
    expect(flow.delivered.map(({ id }) => id)).toEqual(["a"]);
    expect(flow.errors()).toHaveLength(3);
    expect(flow.errors()[0]).toMatchObject({ errorCode: "MalformedRecord", offset: 1 });
  });

  it("reads the fields that tell versions apart, and writes only those that the flow wants", async () => {
    const types = { sourceType: undefined, targetType: undefined };
    const map: Task = { type: "map", index: 0, source: "id", target: "name", ...types };
    const flow = new RecordFlow(10, [map]);
    flow.system.now = 100;
    flow.system.write("a", 0, 90);
    await flow.run();
    await flow.run();

    expect(flow.lines).toEqual(['{"name":"a"}']);
  });

  it("loses no version and doubles none, however late within the bound, over failures, edits and deletions", async () => {
    await fc.assert(fc.asyncProperty(history(LOOKBACK + LAG - 1), isOnce), { numRuns: 400 });
  });

  it("loses one that is later than the bound, so that the bound is no chance", async () => {
    // Here all times are whole: what turns up at the very millisecond of the bound is still found.
    const found = await fc.check(fc.asyncProperty(history(LOOKBACK + LAG + 1), isOnce), { numRuns: 2000, seed: 1 });

    expect(found.failed).toBe(true);
  });
});

/** Each version that was there to be read, not edited away or deleted before, comes once, and none twice. */
async function isOnce({ pageSize, steps }: History): Promise<void> {
  const flow = new RecordFlow(pageSize);
  const due = await play(flow, steps);
  await flow.run();
  expectOnce(flow, due);
}
