import { describe, expect, it } from "vitest";
import type { RunPlan } from "../../src/plan/run-plan.ts";
import type { Position } from "../../src/run/position.ts";
import type { Run, RunState } from "../../src/run/run.ts";
import * as life from "../../src/run/transitions.ts";
import { sampleFlow, sampleRun } from "../support/sample-flow.ts";

const STATES: readonly RunState[] = ["planning", "running", "committed", "aborting", "published", "aborted"];
const FLOW = sampleFlow("flow");
const no = undefined;
const NOTHING = { list: [] };
const BROKEN = {
  list: [{ bucket: "out", key: "a", kind: "data" as const, destination: 0, records: 1, bytes: 2, reason: "why" }],
};
const NOW = 1_700_000_005_000;

describe("a run", () => {
  const run = (state: RunState): Run => sampleRun("flow", "r1", { state, version: 7 });
  const events = (before: Run): readonly (Run | undefined)[] => [
    life.planned(before, {} as RunPlan, NOW),
    life.committed(
      before,
      { counts: before.counts, segments: { count: 1, digest: "d" }, mark: { moves: 0 }, message: undefined },
      NOW,
    ),
    life.aborted(before, "data", "why", NOW),
    life.blocked(before, "why", NOTHING, NOW),
    life.retried({ ...before, blocked: "why" }, NOW),
    life.givenUp({ ...before, blocked: "why" }, { lost: NOTHING, message: "lost" }, NOW),
    life.ended(before, before.counts, NOW),
  ];

  it.each<[RunState, readonly (RunState | undefined)[]]>([
    ["planning", ["running", no, "aborting", no, no, no, no]],
    ["running", [no, "committed", "aborting", no, no, no, no]],
    ["committed", [no, no, no, "committed", "committed", "committed", "published"]],
    ["aborting", [no, no, no, "aborting", "aborting", "aborting", "aborted"]],
    ["published", [no, no, no, no, no, no, no]],
    ["aborted", [no, no, no, no, no, no, no]],
  ])("that is %s can be planned, committed, aborted, blocked, tried again, given up, ended: %j", (state, expected) => {
    expect(events(run(state)).map((next) => next?.state)).toEqual(expected);
    for (const next of events(run(state))) {
      if (next !== undefined) expect(next).toMatchObject({ version: 8, updatedAt: NOW });
    }
  });

  it("is decided from the decision on, and over at the two ends", () => {
    expect(STATES.filter((state) => life.isDecided(run(state)))).toEqual([
      "committed",
      "aborting",
      "published",
      "aborted",
    ]);
    expect(STATES.filter((state) => life.hasEnded(run(state)))).toEqual(["published", "aborted"]);
  });

  it("is blocked once for each reason, and stays what it was decided to be", () => {
    const told = life.blocked(run("committed"), "why", BROKEN, NOW)!;

    expect(told).toMatchObject({ state: "committed", blocked: "why", blockedBy: BROKEN, version: 8 });
    expect(life.blocked(told, "why", BROKEN, NOW)).toBeUndefined();
    expect(life.blocked(told, "another", BROKEN, NOW)).toMatchObject({ blocked: "another", version: 9 });
  });

  it("goes on when it is tried again or given up, if it was blocked, and remembers what it was blocked by", () => {
    const told = life.blocked(run("committed"), "why", BROKEN, NOW)!;
    const { blocked: _, ...free } = told;

    expect(life.retried(told, NOW)).toEqual({ ...free, version: 9 });
    expect(life.givenUp(told, { lost: BROKEN, message: "lost" }, NOW)).toEqual({
      ...free,
      lost: BROKEN,
      message: "lost",
      version: 9,
    });
    expect(life.retried(run("committed"), NOW)).toBeUndefined();
    expect(life.givenUp(run("committed"), { lost: BROKEN, message: "lost" }, NOW)).toBeUndefined();
  });
});

describe("a flow's position", () => {
  const held: Position = {
    flow: "flow",
    flowId: FLOW.id,
    active: "r1",
    lastTick: 50,
    watermark: 9,
    failures: 2,
    version: 4,
  };
  const { active: _, ...free } = held;
  const window = (from: number | undefined, to: number) =>
    sampleRun("flow", "r1", { plan: { window: { from, to } } as RunPlan });

  it("is claimed when no run holds the flow, and keeps where it stands", () => {
    expect(life.claimed(undefined, FLOW, "r1")).toEqual({
      flow: "flow",
      flowId: FLOW.id,
      active: "r1",
      failures: 0,
      version: 1,
    });
    expect(life.claimed(free, FLOW, "r2", 51)).toEqual({ ...held, active: "r2", lastTick: 51, version: 5 });
    expect(life.claimed(held, FLOW, "r2", 51)).toBeUndefined();
  });

  it("is claimed once for a scheduled time, and never for an earlier one", () => {
    expect(life.claimed(free, FLOW, "r2", 50)).toBeUndefined();
    expect(life.claimed(free, FLOW, "r2", 49)).toBeUndefined();
    expect(life.claimed(free, FLOW, "r2")?.lastTick).toBe(50);
  });

  it("starts anew for a flow that was made again, but for the scheduled times that had a run", () => {
    const again = sampleFlow("flow", { id: "again" });

    expect(life.claimed(held, again, "r2", 51)).toEqual({
      flow: "flow",
      flowId: "again",
      active: "r2",
      lastTick: 51,
      failures: 0,
      version: 5,
    });
    expect(life.claimed(held, again, "r2", 50)).toBeUndefined();
    expect(life.abandoned(held)).toEqual({ flow: "flow", lastTick: 50, failures: 0, version: 5 });
  });

  it("moves with the run that holds it, from where that run began", () => {
    expect(life.advanced(held, window(9, 12))).toEqual({ ...held, watermark: 12, moves: 1, version: 5 });
    expect(life.advanced(held, sampleRun("flow", "r1"))).toEqual({ ...held, version: 5 });
    expect(life.advanced(held, window(8, 12))).toBeUndefined();
    expect(life.advanced(free, window(9, 12))).toBeUndefined();
    expect(life.advanced({ ...held, flowId: "again" }, window(9, 12))).toBeUndefined();
    expect(life.advanced(undefined, window(undefined, 12))).toBeUndefined();
  });

  it("is let go by the run that holds it, and counts failures in a row", () => {
    const by = (changes: Partial<Run>) => life.released(held, sampleRun("flow", "r1", changes));

    expect(by({ state: "published" })).toEqual({ ...free, failures: 0, version: 5 });
    expect(by({ state: "aborted", failure: "data" })).toEqual({ ...free, failures: 3, version: 5 });
    expect(by({ state: "aborted", failure: "canceled" })).toEqual({ ...free, failures: 2, version: 5 });
    expect(life.released(held, sampleRun("flow", "r2"))).toBeUndefined();
  });
});
