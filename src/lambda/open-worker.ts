import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import type { createDynamoStores } from "../adapters/aws/dynamo-stores.ts";
import { createS3Client } from "../adapters/aws/s3-client.ts";
import { S3ObjectStore } from "../adapters/aws/s3-object-store.ts";
import { createSecretsClient } from "../adapters/aws/secrets-client.ts";
import { createSecretsVault } from "../adapters/aws/secrets-vault.ts";
import { pause } from "../adapters/local/pause.ts";
import { openTempScratch } from "../adapters/local/temp-scratch.ts";
import type { WorkerConfig } from "../config.ts";
import { createConnect } from "../connection/open-connection.ts";
import type { ExecutePorts } from "../run/execute-run.ts";
import { createHttpClient } from "../sdk/http/create-http-client.ts";
import { connectors } from "../../connectors/index.ts";

/** What carrying runs out takes, over the stores of the stack. */
export function openWorker(
  { place: { region }, s3Endpoint, secretsEndpoint, stagingBucket, allowedOrigins }: WorkerConfig,
  stores: ReturnType<typeof createDynamoStores>,
): ExecutePorts {
  const ports = { ...stores, now: Date.now, wait: pause };
  const vault = createSecretsVault(createSecretsClient({ region, endpoint: secretsEndpoint }));
  const { send } = createHttpClient({ allowed: new Set(allowedOrigins) });
  return {
    ...ports,
    objects: new S3ObjectStore(createS3Client({ region, endpoint: s3Endpoint })),
    connectors: new Map(connectors.map((connector) => [connector.type, connector])),
    connect: createConnect({ ...ports, vault, send, connectors, id: randomUUID, chance: Math.random }),
    openScratch: () => openTempScratch(tmpdir()),
    stagingBucket,
  };
}
