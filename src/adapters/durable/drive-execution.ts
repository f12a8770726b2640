import { InvocationStatus } from "@aws/durable-execution-sdk-js";
import type { DurableExecutionInvocationInput, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import type { Json } from "../../sdk/json.ts";
import type { SqliteExecutions } from "./sqlite-executions.ts";

/**
 * Begins the execution of that name, or goes on with it, and invokes its function until it ends; answers with its result,
 * and forgets it. `pause` is called whenever the execution waits, and returns when it is to be invoked again; whatever it
 * fails with comes out, and the execution is left as it stands. Fails when the execution does.
 */
export async function driveExecution(
  name: string,
  input: Json,
  handler: DurableLambdaHandler,
  executions: SqliteExecutions,
  pause: () => Promise<void>,
): Promise<Json> {
  for (;;) {
    executions.begin(name, input);
    const invoked = await handler(eventOf(name, executions), CONTEXT);
    if (invoked.Status === InvocationStatus.PENDING) {
      await pause();
      continue;
    }
    executions.forget(name);
    if (invoked.Status === InvocationStatus.FAILED) {
      throw new Error(invoked.Error.ErrorMessage ?? `The execution ${name} failed.`);
    }
    return JSON.parse(invoked.Result ?? "null") as Json;
  }
}

function eventOf(name: string, executions: SqliteExecutions): DurableExecutionInvocationInput {
  return {
    DurableExecutionArn: name,
    CheckpointToken: name,
    InitialExecutionState: { Operations: executions.operations(name) },
  };
}

/** What a function is told of where it runs: there is no end to its time. */
const CONTEXT = { awsRequestId: "", getRemainingTimeInMillis: () => Infinity } as Parameters<DurableLambdaHandler>[1];
