import { LambdaClient, ListDurableExecutionsByFunctionCommand } from "@aws-sdk/client-lambda";
import type { Executions } from "../../run/sweep-runs.ts";
import { createDurableOrchestrator } from "./durable-orchestrator.ts";
import type { DurableOrchestratorOptions } from "./durable-orchestrator.ts";

/** The executions of a durable function that carry runs out: they are named after them. */
export function createDurableExecutions(options: DurableOrchestratorOptions): Executions {
  const { region, endpoint, functionArn } = options;
  const client = new LambdaClient({ region, ...(endpoint !== undefined && { endpoint }), maxAttempts: 6 });
  const orchestrator = createDurableOrchestrator(options);
  // Whatever version they run on: a deployment changes what the alias stands for.
  const FunctionName = functionArn.split(":").slice(0, 7).join(":");
  return {
    async underWay() {
      const runs = new Set<string>();
      let Marker: string | undefined;
      do {
        const command = new ListDurableExecutionsByFunctionCommand({ FunctionName, Statuses: ["RUNNING"], Marker });
        const { DurableExecutions: found = [], NextMarker } = await client.send(command);
        for (const { DurableExecutionName: name } of found) runs.add(name!.slice(0, RUN_ID_LENGTH));
        Marker = NextMarker;
      } while (Marker !== undefined);
      return runs;
    },
    beginAgain: (flow, runId, name) => orchestrator.startAgain(flow, runId, name),
  };
}

/** Of a UUID. */
const RUN_ID_LENGTH = 36;
