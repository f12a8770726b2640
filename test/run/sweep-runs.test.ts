import { describe, expect, it } from "vitest";
import { claimRun } from "../../src/run/claim-run.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import { sweepRuns } from "../../src/run/sweep-runs.ts";
import { RunWorld } from "../support/run-world.ts";

const MINUTE = 60_000;

describe("sweepRuns", () => {
  it("begins an execution of each run that none carries out, and of no other", async () => {
    const world = await worldOfRuns(["lost", "carried", "blocked", "ended"]);
    const begun: string[] = [];
    world.now += MINUTE;

    const left = await sweepRuns({
      runs: {
        ...world.ports.runs,
        unfinished: async () =>
          (await world.ports.runs.unfinished()).map((run) =>
            run.flow === "blocked" ? { ...run, blocked: "no access" } : run,
          ),
      },
      executions: executionsOf(["carried"], begun),
      now: () => world.now,
    });

    expect(left.map(({ id }) => id)).toEqual(["lost"]);
    expect(begun.map((each) => each.replace(/ [^ ]*$/, ""))).toEqual(["lost/lost"]);
  });

  it("leaves a run alone that has just been claimed: whoever did so is about to hand it over", async () => {
    const world = await worldOfRuns(["fresh"]);
    const begun: string[] = [];
    const ports = { runs: world.ports.runs, executions: executionsOf([], begun), now: () => world.now };

    world.now += MINUTE - 1;
    expect(await sweepRuns(ports)).toEqual([]);
    world.now += 1;
    expect(await sweepRuns(ports)).toHaveLength(1);
  });

  it("gives executions of the same minute the same name, and later ones another", async () => {
    const world = await worldOfRuns(["lost"]);
    const begun: string[] = [];
    const ports = { runs: world.ports.runs, executions: executionsOf([], begun), now: () => world.now };
    world.now = Math.ceil(world.now / MINUTE) * MINUTE + MINUTE;

    await sweepRuns(ports);
    world.now += MINUTE - 1;
    await sweepRuns(ports);
    world.now += 1;
    await sweepRuns(ports);

    const [first, repeated, later] = begun;
    expect(repeated).toBe(first);
    expect(later).not.toBe(first);
    expect(begun.every((each) => / [a-z0-9]+$/.test(each))).toBe(true);
  });

  it("asks nobody when every run is at its end", async () => {
    const world = await worldOfRuns(["ended"]);
    const underWay = () => Promise.reject(new Error("was asked"));
    world.now += MINUTE;

    expect(
      await sweepRuns({
        runs: world.ports.runs,
        executions: { ...executionsOf([], []), underWay },
        now: () => world.now,
      }),
    ).toEqual([]);
  });
});

function executionsOf(underWay: readonly string[], begun: string[]) {
  return {
    underWay: () => Promise.resolve(new Set(underWay)),
    beginAgain: async (flow: string, runId: string, name: string) => void begun.push(`${flow}/${runId} ${name}`),
  };
}

/** Runs of flows of their names; those called `ended` have ended. */
async function worldOfRuns(names: readonly string[]): Promise<RunWorld> {
  const world = new RunWorld();
  for (const name of names) {
    const flow = { ...world.flow, name, id: name, definition: { ...world.flow.definition, name } };
    await world.ports.flows.create(flow);
    await claimRun(flow, name, world.ports);
    if (name === "ended")
      await executeRun(name, name, world.ports, { signal: new AbortController().signal, shouldStop: () => false });
  }
  return world;
}
