import { describe, expect, it } from "vitest";
import { forgetOtherRuns } from "../../../src/adapters/durable/embedded-runs.ts";
import { SqliteExecutions } from "../../../src/adapters/durable/sqlite-executions.ts";
import { abortRun, CANCELLED } from "../../../src/run/decide-run.ts";
import type { RunName } from "../../../src/run/run-steps.ts";
import type { RunStore } from "../../../src/run/run-store.ts";
import { ObjectStoreError } from "../../../src/sdk/object-store.ts";
import { attemptsOf, carryOut, worldOf } from "../../support/durable-world.ts";
import { MemoryObjectStore } from "../../support/memory-object-store.ts";
import type { RunWorld } from "../../support/run-world.ts";

const DAY = 24 * 60 * 60 * 1000;

describe("a run that is carried out as a durable execution of this process", () => {
  it("gives the same objects and the same receipt, whatever the width, and as without executions", async () => {
    const plain = await worldOf(60);
    await plain.execute("run");

    for (const width of [1, 16]) {
      const world = await worldOf(60);
      const run = await carryOut(world, { width });

      expect(run).toMatchObject({ state: "published", counts: { read: 60 } });
      expect(world.output()).toEqual(plain.output());
      expect(world.objects.openUploads()).toEqual([]);
    }
    expect(plain.output().size).toBe(61);
  });

  it("divides many slices among executions, and works on each once", async () => {
    const world = await worldOf(600);

    expect(await carryOut(world)).toMatchObject({ state: "published", counts: { read: 600 } });
    expect(await attemptsOf(world)).toHaveLength(600);
  });

  it("remembers nothing of a run that has ended", async () => {
    const world = await worldOf(300);
    const executions = new SqliteExecutions(":memory:", () => world.now);

    await carryOut(world, { executions });

    expect(executions.names()).toEqual([]);
  });

  it("tries again what a store fails, with growing pauses", async () => {
    const world = await worldOf(10);
    let failures = 4;
    const runs = failing(world, (slice) => slice === 3 && failures-- > 0);
    const startedAt = world.now;

    expect(await carryOut(world, timed(world, { runs }))).toMatchObject({ state: "published", counts: { read: 10 } });
    expect(world.now - startedAt).toBeGreaterThanOrEqual(1000 + 2000 + 4000 + 8000);
  });

  it("works on the other slices while one fails again and again; the next execution does that one alone", async () => {
    const world = await worldOf(10);
    let broken = true;
    const runs = failing(world, (slice) => broken && slice === 3);

    await expect(carryOut(world, timed(world, { runs }))).rejects.toThrow("slice 3: The table does not answer.");
    expect((await attemptsOf(world)).map(({ slice }) => slice)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
    broken = false;
    const run = await carryOut(world, { ports: { runs } });

    expect(run).toMatchObject({ state: "published", counts: { read: 10 } });
    expect(await attemptsOf(world)).toHaveLength(10);
  });

  it("begins no slice after one that cannot be read, and says why", async () => {
    const objects = new PickyStore(["in", "out", "staging"]);
    const world = await worldOf(40, objects);
    objects.refuses = "0003.csv";

    const run = await carryOut(world, { width: 2 });

    expect(run).toMatchObject({ state: "aborted", failure: "configuration", message: "not for you" });
    expect((await attemptsOf(world)).length).toBeLessThan(10);
    expect(world.data()).toEqual([]);
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("clears away what attempts have left behind when none of them is under way any more", async () => {
    const objects = new PickyStore(["in", "out", "staging"]);
    const world = await worldOf(2, objects);
    objects.refuses = "0000.csv";
    objects.onRead = async (key) => {
      if (key !== "0001.csv") return;
      while ((await world.ports.runs.get("flow", "run"))!.state === "running") await new Promise(setImmediate);
      for (let turns = 0; turns < 200; turns++) await new Promise(setImmediate);
    };

    expect(await carryOut(world, { width: 2 })).toMatchObject({ state: "aborted" });
    expect(new Set(objects.readersAtClearing)).toEqual(new Set([0]));
  });

  it("stops at the next batch when it is cancelled, and leaves nothing", async () => {
    const objects = new PickyStore(["in", "out", "staging"]);
    const world = await worldOf(40, objects);
    const controller = new AbortController();
    objects.onRead = async (key) => {
      if (key !== "0007.csv") return;
      await abortRun((await world.ports.runs.get("flow", "run"))!, "canceled", CANCELLED, world.ports);
      controller.abort();
    };

    const run = await carryOut(world, { control: { signal: controller.signal } });

    expect(run).toMatchObject({ state: "aborted", failure: "canceled" });
    expect((await attemptsOf(world)).length).toBeLessThan(13);
    expect(world.data()).toEqual([]);
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("does not wait for the end of a pause when it is cancelled", async () => {
    const world = await worldOf(1);
    const controller = new AbortController();
    const runs = failing(world, () => true);
    let waits = 0;
    const wait = async () => {
      if (++waits === 3) controller.abort();
    };

    const run = await carryOut(world, { ports: { runs, wait }, control: { signal: controller.signal } });

    expect(run).toMatchObject({ state: "aborted", failure: "canceled" });
    expect(waits).toBe(3);
  });

  it("ends a run that is a day old, though slices are left", async () => {
    const objects = new PickyStore(["in", "out", "staging"]);
    const world = await worldOf(10, objects);
    objects.onRead = async (key) => {
      if (key === "0004.csv") world.now += DAY + 1;
    };

    const run = await carryOut(world, { width: 1 });

    expect(run).toMatchObject({ state: "aborted", failure: "transient" });
    expect(run.message).toMatch(/not done after 24 hours/);
    expect(await attemptsOf(world)).toHaveLength(5);
  });

  it("lets go when its process has to, and goes on in the next one with what was under way", async () => {
    const world = await worldOf(50);
    const executions = new SqliteExecutions(":memory:", () => world.now);
    let left = 30;
    const shouldStop = () => left-- <= 0;

    const run = await carryOut(world, { executions, control: { shouldStop } });
    expect(run.state).toBe("running");
    expect(executions.names()).toEqual(["flow/run"]);
    const begun = (await attemptsOf(world)).length;
    const ended = await carryOut(world, { executions });

    expect(ended).toMatchObject({ state: "published", counts: { read: 50 } });
    expect(begun).toBeGreaterThan(5);
    expect((await attemptsOf(world)).length).toBeLessThanOrEqual(50 + 4);
  });

  it("lets go in a pause", async () => {
    const world = await worldOf(1);
    const executions = new SqliteExecutions(":memory:", () => world.now);
    let waits = 0;
    const wait = async () => void waits++;
    const runs = failing(world, () => true);

    const run = await carryOut(world, { executions, ports: { runs, wait }, control: { shouldStop: () => waits > 2 } });

    expect(run.state).toBe("running");
    expect(await carryOut(world, { executions, ports: { wait: moving(world) } })).toMatchObject({ state: "published" });
  });

  it("reports every run, of those that others ended, too, and again what fails", async () => {
    const world = await worldOf(2);
    const reported: string[] = [];
    const report = async ({ runId }: RunName) => {
      reported.push(`${runId} ${(await world.ports.runs.get("flow", runId))!.state}`);
      if (reported.length === 1) throw new Error("no luck");
    };

    await carryOut(world, { report, ports: { wait: moving(world) } });
    await carryOut(world, { report });

    expect(reported).toEqual(["run published", "run published", "run published"]);
  });

  it("forgets executions of runs that nobody goes on with", () => {
    const executions = new SqliteExecutions(":memory:", Date.now);
    for (const name of ["a/1", "a/1/0", "a/1/0/rest", "a/2", "a/2/0", "b/1"]) executions.begin(name, null);

    forgetOtherRuns(executions, [{ flow: "a", runId: "2" }]);

    expect(executions.names()).toEqual(["a/2", "a/2/0"]);
  });
});

/** Time passes for whoever waits. */
function moving(world: RunWorld): (milliseconds: number) => Promise<void> {
  return async (milliseconds) => void (world.now += milliseconds);
}

function timed(world: RunWorld, ports: Partial<RunWorld["ports"]>) {
  return { ports: { ...ports, wait: moving(world) } };
}

/** The runs, of which the segments of some slices cannot be asked for. */
function failing({ ports: { runs } }: RunWorld, fails: (slice: number) => boolean): RunStore {
  return {
    ...runs,
    segments(flow, run, slice) {
      if (slice !== undefined && fails(slice)) throw new Error("The table does not answer.");
      return runs.segments(flow, run, slice);
    },
  };
}

/** A store that tells when it is read, and refuses one object. */
class PickyStore extends MemoryObjectStore {
  refuses: string | undefined;
  onRead: ((key: string) => Promise<void>) | undefined;
  /** How many readers there were whenever somebody looked for what was left behind. */
  readonly readersAtClearing: number[] = [];
  #readers = 0;

  override async *read(...[bucket, key, range]: Parameters<MemoryObjectStore["read"]>): AsyncIterable<Uint8Array> {
    this.#readers++;
    try {
      await this.onRead?.(key);
      if (key === this.refuses) throw new ObjectStoreError("AccessDenied", "not for you");
      yield* super.read(bucket, key, range);
    } finally {
      this.#readers--;
    }
  }

  override listUploads(...args: Parameters<MemoryObjectStore["listUploads"]>) {
    this.readersAtClearing.push(this.#readers);
    return super.listUploads(...args);
  }
}
