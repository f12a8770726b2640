import { createDurableExecutions } from "../adapters/aws/durable-executions.ts";
import { createDynamoClient } from "../adapters/aws/dynamo-client.ts";
import { createDynamoStores } from "../adapters/aws/dynamo-stores.ts";
import { createS3Client } from "../adapters/aws/s3-client.ts";
import { S3ObjectStore } from "../adapters/aws/s3-object-store.ts";
import { readSweepConfig } from "../config.ts";
import { clearForgotten } from "../run/staging.ts";
import { sweepRuns } from "../run/sweep-runs.ts";

const config = readSweepConfig();
const { region } = config.place;
const { runs } = createDynamoStores(createDynamoClient({ region, endpoint: config.dynamoEndpoint }), config.table);
const objects = new S3ObjectStore(createS3Client({ region, endpoint: config.s3Endpoint }));
const executions = createDurableExecutions({
  region,
  endpoint: config.lambdaEndpoint,
  functionArn: config.orchestratorArn,
});

/** What its schedules send. `staging`: what nobody needs there any more goes; it takes a look at everything there. */
interface SweepEvent {
  readonly clear?: "staging";
}

/** Has those runs carried out that nobody carries out. */
export async function handler({ clear }: SweepEvent): Promise<void> {
  if (clear === "staging") return clearForgotten(config.stagingBucket, { runs, objects, now: Date.now });
  await sweepRuns({ runs, executions, now: Date.now });
}
