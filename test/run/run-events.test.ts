import { describe, expect, it } from "vitest";
import type { RunPlan } from "../../src/plan/run-plan.ts";
import { eventsOf } from "../../src/run/run-events.ts";
import * as life from "../../src/run/transitions.ts";
import type { Run } from "../../src/run/run.ts";
import { sampleFlow, sampleRun } from "../support/sample-flow.ts";

const NOW = 1_700_000_005_000;
const NOTHING = { list: [] };
const WINDOW = { since: 10, after: 5, to: 20, rememberAfter: 20, origin: "o" };

describe("what there is to tell of a run", () => {
  const claimed = sampleRun("orders", "r1", { trigger: "scheduled" });
  const running = life.planned(claimed, { window: WINDOW } as RunPlan, NOW)!;
  const counts = {
    ...claimed.counts,
    read: 10,
    filtered: 2,
    rejected: 1,
    bytesRead: 99,
    destinations: [{ written: 6, rejected: 1, bytesWritten: 50 }],
  };
  const sealed = { counts, segments: { count: 1, digest: "d" }, mark: { moves: 0 }, message: undefined };
  const committed = life.committed(running, sealed, NOW)!;
  const { arn, createdBy } = sampleFlow("orders");
  const head = { at: NOW, flow: "orders", trigger: "scheduled", run: "r1", startedAt: claimed.startedAt };
  const types = (before: Run, after: Run | undefined) => eventsOf(before, after!).map(({ type }) => type);

  it("is its start when it is planned, with the flow as it was then and what is read", () => {
    expect(eventsOf(claimed, running)).toEqual([
      {
        ...head,
        type: "run-started",
        id: "r1/started",
        about: {
          arn,
          createdBy,
          source: { connector: "S3", settings: { bucketName: "src-bkt" } },
          destinations: [{ connector: "S3", settings: { bucketName: "dst-bkt" } }],
        },
        window: { from: 10, to: 20 },
      },
    ]);
  });

  it("is its start when it is ended before it was planned", () => {
    const aborting = life.aborted(claimed, "configuration", "why", NOW)!;

    expect(types(claimed, aborting)).toEqual(["run-started"]);
    expect(eventsOf(aborting, life.ended(aborting, claimed.counts, NOW)!)).toMatchObject([
      { type: "run-ended", outcome: "error", failure: "configuration", message: "why", read: 0 },
    ]);
  });

  it("is its end, with its books, when everything is visible, and not when it is decided", () => {
    expect(types(running, committed)).toEqual([]);
    expect(eventsOf(committed, life.ended(committed, counts, NOW)!)).toMatchObject([
      {
        ...head,
        type: "run-ended",
        id: "r1/ended",
        outcome: "successful",
        read: 10,
        filtered: 2,
        rejected: 2,
        bytesRead: 99,
        bytesWritten: 50,
      },
    ]);
  });

  it("is that it was cancelled", () => {
    const aborting = life.aborted(running, "canceled", "why", NOW)!;

    expect(eventsOf(aborting, life.ended(aborting, counts, NOW)!)).toMatchObject([{ outcome: "canceled" }]);
  });

  it("is what it waits for, each time that is another thing", () => {
    const blocked = life.blocked(committed, "no access", NOTHING, NOW)!;
    const again = life.blocked(blocked, "no bucket", NOTHING, NOW)!;

    expect(eventsOf(committed, blocked)).toMatchObject([{ type: "run-blocked", message: "no access" }]);
    expect(eventsOf(blocked, again)).toMatchObject([{ type: "run-blocked", message: "no bucket" }]);
    expect(eventsOf(committed, blocked)[0]!.id).not.toBe(eventsOf(blocked, again)[0]!.id);
    expect(types(blocked, life.retried(blocked, NOW))).toEqual([]);
  });

  it("is nothing for a run that does not know its flow", () => {
    const { about: _, ...unknown } = committed;

    expect(types(unknown, life.ended(unknown, counts, NOW))).toEqual([]);
  });
});
