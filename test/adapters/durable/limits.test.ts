import { describe, expect, it } from "vitest";
import { driveExecution } from "../../../src/adapters/durable/drive-execution.ts";
import { callInProcess, durableFunction } from "../../../src/adapters/durable/durable-function.ts";
import { SqliteExecutions } from "../../../src/adapters/durable/sqlite-executions.ts";
import { orchestrate } from "../../../src/run/orchestrate.ts";
import type { Orchestrated } from "../../../src/run/orchestrate.ts";
import type { SliceName, SliceRange } from "../../../src/run/orchestrate-slices.ts";
import type { RunSteps } from "../../../src/run/run-steps.ts";
import type { WorkedSlice } from "../../../src/run/work-slice.ts";
import type { Json } from "../../../src/sdk/json.ts";
import { LimitedClient } from "../../support/limited-client.ts";

const RUN = { flow: "a-flow-of-some-length-as-people-name-them", runId: "5f0c2f5e-0d0b-4a58-9f4d-3d8b9a1f0c11" };

describe("an orchestrated run", () => {
  it("of thousands of slices works on each once, in executions that stay within the service's limits", async () => {
    const world = new PlannedWorld(2500);

    await world.execute();

    expect(world.calls).toEqual(new Map(Array.from({ length: 2500 }, (_, slice) => [slice, 1])));
    expect(world.usage().map(({ operations }) => operations)).toEqual([16, ...Array.from({ length: 10 }, () => 252)]);
    expect(world.steps).toEqual(["decide", "publish", "report"]);
  }, 60_000);

  it("hands on what takes too many calls to an execution that has made none", async () => {
    const world = new PlannedWorld(200);
    world.transfer = (slice, call) => (call < 30 && slice % 2 === 0 ? "stopped" : "end");

    await world.execute();

    expect(Math.min(...[...world.calls].filter(([slice]) => slice % 2 === 0).map(([, calls]) => calls))).toBe(30);
    expect(world.usage().length).toBe(3);
    expect(world.steps).toEqual(["decide", "publish", "report"]);
  }, 60_000);

  it("goes on with other slices while one fails, and fails by its name after all", async () => {
    const world = new PlannedWorld(40);
    world.transfer = (slice) => {
      if (slice === 3 || slice === 7) throw new Error("The stores do not answer");
      return "end";
    };

    await expect(world.execute()).rejects.toThrow(
      `Run ${RUN.runId} of flow ${RUN.flow} could not be read to its end: ` +
        "slice 3: The stores do not answer; slice 7: The stores do not answer",
    );

    expect(world.calls.size).toBe(40);
    expect(world.calls.get(3)).toBe(6);
    expect(world.calls.get(39)).toBe(1);
    expect(world.client.pauses.toSorted((a, b) => a - b)).toEqual([1, 1, 2, 2, 4, 4, 8, 8, 16, 16]);
    expect(world.steps).toEqual([]);
  });

  it("stays within the limits when everything fails again and again, and says so in few words", async () => {
    const world = new PlannedWorld(251);
    world.width = 250;
    world.transfer = () => {
      throw new Error("no luck ".repeat(100));
    };

    const failure = await world.execute().then(
      () => "none",
      (error: Error) => error.message,
    );

    expect(failure).toMatch(/250 failures, for example slice 0: no luck/);
    expect(failure.length).toBeLessThan(1000);
    expect(new Set(world.calls.values())).toEqual(new Set([6]));
    expect(Math.max(...world.usage().map(({ operations }) => operations))).toBe(2752);
  });

  it("calls a slice no more that is not to be read on, and begins no other", async () => {
    for (const worked of ["failed", "decided"] as const) {
      const world = new PlannedWorld(2500);
      world.transfer = (slice) => (slice === 1200 ? worked : "end");

      await world.execute();

      expect(world.calls.has(1300)).toBe(false);
      expect(world.calls.get(1200)).toBe(1);
      expect(world.steps).toEqual(["decide", "publish", "report"]);
    }
  }, 60_000);

  it("divides any number of slices among few executions, and leaves none out", async () => {
    const world = new PlannedWorld(1_234_567);
    const ranges: SliceRange[] = [];
    world.orchestrate = async (range) => {
      ranges.push(range);
      return "end";
    };

    await world.execute();

    expect(ranges.length).toBeLessThanOrEqual(500);
    expect(ranges[0]!.from).toBe(0);
    expect(ranges.at(-1)!.to).toBe(1_234_567);
    expect(ranges.slice(1).map(({ from }) => from)).toEqual(ranges.slice(0, -1).map(({ to }) => to));
  });
});

/** A run that is planned, executions in an SQLite file that Lambda's limits hold for, and slices that do as they are told. */
class PlannedWorld {
  readonly #slices: number;
  readonly #executions = new SqliteExecutions(":memory:", () => (this.#clock += 60_000));
  readonly client = new LimitedClient(this.#executions);
  /** How often each slice was worked on. */
  readonly calls = new Map<number, number>();
  readonly steps: string[] = [];
  width = 8;
  transfer: (slice: number, call: number) => WorkedSlice = () => "end";
  orchestrate: ((range: SliceRange) => Promise<Json>) | undefined;
  /** Every pause is over when somebody looks for it. */
  #clock = Date.now();
  #begun = 0;

  constructor(slices: number) {
    this.#slices = slices;
  }

  execute(input: Orchestrated = RUN): Promise<Json> {
    const steps: RunSteps = {
      plan: () => Promise.resolve({ state: "running", slices: this.#slices, gathers: false }),
      decide: async () => void this.steps.push("decide"),
      publish: async () => void this.steps.push("publish"),
      report: async () => void this.steps.push("report"),
    };
    const handler = durableFunction(
      (begun: Orchestrated, durable) => orchestrate(begun, durable, steps, this.width),
      callInProcess(async (callee, called) => {
        if (callee === "transfer") return this.#transfer(called as unknown as SliceName);
        return (this.orchestrate ?? ((range) => this.execute(range)))(called as unknown as SliceRange);
      }),
      this.client,
    );
    return driveExecution(`execution ${this.#begun++}`, { ...input }, handler, this.#executions, () =>
      Promise.resolve(),
    );
  }

  /** What each execution has used, in the order in which they began. */
  usage() {
    return Array.from({ length: this.#begun }, (_, i) => this.client.usage.get(`execution ${i}`)!);
  }

  async #transfer({ slice }: SliceName): Promise<WorkedSlice> {
    const call = (this.calls.get(slice) ?? 0) + 1;
    this.calls.set(slice, call);
    return this.transfer(slice, call);
  }
}
