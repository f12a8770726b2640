import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { afterAll, beforeAll, describe } from "vitest";
import { driveExecution } from "../../../src/adapters/durable/drive-execution.ts";
import { callByInvoking, callInProcess, durableFunction } from "../../../src/adapters/durable/durable-function.ts";
import { SqliteExecutions } from "../../../src/adapters/durable/sqlite-executions.ts";
import type { Json } from "../../../src/sdk/json.ts";
import { describeTransport } from "../../contract/durable.ts";

/** Pauses end when they are waited for. */
let clock = 0;
let begun = 0;

describeTransport("executions in an SQLite file", {
  async execute(orchestrate, callee, input) {
    const executions = new SqliteExecutions(":memory:", () => clock);
    const name = `execution ${++begun}`;
    const handler = durableFunction(orchestrate, callInProcess(callee), executions);
    try {
      return await driveExecution(name, input, handler, executions, async () => {
        clock = Math.max(clock, executions.nextDue(name)!);
      });
    } finally {
      executions.close();
    }
  },
});

describe("the vendor's runner", () => {
  beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
  afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

  describeTransport("of durable functions", {
    async execute(orchestrate, callee, input) {
      const handlerFunction = durableFunction(
        orchestrate,
        callByInvoking((name) => name),
      );
      const runner = new LocalDurableTestRunner<Json>({ handlerFunction });
      for (const name of ["transfer", "orchestrate"] as const) {
        runner.registerFunction(name, (event: Json) => callee(name, event));
      }
      const execution = await runner.run({ payload: input });
      if (execution.getStatus() === "SUCCEEDED") return execution.getResult()!;
      throw new Error(execution.getError().errorMessage);
    },
  });
});
