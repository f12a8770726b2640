import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Orchestrator } from "../../run/orchestrator.ts";

export interface DurableOrchestratorOptions {
  readonly region: string;
  /** Of a server that speaks Lambda's API; undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
  /** Of the durable function that carries runs out, with its version or alias: it gets `{"flow": "…", "runId": "…"}`. */
  readonly functionArn: string;
}

export interface DurableOrchestrator extends Orchestrator {
  /** Begins another execution of a run that has had some: one for each `name`, letters and digits. */
  startAgain(flow: string, runId: string, name: string): Promise<void>;
}

/** Hands runs over to a durable function, without waiting for them. */
export function createDurableOrchestrator({
  region,
  endpoint,
  functionArn,
}: DurableOrchestratorOptions): DurableOrchestrator {
  const client = new LambdaClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    // What is sent again has the name of the execution that there is.
    maxAttempts: 6,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });

  const begin = async (flow: string, runId: string, execution: string) => {
    const command = new InvokeCommand({
      FunctionName: functionArn,
      InvocationType: "Event",
      // Where there is an execution of that name, no other begins:
      // https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html
      DurableExecutionName: execution,
      Payload: Buffer.from(JSON.stringify({ flow, runId })),
    });
    try {
      await client.send(command);
    } catch (cause) {
      const { name, message } = cause instanceof Error ? cause : { name: "Error", message: String(cause) };
      const advice = "The run is stored; it is carried out as soon as the function can be called.";
      throw new Error(
        `Cannot have ${functionArn} carry out the run ${runId} (${name}: ${message.slice(0, 500)}). ${advice}`,
        { cause },
      );
    }
  };

  return {
    start: (flow, runId) => begin(flow, runId, runId),
    startAgain: (flow, runId, name) => begin(flow, runId, `${runId}-${name}`),

    /** Whoever works on a run looks at its item before each step that counts. */
    cancel: () => Promise.resolve(),
  };
}
