import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunStore } from "../../src/run/run-store.ts";
import type { Position } from "../../src/run/position.ts";
import type { Run } from "../../src/run/run.ts";
import type { Attempt, Segment } from "../../src/run/segment.ts";
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
        plan: JSON.parse('{"__proto__":{"n":[1.5,null,true]}}') as NonNullable<Run["plan"]>,
      });

      const created = await store.write({ run });

      expect(created).toBe(true);
      expect(await other.get(run.flow, "r1")).toEqual(run);
      expect(await other.get(run.flow, "r2")).toBeUndefined();
      expect(await other.get(fresh(), "r1")).toBeUndefined();
      expect(await other.position(run.flow)).toBeUndefined();
    });

    it("keeps the first of two runs with one id, even when it has ended", async () => {
      const run = sampleRun(fresh(), "r1");
      await store.write({ run });
      await store.write({ run: ended(run) });

      expect(await other.write({ run })).toBe(false);
      expect(await store.get(run.flow, "r1")).toEqual(ended(run));
    });

    it("keeps a run that has ended from its first write on, and takes one that is forgotten anew", async () => {
      const run = sampleRun(fresh(), "r1");
      await store.write({ run });
      await store.forget(run.flow, "r1");

      const again = { ...ended(run), version: 1 };

      expect(await store.write({ run: again })).toBe(true);
      expect(await other.get(run.flow, "r1")).toEqual(again);
      expect(await other.list(run.flow, 10)).toEqual([again]);
      expect(await unfinishedOf(run.flow)).toEqual([]);
    });

    it("lets one of many starters have the flow", async () => {
      const flow = fresh();

      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          [store, other][n % 2]!.write({ run: sampleRun(flow, `r${n}`), position: heldBy(flow, `r${n}`) }),
        ),
      );

      expect(results.filter(Boolean)).toHaveLength(1);
      const [run] = await store.list(flow, 100);
      expect(await store.list(flow, 100)).toHaveLength(1);
      expect(await other.position(flow)).toEqual(heldBy(flow, run!.id));
    });

    it("updates only what has the version before", async () => {
      const run = sampleRun(fresh(), "r1");
      await store.write({ run });

      const first = await store.write({ run: { ...run, state: "running", version: 2 } });
      const stale = await other.write({ run: { ...run, state: "aborting", version: 2 } });
      const ahead = await other.write({ run: { ...run, version: 4 } });
      const missing = await other.write({ run: { ...run, id: "r2", version: 2 } });

      expect([first, stale, ahead, missing]).toEqual([true, false, false, false]);
      expect(await store.get(run.flow, "r1")).toEqual({ ...run, state: "running", version: 2 });
    });

    it("writes all of a change or nothing, whichever condition does not hold", async () => {
      const run = sampleRun(fresh(), "r1");
      const { flow } = run;
      const held = heldBy(flow, "r1");
      await store.write({ run, position: held, segment: segmentOf(run, 0, 0), attempt: attemptOf(run, 0, 0, 1) });
      const next = { ...run, state: "running" as const, version: 2 };
      const fine = {
        run: next,
        position: { ...held, failures: 1, version: 2 },
        segment: segmentOf(run, 0, 1),
        attempt: attemptOf(run, 0, 1, 1),
      };

      const refused = [
        await store.write({ ...fine, run: { ...next, version: 3 } }),
        await store.write({ ...fine, position: { ...held, version: 3 } }),
        await store.write({ ...fine, position: held }),
        await store.write({ ...fine, segment: segmentOf(run, 0, 0) }),
        await store.write({ ...fine, attempt: attemptOf(run, 0, 0, 1) }),
        await store.write({ segment: fine.segment, attempt: fine.attempt, unchanged: next }),
        await store.write({ segment: fine.segment, unchanged: { ...run, id: "r2" } }),
      ];

      expect(refused).toEqual([false, false, false, false, false, false, false]);
      expect(await other.get(flow, "r1")).toEqual(run);
      expect(await other.position(flow)).toEqual(held);
      expect(await all(other.segments(flow, "r1"))).toEqual([segmentOf(run, 0, 0)]);
      expect(await all(other.attempts(flow, "r1"))).toEqual([attemptOf(run, 0, 0, 1)]);
      expect(await store.write(fine)).toBe(true);
      expect(await other.get(flow, "r1")).toEqual(next);
      expect(await other.position(flow)).toEqual(fine.position);
    });

    it("leaves a run as it is that is only to be unchanged", async () => {
      const run = sampleRun(fresh(), "r1");
      await store.write({ run });

      const done = await store.write({ segment: segmentOf(run, 0, 0), unchanged: run });

      expect(done).toBe(true);
      expect(await other.get(run.flow, "r1")).toEqual(run);
    });

    it("lets one of many register a segment, and one of many take a number", async () => {
      const run = sampleRun(fresh(), "r1");
      await store.write({ run });
      const writers = Array.from({ length: 10 }, (_, n) => [store, other][n % 2]!);

      const registered = await Promise.all(
        writers.map((each, n) => each.write({ segment: segmentOf(run, 3, 0, n + 1), unchanged: run })),
      );
      const begun = await Promise.all(
        writers.map((each) => each.write({ attempt: attemptOf(run, 3, 0, 1), unchanged: run })),
      );

      expect(registered.filter(Boolean)).toHaveLength(1);
      expect(begun.filter(Boolean)).toHaveLength(1);
      expect(await all(store.segments(run.flow, "r1"))).toEqual([segmentOf(run, 3, 0, registered.indexOf(true) + 1)]);
    });

    it("tells segments and attempts in order, of all slices or of one", async () => {
      const run = sampleRun(fresh(), "r1");
      const neighbour = sampleRun(run.flow, "r10");
      await store.write({ run });
      await store.write({ run: neighbour });
      for (const [slice, number] of [
        [10, 0],
        [2, 1],
        [0, 0],
        [2, 0],
        [2, 10],
        [2, 2],
      ] as const) {
        await store.write({ segment: segmentOf(run, slice, number), attempt: attemptOf(run, slice, number, 1) });
      }
      await store.write({ attempt: attemptOf(run, 2, 1, 11) });
      await store.write({ attempt: attemptOf(run, 2, 1, 2) });
      await store.write({ segment: segmentOf(neighbour, 2, 7) });

      const places = (await all(other.segments(run.flow, "r1"))).map(({ slice, number }) => [slice, number]);
      const ofTwo = (await all(other.segments(run.flow, "r1", 2))).map(({ number }) => number);
      const numbers = (await all(other.attempts(run.flow, "r1", 2))).map(({ segment, number }) => [segment, number]);

      expect(places).toEqual([
        [0, 0],
        [2, 0],
        [2, 1],
        [2, 2],
        [2, 10],
        [10, 0],
      ]);
      expect(ofTwo).toEqual([0, 1, 2, 10]);
      expect(numbers).toEqual([
        [0, 1],
        [1, 1],
        [1, 2],
        [1, 11],
        [2, 1],
        [10, 1],
      ]);
    });

    it("holds thousands of segments", async () => {
      const run = sampleRun(fresh(), "r1");
      await store.write({ run });
      for (let slice = 0; slice < 1500; slice++) await store.write({ segment: segmentOf(run, slice, 0) });

      const slices = (await all(other.segments(run.flow, "r1"))).map(({ slice }) => slice);

      expect(slices).toEqual(Array.from({ length: 1500 }, (_, slice) => slice));
    });

    it("shows what was shown last of every slice, and nothing of a run that is not there", async () => {
      const run = sampleRun(fresh(), "r1");
      await store.write({ run });
      const counts = (read: number) => ({ ...run.counts, read });

      await store.showProgress(run.flow, "r1", 1, counts(5));
      await other.showProgress(run.flow, "r1", 0, counts(7));
      await other.showProgress(run.flow, "r1", 1, counts(6));
      await other.showProgress(run.flow, "r2", 0, counts(1));

      const shown = (await store.progress(run.flow, "r1")).map(({ read }) => read);
      expect(shown.toSorted((a, b) => a - b)).toEqual([6, 7]);
      expect(await store.progress(run.flow, "r2")).toEqual([]);
      expect(await store.get(run.flow, "r1")).toEqual(run);
    });

    it("lists the runs of a flow once each, newest first, whatever the size of the page", async () => {
      const flow = fresh();
      const starts = [5, 1, 3, 3, 3, 9, 2 ** 41];
      for (const [n, startedAt] of starts.entries())
        await store.write({ run: sampleRun(flow, `r${n}`, { startedAt }) });
      await store.write({ run: sampleRun(fresh(), "r9") });

      for (const size of [1, 2, 3, 100]) {
        expect(await listAll(store, flow, size)).toEqual(["r6", "r5", "r0", "r4", "r3", "r2", "r1"]);
      }
    });

    it("lists on from a run that is gone", async () => {
      const flow = fresh();
      for (const startedAt of [1, 2, 4]) await store.write({ run: sampleRun(flow, `r${startedAt}`, { startedAt }) });

      const page = await store.list(flow, 1, { startedAt: 3, id: "x" });

      expect(page.map((run) => run.id)).toEqual(["r2"]);
    });

    it("tells the unfinished runs of all flows, oldest first", async () => {
      const [a, b, c] = [fresh(), fresh(), fresh()];
      const over = sampleRun(c, "over", { startedAt: 20 });
      await store.write({ run: sampleRun(a, "late", { startedAt: 30 }) });
      await store.write({ run: sampleRun(b, "early", { startedAt: 10 }) });
      await store.write({ run: over });
      await store.write({ run: ended(over) });
      await other.write({ run: { ...sampleRun(b, "early", { startedAt: 10 }), state: "committed", version: 2 } });

      const ids = (await store.unfinished()).filter((run) => [a, b, c].includes(run.flow)).map((run) => run.id);

      expect(ids).toEqual(["early", "late"]);
    });

    it("forgets a run and all that belongs to it, and no other", async () => {
      const flow = fresh();
      const [run, neighbour] = [sampleRun(flow, "r1"), sampleRun(flow, "r2")];
      for (const each of [run, neighbour]) {
        await store.write({ run: each });
        await store.write({ segment: segmentOf(each, 0, 0), attempt: attemptOf(each, 0, 0, 1) });
        await store.showProgress(flow, each.id, 0, each.counts);
      }

      await other.forget(flow, "r1");
      await other.forget(flow, "r1");

      expect((await store.list(flow, 10)).map(({ id }) => id)).toEqual(["r2"]);
      expect(await unfinishedOf(flow)).toEqual(["r2"]);
      expect(await all(store.segments(flow, "r1"))).toEqual([]);
      expect(await all(store.attempts(flow, "r1"))).toEqual([]);
      expect(await store.progress(flow, "r1")).toEqual([]);
      expect(await all(store.segments(flow, "r2"))).toHaveLength(1);
      expect(await store.write({ run })).toBe(true);
      expect(await all(store.segments(flow, "r1"))).toEqual([]);
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
          for (const { type, id, startedAt } of actions) {
            const known = model.get(id);
            if (type === "create") {
              const run = sampleRun(flow, id, { startedAt });
              expect(await store.write({ run })).toBe(known === undefined);
              if (known === undefined) model.set(id, run);
            } else if (type === "forget") {
              await store.forget(flow, id);
              model.delete(id);
            } else if (known !== undefined && known.endedAt === undefined) {
              const next = type === "end" ? ended(known) : { ...known, version: known.version + 1 };
              expect(await store.write({ run: next })).toBe(true);
              model.set(id, next);
            }
            expect(await other.get(flow, id)).toEqual(model.get(id));
          }
          const newestFirst = [...model.values()]
            .sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1))
            .map((run) => run.id);
          const open = [...model.values()].filter((run) => run.endedAt === undefined).map((run) => run.id);
          expect(await listAll(other, flow, 2)).toEqual(newestFirst);
          expect((await unfinishedOf(flow)).sort()).toEqual(open.sort());
        }),
        { numRuns: 30 },
      );
    });
  });
}

function heldBy(flow: string, run: string): Position {
  return { flow, flowId: "f", active: run, failures: 0, version: 1 };
}

function segmentOf(run: Run, slice: number, number: number, attempt = 1): Segment {
  const { flow, id, counts } = run;
  return { flow, run: id, slice, number, attempt, end: { type: "end" }, counts, files: { list: [] } };
}

function attemptOf(run: Run, slice: number, segment: number, number: number): Attempt {
  return { flow: run.flow, run: run.id, slice, segment, number };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
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
