import {
  completeBatch,
  continueBatch,
  createRetryStrategy,
  DurableOperationError,
  InvokeError,
  JitterStrategy,
  NestingType,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import type { DurableContext, DurableExecutionClient, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import type { CallAnswer, Callee, Durable } from "../../run/durable.ts";
import type { Json } from "../../sdk/json.ts";

/** Calls a function for an execution, which remembers its answer. Fails only when the execution cannot go on. */
export type CallFunction = (context: DurableContext, name: string, callee: Callee, input: Json) => Promise<CallAnswer>;

/** What is done with the input of an execution. */
export type Orchestrate = (input: never, durable: Durable) => Promise<Json>;

/**
 * The handler of a Lambda durable function (https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html): the only
 * file that uses the vendor's library. `client`: who remembers, where it is not Lambda.
 */
export function durableFunction(
  orchestrate: Orchestrate,
  call: CallFunction,
  client?: DurableExecutionClient,
): DurableLambdaHandler {
  return withDurableExecution(
    (input: Json, context: DurableContext) => orchestrate(input as never, durableOf(context, call)),
    client && { durableExecutionClient: client },
  );
}

/** Functions that Lambda calls. `nameOf` gives what it finds them by, with a version where they are durable. */
export function callByInvoking(nameOf: (callee: Callee, context: DurableContext) => string): CallFunction {
  return (context, name, callee, input) =>
    answerOf(context.invoke<Json, Json>(name, nameOf(callee, context), input), InvokeError);
}

/** Functions of this process. They begin anew where a process ended in between. */
export function callInProcess(functions: (callee: Callee, input: Json) => Promise<Json>): CallFunction {
  return (context, name, callee, input) =>
    answerOf(
      context.step(name, () => functions(callee, input), { retryStrategy: never }),
      DurableOperationError,
    );
}

const never = () => ({ shouldRetry: false });

async function answerOf(
  called: PromiseLike<Json>,
  failure: typeof InvokeError | typeof DurableOperationError,
): Promise<CallAnswer> {
  try {
    return { answer: await called };
  } catch (error) {
    if (error instanceof failure) return { error: error.message };
    throw error;
  }
}

function durableOf(context: DurableContext, call: CallFunction): Durable {
  return {
    step: async (name, work) => context.step(name, work, { retryStrategy: STEP_RETRIES }),
    call: (name, callee, input) => call(context, name, callee, input),
    async map(name, items, { width, work, isLast }) {
      let isOver = false;
      const goThrough = async (inner: DurableContext, item: (typeof items)[number]) => {
        const answer = await work(item, durableOf(inner, call));
        if (isLast(answer)) isOver = true;
        return answer;
      };
      const batch = await context.map(name, [...items], goThrough, {
        maxConcurrency: width,
        // One operation for a call, not two.
        nesting: NestingType.FLAT,
        completionConfig: { shouldComplete: () => (isOver ? completeBatch() : continueBatch()) },
      });
      batch.throwIfError();
      return batch.getResults();
    },
    async pause(name, seconds) {
      await context.wait(name, { seconds });
    },
  };
}

/** About a minute in all. What does not answer by then is tried again by another execution. */
const STEP_RETRIES = createRetryStrategy({
  maxAttempts: 6,
  initialDelay: { seconds: 2 },
  maxDelay: { seconds: 30 },
  backoffRate: 2,
  jitter: JitterStrategy.NONE,
});
