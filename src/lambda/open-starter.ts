import { createDynamoClient } from "../adapters/aws/dynamo-client.ts";
import { createDynamoStores } from "../adapters/aws/dynamo-stores.ts";
import { createSchedulerAlarm } from "../adapters/aws/scheduler-alarm.ts";
import { createSchedulerClient } from "../adapters/aws/scheduler-client.ts";
import type { StackConfig } from "../config.ts";
import type { Orchestrator } from "../run/orchestrator.ts";

/** The stores of the stack, and what starting runs takes besides. */
export function openStarter(config: StackConfig) {
  const { table, schedules } = config;
  const { region } = config.place;
  const documents = createDynamoClient({ region, endpoint: config.dynamoEndpoint });
  const client = createSchedulerClient({ region, endpoint: config.schedulerEndpoint });
  return {
    documents,
    stores: createDynamoStores(documents, table),
    alarm: createSchedulerAlarm({ client, target: schedules, now: Date.now }),
    orchestrator: openOrchestrator(config),
    now: Date.now,
  };
}

/** Without a function that carries runs out, it is enough that they are stored: whoever serves the table takes them up. */
function openOrchestrator({ place, lambdaEndpoint, orchestratorArn }: StackConfig): Orchestrator {
  if (orchestratorArn === undefined) return { start: () => Promise.resolve(), cancel: () => Promise.resolve() };
  let loaded: Promise<Orchestrator> | undefined;
  const load = async () => {
    const { createDurableOrchestrator } = await import("../adapters/aws/durable-orchestrator.ts");
    return createDurableOrchestrator({
      region: place.region,
      endpoint: lambdaEndpoint,
      functionArn: orchestratorArn,
    });
  };
  return {
    start: async (flow, runId) => (await (loaded ??= load())).start(flow, runId),
    cancel: async (flow, runId) => (await (loaded ??= load())).cancel(flow, runId),
  };
}
