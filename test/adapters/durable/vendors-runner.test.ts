import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import type { TestResult } from "@aws/durable-execution-sdk-js-testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callByInvoking, durableFunction } from "../../../src/adapters/durable/durable-function.ts";
import { orchestrate } from "../../../src/run/orchestrate.ts";
import type { Orchestrated } from "../../../src/run/orchestrate.ts";
import type { SliceName } from "../../../src/run/orchestrate-slices.ts";
import { createRunSteps } from "../../../src/run/run-steps.ts";
import { createTransferSlice } from "../../../src/run/transfer-slice.ts";
import type { Json } from "../../../src/sdk/json.ts";
import { attemptsOf, worldOf } from "../../support/durable-world.ts";
import type { RunWorld } from "../../support/run-world.ts";

describe("a run in the vendor's runner of durable functions", () => {
  beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
  afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

  it("gives the same objects and the same receipt, whatever the width, and as without executions", async () => {
    const plain = await worldOf(12);
    await plain.execute("run");

    for (const width of [1, 16]) {
      const world = await worldOf(12);

      expect(await carryOut(world, width)).toBe("SUCCEEDED");
      expect(world.output()).toEqual(plain.output());
      expect(await attemptsOf(world)).toHaveLength(12);
    }
  });

  it("divides many slices among executions", async () => {
    const world = await worldOf(260);

    expect(await carryOut(world, 50)).toBe("SUCCEEDED");
    expect(await world.ports.runs.get("flow", "run")).toMatchObject({ state: "published", counts: { read: 260 } });
    expect(await attemptsOf(world)).toHaveLength(260);
  });

  it("skips what an execution before it has done, and waits before it tries again", async () => {
    const world = await worldOf(12);
    let broken = true;
    let failures = 0;
    const fails = ({ slice }: SliceName) => slice === 3 && (broken || failures < 2) && ++failures > 0;

    expect(await carryOut(world, 4, fails)).toBe("FAILED");
    expect(failures).toBe(6);
    expect((await attemptsOf(world)).map(({ slice }) => slice)).not.toContain(3);
    expect((await world.ports.runs.get("flow", "run"))!.state).toBe("running");
    broken = false;
    failures = 0;

    expect(await carryOut(world, 4, fails)).toBe("SUCCEEDED");
    expect(failures).toBe(2);
    expect(await attemptsOf(world)).toHaveLength(12);
    expect(await world.ports.runs.get("flow", "run")).toMatchObject({ state: "published", counts: { read: 12 } });
  });
});

/** Carries out the run `run`; answers with what became of the execution. */
async function carryOut(world: RunWorld, width: number, fails: (slice: SliceName) => boolean = () => false) {
  const control = { signal: new AbortController().signal, shouldStop: () => false };
  const steps = { ...createRunSteps(world.ports, control), report: () => Promise.resolve() };
  const transfer = createTransferSlice(world.ports);
  const handlerFunction = durableFunction(
    (input: Orchestrated, durable) => orchestrate(input, durable, steps, width),
    callByInvoking((callee) => callee),
  );
  const begin = (payload: Orchestrated): Promise<TestResult<Json>> => {
    const runner = new LocalDurableTestRunner<Json>({ handlerFunction })
      // Executions that the runner begins itself find no functions.
      .registerFunction("orchestrate", async (input: Orchestrated) => (await begin(input)).getResult())
      .registerFunction("transfer", async (slice: SliceName) => {
        if (fails(slice)) throw new Error("The function ran out of memory.");
        return transfer(slice, control);
      });
    return runner.run({ payload });
  };
  return (await begin({ flow: "flow", runId: "run" })).getStatus();
}
