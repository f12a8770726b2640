import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareFlow, reconcileFlow } from "../../src/run/reconcile-flow.ts";
import type { FlowDifference } from "../../src/run/reconcile-flow.ts";
import type { RunStore } from "../../src/run/run-store.ts";
import { backfillRange } from "../../src/run/backfill.ts";
import type { Position } from "../../src/run/position.ts";
import { sampleFlow } from "../support/sample-flow.ts";
import { expectOnce, history, LAG, LOOKBACK, play, RecordFlow } from "../support/record-history.ts";
import type { History, Step } from "../support/record-history.ts";
import { backUp } from "../support/table-backup.ts";

const WRITE: Step = { type: "write", id: "a", lateMs: LAG };
const WAIT: Step = { type: "wait", ms: LOOKBACK };
const DURING: readonly Exclude<Step, { type: "run" }>[] = [
  { type: "write", id: "b", lateMs: LOOKBACK },
  { type: "write", id: "x", lateMs: 0 },
  { type: "wait", ms: LAG + 1 },
];

describe("a flow whose stores are set back", () => {
  it("loses no version and doubles none, whatever moment of its history they are set back to", async () => {
    const point = fc.double({ min: 0, max: 1, noNaN: true });
    const restored = fc.asyncProperty(history(LOOKBACK + LAG - 1), point, async (...at) => void (await isOnce(...at)));

    await fc.assert(restored, { numRuns: 400 });
  });

  it("does so at each moment of one history, whatever the run that is under way has come to", async () => {
    const run = (how: "whole" | "failed" | "cancelled" | "cut") => ({ type: "run", how, during: DURING }) as const;
    const steps = [run("whole"), WRITE, run("cut"), WAIT, run("failed"), WRITE, run("cancelled"), WAIT, run("whole")];
    const history = { pageSize: 1, steps: [WRITE, ...steps] };
    const { backups } = await happened(history);
    const states = new Set<string>();

    for (let moment = 0; moment < backups.length; moment++) {
      const told = await isOnce(history, moment / (backups.length - 1));
      states.add(told.unfinished?.state ?? "none");
    }

    expect([...states].sort()).toEqual(["aborting", "none", "planning", "running"]);
  });

  it("delivers again what it has delivered, if nobody reconciles: so it is no chance", async () => {
    const flow = await delivered();
    const restore = backUp(flow.world.database);
    flow.write("b");
    await flow.run();
    restore();
    await flow.run();

    expect(ids(flow)).toEqual(["a", "b", "b"]);
  });

  it("tells what differs and changes nothing, until it is to", async () => {
    const flow = await delivered();
    const restore = backUp(flow.world.database);
    flow.write("b");
    const { id } = await flow.run();
    const after = await position(flow);
    restore();
    const before = await position(flow);

    const told = await compareFlow(flow.world.flow, flow.world.ports);
    expect(await position(flow)).toEqual(before);
    const mended = await reconcileFlow(flow.world.flow, flow.world.ports);
    const again = await reconcileFlow(flow.world.flow, flow.world.ports);

    expect(told).toMatchObject({
      forgotten: [id],
      watermark: { stored: before.watermark, published: after.watermark },
      problems: [],
    });
    expect(mended).toEqual(told);
    expect(again).toMatchObject({ forgotten: [], problems: [] });
    expect(again).not.toHaveProperty("watermark");
    const { watermark, origin, delivered: versions, moves } = after;
    expect(await position(flow)).toMatchObject({ watermark, origin, delivered: versions, moves });
    expect(await flow.world.ports.runs.get("flow", id)).toMatchObject({ state: "published", counts: { read: 1 } });
  });

  it("goes on with large lists of what was delivered, and says so when one is gone", async () => {
    const flow = new RecordFlow(3000);
    flow.system.now = 1000;
    const restore = backUp(flow.world.database);
    for (const name of ["a", "b"]) {
      for (let i = 0; i < 3000; i++) flow.system.write(`${name}${i}`);
      flow.system.now += LAG;
      await flow.run();
    }
    const [list, ...others] = flow.world.objects.keys("staging").filter((key) => key.startsWith("delivered/"));
    expect(others).toEqual([]);
    const bytes = flow.world.objects.bytes("staging", list!);

    restore();
    await flow.world.ports.flows.create(flow.world.flow);
    await flow.world.objects.delete("staging", list!);
    const gone = await reconcileFlow(flow.world.flow, flow.world.ports);
    expect(gone.problems).toEqual([expect.stringContaining("cannot be read")]);
    expect(await flow.world.ports.runs.position("flow")).toBeUndefined();

    await flow.world.objects.put("staging", list!, bytes);
    expect(await reconcileFlow(flow.world.flow, flow.world.ports)).toMatchObject({ problems: [] });
    await flow.run();
    expect(flow.delivered).toHaveLength(6000);
  });

  it("goes on where it was stopped, in the order in which the runs counted", async () => {
    for (const stops of [0, 1, 2, 3]) {
      const flow = await delivered();
      const { ports } = flow.world;
      const restore = backUp(flow.world.database);
      const runs = ["z", "y", "x"];
      for (const id of runs) {
        flow.write(id);
        await flow.world.run({}, id);
      }
      const after = await position(flow);
      restore();
      let left = stops;
      const write: RunStore["write"] = (change) => {
        if (left-- === 0) throw new Error("The process was killed.");
        return ports.runs.write(change);
      };
      const killed = reconcileFlow(flow.world.flow, { ...ports, runs: { ...ports.runs, write } });
      if (stops < runs.length) await expect(killed).rejects.toThrow("killed");
      else await killed;

      const told = await reconcileFlow(flow.world.flow, ports);

      expect(told).toMatchObject({ forgotten: runs.slice(stops), problems: [] });
      expect(await position(flow)).toMatchObject({ watermark: after.watermark!, moves: 4 });
    }
  });

  it("reads no range of the past again", async () => {
    const flow = await delivered();
    const restore = backUp(flow.world.database);
    const range = { from: 900, until: 1100 };
    const control = { signal: new AbortController().signal, shouldStop: () => false };
    await backfillRange(flow.world.flow, range, flow.world.ports, control);
    const before = flow.world.data().length;
    restore();

    await reconcileFlow(flow.world.flow, flow.world.ports);
    const again = await backfillRange(flow.world.flow, range, flow.world.ports, control);

    expect(again).toMatchObject({ state: "carried", before: true, run: { range } });
    expect(flow.world.data()).toHaveLength(before);
  });

  it("has nothing to do with the receipts of another flow of its name", async () => {
    const flow = await delivered();
    const [run] = await flow.world.ports.runs.list("flow", 1);
    await flow.world.ports.runs.forget("flow", run!.id);
    const again = sampleFlow("flow", { ...flow.world.flow, id: "another" });

    const told = await reconcileFlow(again, flow.world.ports);

    expect(told).toMatchObject({ forgotten: [], problems: [], notes: [expect.stringContaining("1 receipts")] });
    expect(await position(flow)).toMatchObject({ flowId: flow.world.flow.id });
  });

  it("needs a person where it has run on before it was reconciled", async () => {
    const flow = await delivered();
    const restore = backUp(flow.world.database);
    flow.write("b");
    const { id } = await flow.run();
    restore();
    flow.write("c");
    await flow.world.run({}, "another");
    const before = await position(flow);

    const told = await reconcileFlow(flow.world.flow, flow.world.ports);

    expect(told.problems).toEqual([expect.stringContaining(`${id} began where`)]);
    expect(await position(flow)).toEqual(before);
  });

  it("needs a person where data can be seen of a run that nobody knows, and has no receipt", async () => {
    const flow = await delivered();
    const restore = backUp(flow.world.database);
    flow.write("b");
    const { id } = await flow.world.run();
    const receipt = `_millrace/runs/flow/${id}.json`;
    const bytes = flow.world.objects.bytes("out", receipt);
    await flow.world.objects.delete("out", receipt);
    restore();

    const told = await reconcileFlow(flow.world.flow, flow.world.ports);
    expect(told.problems).toEqual([expect.stringContaining(`Run ${id} has no receipt`)]);

    await flow.world.objects.put("out", receipt, bytes);
    expect(await reconcileFlow(flow.world.flow, flow.world.ports)).toMatchObject({ forgotten: [id], problems: [] });
  });

  it("needs a person for receipts that do not say what was delivered, unless a later one does", async () => {
    const flow = await delivered();
    const restore = backUp(flow.world.database);
    flow.write("b");
    flow.world.now += 1;
    const { id } = await flow.run();
    const key = `_millrace/runs/flow/${id}.json`;
    const {
      flowId: _,
      moves: __,
      delivered: ___,
      ...old
    } = JSON.parse(flow.world.objects.text("out", key)) as Record<string, unknown>;
    await flow.world.objects.put("out", key, Buffer.from(JSON.stringify(old)));
    const after = backUp(flow.world.database);
    restore();
    const told = await compareFlow(flow.world.flow, flow.world.ports);
    after();
    flow.write("c");
    flow.world.now += 1;
    await flow.run();
    restore();
    const later = await reconcileFlow(flow.world.flow, flow.world.ports);
    await flow.run();

    expect(told.problems).toEqual([expect.stringContaining(`Run ${id} is of an earlier Millrace`)]);
    expect(later.problems).toEqual([]);
    expect(ids(flow)).toEqual(["a", "b", "c"]);
  });

  it("tells of uploads whose run nobody knows", async () => {
    const flow = await delivered();
    const key = "flow/lost-2026-01-01T00:00:00.json";
    await flow.world.objects.createUpload("out", key);

    const told = await compareFlow(flow.world.flow, flow.world.ports);

    expect(told).toMatchObject({ problems: [], notes: [expect.stringContaining("Of run lost")] });
  });
});

/** A flow that has delivered the record `a`. */
async function delivered(): Promise<RecordFlow> {
  const flow = new RecordFlow(10);
  flow.system.now = 1000;
  flow.write("a");
  await flow.run();
  return flow;
}

async function position({ world }: RecordFlow): Promise<Position> {
  return (await world.ports.runs.position("flow"))!;
}

function ids(flow: RecordFlow): readonly string[] {
  return flow.delivered.map(({ id }) => id);
}

/** Lets a history happen, with a backup of the stores of each moment in which something is about to be written to them, or read. */
async function happened({ pageSize, steps }: History) {
  const flow = new RecordFlow(pageSize);
  const { ports, database } = flow.world;
  await ports.flows.create(flow.world.flow);
  const backups: (() => void)[] = [];
  const moment = () => void backups.push(backUp(database));
  const { runs } = ports;
  const write: RunStore["write"] = (change) => {
    moment();
    return runs.write(change);
  };
  Object.assign(ports, { runs: { ...runs, write } });
  const due = await play(flow, steps, moment);
  Object.assign(ports, { runs });
  return { flow, due, backups };
}

/** Sets the stores back to a point of the history, between its beginning, 0, and its end, 1. */
async function isOnce(history: History, point: number): Promise<FlowDifference> {
  const { flow, due, backups } = await happened(history);

  backups[Math.floor(point * (backups.length - 1))]!();
  const told = await reconcileFlow(flow.world.flow, flow.world.ports);
  await flow.collect();
  await flow.run();

  expect(told.problems).toEqual([]);
  expectOnce(flow, due);
  return told;
}
