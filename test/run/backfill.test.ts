import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Schedule } from "../../src/flow/schedule.ts";
import { backfillRange, divideRange } from "../../src/run/backfill.ts";
import { claimRun } from "../../src/run/claim-run.ts";
import type { RunControl } from "../../src/run/execute-run.ts";
import type { Run, TimeRange } from "../../src/run/run.ts";
import { RecordSystem } from "../support/record-system.ts";
import type { SystemRecord } from "../support/record-system.ts";
import { RunWorld } from "../support/run-world.ts";

const LOOKBACK = 20;

describe("divideRange", () => {
  it("makes windows that follow one another and are no longer than asked", () => {
    const whole = { from: 0, until: 10 };
    expect([...divideRange(whole, 4)]).toEqual([
      { from: 0, until: 4 },
      { from: 4, until: 8 },
      { from: 8, until: 10 },
    ]);
    expect([...divideRange(whole, 10)]).toEqual([whole]);
    expect([...divideRange(whole, Number.POSITIVE_INFINITY)]).toEqual([whole]);
  });
});

describe("a backfill", () => {
  it("reads each record of its time once, however it is divided", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 30 }),
        fc.tuple(fc.nat(100), fc.nat(100)),
        fc.integer({ min: 1, max: 120 }),
        async (times, [one, other], windowMs) => {
          const range = { from: Math.min(one, other), until: Math.max(one, other) };
          const { system, backfill, taken } = flowOf();
          const wanted = times
            .map((time, i) => system.write(`${i % 2 === 0 ? "a" : "z"}${i}`, 0, time))
            .filter(({ changedAt }) => changedAt >= range.from && changedAt < range.until);
          system.now = 200;

          for (const each of divideRange(range, windowMs)) expect((await backfill(each)).state).toBe("published");

          expect(editsOf(await taken())).toEqual(editsOf(wanted));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("leaves where the flow stands as it is: its next run is what it would have been", async () => {
    const withBackfill = flowOf();
    const without = flowOf();
    const delivered = [];
    for (const flow of [withBackfill, without]) {
      flow.system.write("old", 0, 10);
      flow.system.write("late", 15, 95);
      flow.system.now = 100;
      await flow.run();
      await flow.taken();
      flow.system.write("new", 0, 110);
      flow.system.now = 150;
      const before = await flow.world.ports.runs.position("flow");
      if (flow === withBackfill) {
        await flow.backfill({ from: 0, until: 150 });
        const after = (await flow.world.ports.runs.position("flow"))!;
        expect(after).toEqual({ ...before, version: after.version });
        expect((await flow.taken()).map(({ id }) => id).toSorted()).toEqual(["late", "new", "old"]);
      }
      await flow.run();
      delivered.push((await flow.taken()).map(({ id }) => id).toSorted());
    }

    expect(delivered[0]).toEqual(["late", "new"]);
    expect(delivered[0]).toEqual(delivered[1]);
  });

  it("is not carried out again once it counts, and goes on where it was left", async () => {
    const { system, world, backfill, taken } = flowOf();
    for (let i = 0; i < 50; i++) system.write(`a${i}`, 0, i);
    system.now = 100;
    const range = { from: 0, until: 50 };

    let looks = 0;
    const left = await backfill(range, { shouldStop: () => ++looks > 2 });
    const whole = await backfill(range);
    const again = await backfill(range);

    expect(left.endedAt).toBeUndefined();
    expect(whole).toMatchObject({ id: left.id, state: "published", counts: { read: 50 } });
    expect(again).toEqual(whole);
    expect(await taken()).toHaveLength(50);
    expect(await world.ports.runs.list("flow", 10)).toHaveLength(1);
  });

  it("is carried out again after it has failed, and such failures do not count against the flow", async () => {
    const { system, world, backfill, taken } = flowOf();
    system.write("a", 0, 10);
    system.now = 100;
    const range = { from: 0, until: 50 };

    system.broken = true;
    const failed = await backfill(range);
    const { failures } = (await world.ports.runs.position("flow"))!;
    system.broken = false;
    const done = await backfill(range);

    expect(failed).toMatchObject({ state: "aborted" });
    expect(done).toMatchObject({ state: "published" });
    expect(done.id).not.toBe(failed.id);
    expect(await taken()).toHaveLength(1);
    expect(failures).toBe(0);
  });

  it("is another one after the flow's tasks have changed", async () => {
    const { system, world, backfill } = flowOf();
    system.write("a", 0, 10);
    system.now = 100;
    const range = { from: 0, until: 50 };

    const before = await backfill(range);
    await world.change({ trigger: { type: "on-demand" } });
    const same = await backfill(range);
    await world.change({ tasks: [{ type: "map-all", index: 0, exclude: ["edit"] }] });
    const other = await backfill(range);

    expect(same.id).toBe(before.id);
    expect(other.id).not.toBe(before.id);
  });

  it("waits for nobody: it says which run holds the flow", async () => {
    const { world } = flowOf();
    await world.ports.flows.create(world.flow);
    await claimRun(world.flow, "live", world.ports);

    const busy = await backfillRange(world.flow, { from: 0, until: 1 }, world.ports, control());

    expect(busy).toEqual({ state: "busy", runId: "live" });
  });

  it("reads objects of S3 by the time at which they were written", async () => {
    const world = new RunWorld({ from: { s3InputFormatConfig: { s3InputFileType: "JSON" } } });
    await world.ports.flows.create(world.flow);
    const start = world.now;
    for (const at of [0, 1, 2, 3]) {
      world.now = start + at * 1000;
      await world.objects.put("in", `${at}`, Buffer.from(`{"at":${at}}\n`));
    }

    const range = { from: start + 1000, until: start + 3000 };
    const done = await backfillRange(world.flow, range, world.ports, control());

    expect(done).toMatchObject({ state: "carried", run: { state: "published" } });
    expect(world.data().join("").trim().split("\n").toSorted()).toEqual(['{"at":1}', '{"at":2}']);
  });

  it("fails where the source cannot be read by time", async () => {
    const { incremental: _, ...source } = new RecordSystem().source(10, { lookbackMs: 0, lagMs: 0 });
    const world = new RunWorld({ source });
    await world.ports.flows.create(world.flow);

    const done = await backfillRange(world.flow, { from: 0, until: 1 }, world.ports, control());

    expect(done).toMatchObject({ run: { state: "aborted", failure: "configuration" } });
    expect((done as { run: Run }).run.message).toContain("cannot be read by time");
  });
});

function control(change: Partial<RunControl> = {}): RunControl {
  return { signal: new AbortController().signal, shouldStop: () => false, ...change };
}

/** A flow of records by the hour, to JSON lines. */
function flowOf() {
  const system = new RecordSystem();
  const schedule = { pull: "incremental", offsetMs: 0 } as Schedule;
  const world = new RunWorld({
    source: system.source(7, { lookbackMs: LOOKBACK, lagMs: 0 }),
    definition: { trigger: { type: "scheduled", schedule } },
  });
  return {
    system,
    world,
    run: () => world.run(),
    backfill: async (range: TimeRange, change: Partial<RunControl> = {}): Promise<Run> => {
      if ((await world.ports.flows.get("flow")) === undefined) await world.ports.flows.create(world.flow);
      const done = await backfillRange(world.flow, range, world.ports, control(change));
      if (done.state !== "carried") throw new Error(done.state);
      return done.run;
    },
    /** What the runs have written since the last look, taken away. */
    taken: async (): Promise<readonly SystemRecord[]> => {
      const lines = world.data().flatMap((text) => text.trim().split("\n"));
      for (const key of world.objects.keys("out")) await world.objects.delete("out", key);
      return lines.map((line) => JSON.parse(line) as SystemRecord);
    },
  };
}

function editsOf(records: readonly SystemRecord[]): readonly number[] {
  return records.map(({ edit }) => edit).toSorted((a, b) => a - b);
}
