import { createDynamoClient } from "../adapters/aws/dynamo-client.ts";
import { createDynamoStores } from "../adapters/aws/dynamo-stores.ts";
import { createSchedulerAlarm } from "../adapters/aws/scheduler-alarm.ts";
import { createSchedulerClient } from "../adapters/aws/scheduler-client.ts";
import type { RunFlowConfig, StackConfig } from "../config.ts";
import type { Orchestrator } from "../run/orchestrator.ts";

/** The stores of the stack, and what starting runs takes besides. */
export function openStarter(config: StackConfig) {
  return { ...openSchedules(config), orchestrator: openOrchestrator(config) };
}

/** The stores of the stack, and the schedules of the flows in them. */
export function openSchedules(config: StackConfig | RunFlowConfig) {
  const { table, schedules } = config;
  const { region } = config.place;
  const documents = createDynamoClient({ region, endpoint: config.dynamoEndpoint });
  const client = createSchedulerClient({ region, endpoint: config.schedulerEndpoint });
  return {
    documents,
    stores: createDynamoStores(documents, table),
    alarm: createSchedulerAlarm({ client, target: schedules, now: Date.now }),
    now: Date.now,
  };
}

function openOrchestrator({ place, lambdaEndpoint, orchestratorArn }: StackConfig): Orchestrator {
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
