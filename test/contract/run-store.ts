import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunStore } from "../../src/run/run-store.ts";
import type { Run } from "../../src/run/run.ts";
import { ended, sampleRun } from "../support/sample-flow.ts";
import type { StoresCase, StoresUnderTest } from "./stores.ts";

/** Everything that a `RunStore` promises. */
export function runStoreContract(subject: StoresCase): void {
  describe(`run store: ${subject.name}`, () => {
    let opened: StoresUnderTest;
    let store: RunStore;
    let other: RunStore;
    let flows = 0;
    /** A flow that no other test uses. */
    const fresh = () => `flow-${++flows}`;
    const unfinishedOf = async (flow: string) =>
      (await store.unfinished()).filter((run) => run.flow === flow).map((run) => run.id);

    beforeAll(async () => {
      opened = await subject.open();
      [store, other] = [opened.stores.runs, opened.others.runs];
    });

    afterAll(() => opened.close());

    it("gives back what was created, to every reader", async () => {
      const run = sampleRun(fresh(), "r1", {
        message: "«ü» \u0000",
        checkpoint: JSON.parse('{"__proto__":{"n":[1.5,null,true]}}') as NonNullable<Run["checkpoint"]>,
        objects: [{ bucket: "b", key: "k", bytes: 2 ** 40, records: 3, kind: "data", destination: 0 }],
      });

      const created = await store.create(run);

      expect(created).toBe(true);
      expect(await other.get(run.flow, "r1")).toEqual(run);
      expect(await other.get(run.flow, "r2")).toBeUndefined();
      expect(await other.get(fresh(), "r1")).toBeUndefined();
    });

    it("keeps the first of two runs with one id, even when it has ended", async () => {
      const run = sampleRun(fresh(), "r1");
      await store.create(run);
      await store.update(ended(run));

      expect(await other.create(run)).toBe(false);
      expect(await store.get(run.flow, "r1")).toEqual(ended(run));
    });

    it("holds one unfinished run for each flow", async () => {
      const first = sampleRun(fresh(), "r1");
      const second = sampleRun(first.flow, "r2");
      await store.create(first);

      const meanwhile = await other.create(second);
      const ofAnother = await other.create(sampleRun(fresh(), "r1"));
      await store.update(ended(first));
      const afterwards = await other.create(second);

      expect([meanwhile, ofAnother, afterwards]).toEqual([false, true, true]);
    });

    it("lets one of many starters win", async () => {
      const flow = fresh();

      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => [store, other][n % 2]!.create(sampleRun(flow, `r${n}`))),
      );

      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await store.list(flow, 100)).toHaveLength(1);
    });

    it("updates only what has the version before", async () => {
      const run = sampleRun(fresh(), "r1");
      await store.create(run);

      const first = await store.update({ ...run, status: "publishing", version: 2 });
      const stale = await other.update({ ...run, status: "cancel-started", version: 2 });
      const ahead = await other.update({ ...run, version: 4 });
      const missing = await other.update({ ...run, id: "r2", version: 2 });

      expect([first, stale, ahead, missing]).toEqual([true, false, false, false]);
      expect(await store.get(run.flow, "r1")).toEqual({ ...run, status: "publishing", version: 2 });
    });

    it("lists the runs of a flow once each, newest first, whatever the size of the page", async () => {
      const flow = fresh();
      const starts = [5, 1, 3, 3, 3, 9, 2 ** 41];
      for (const [n, startedAt] of starts.entries()) await store.create(ended(sampleRun(flow, `r${n}`, { startedAt })));
      await store.create(ended(sampleRun(fresh(), "r9")));

      for (const size of [1, 2, 3, 100]) {
        expect(await listAll(store, flow, size)).toEqual(["r6", "r5", "r0", "r4", "r3", "r2", "r1"]);
      }
    });

    it("lists on from a run that is gone", async () => {
      const flow = fresh();
      for (const startedAt of [1, 2, 4]) await store.create(ended(sampleRun(flow, `r${startedAt}`, { startedAt })));

      const page = await store.list(flow, 1, { startedAt: 3, id: "x" });

      expect(page.map((run) => run.id)).toEqual(["r2"]);
    });

    it("tells the unfinished runs of all flows, oldest first", async () => {
      const [a, b, c] = [fresh(), fresh(), fresh()];
      await store.create(sampleRun(a, "late", { startedAt: 30 }));
      await store.create(sampleRun(b, "early", { startedAt: 10 }));
      await store.create(ended(sampleRun(c, "over", { startedAt: 20 })));
      await other.update({ ...sampleRun(b, "early", { startedAt: 10 }), status: "publishing", version: 2 });

      const ids = (await store.unfinished()).filter((run) => [a, b, c].includes(run.flow)).map((run) => run.id);

      expect(ids).toEqual(["early", "late"]);
    });

    it("forgets every run of a flow, and of no other", async () => {
      const [flow, neighbour] = [fresh(), fresh()];
      await store.create(ended(sampleRun(flow, "r1")));
      await store.create(sampleRun(flow, "r2"));
      await store.create(sampleRun(neighbour, "r1"));

      await other.deleteAll(flow);
      await other.deleteAll(flow);

      expect(await store.list(flow, 10)).toEqual([]);
      expect(await unfinishedOf(flow)).toEqual([]);
      expect(await store.list(neighbour, 10)).toHaveLength(1);
      expect(await store.create(sampleRun(flow, "r2"))).toBe(true);
    });

    it("behaves like a map in every history", async () => {
      const action = fc.record({
        type: fc.constantFrom("create", "end", "touch", "forget"),
        id: fc.constantFrom("r1", "r2", "r3"),
        startedAt: fc.integer({ min: 0, max: 3 }),
      });

      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
          const flow = fresh();
          const model = new Map<string, Run>();
          const busy = () => [...model.values()].some((run) => run.endedAt === undefined);
          for (const { type, id, startedAt } of actions) {
            const known = model.get(id);
            if (type === "create") {
              const run = sampleRun(flow, id, { startedAt });
              expect(await store.create(run)).toBe(known === undefined && !busy());
              if (known === undefined && !busy()) model.set(id, run);
            } else if (type === "forget") {
              await store.deleteAll(flow);
              model.clear();
            } else if (known !== undefined && known.endedAt === undefined) {
              const next = type === "end" ? ended(known) : { ...known, version: known.version + 1 };
              expect(await store.update(next)).toBe(true);
              model.set(id, next);
            }
            expect(await other.get(flow, id)).toEqual(model.get(id));
          }
          const newestFirst = [...model.values()]
            .sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1))
            .map((run) => run.id);
          expect(await listAll(other, flow, 2)).toEqual(newestFirst);
          expect(await unfinishedOf(flow)).toHaveLength(busy() ? 1 : 0);
        }),
        { numRuns: 30 },
      );
    });
  });
}

/** The ids of all runs of the flow, page by page. */
async function listAll(store: RunStore, flow: string, size: number): Promise<string[]> {
  const ids: string[] = [];
  for (let after: Run | undefined; ;) {
    const page = await store.list(flow, size, after);
    expect(page.length).toBeLessThanOrEqual(size);
    ids.push(...page.map((run) => run.id));
    after = page.at(-1);
    if (page.length < size || after === undefined) return ids;
  }
}
