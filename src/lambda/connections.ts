import { createDynamoClient } from "../adapters/aws/dynamo-client.ts";
import { createDynamoStores } from "../adapters/aws/dynamo-stores.ts";
import { createSecretsClient } from "../adapters/aws/secrets-client.ts";
import { createSecretsVault } from "../adapters/aws/secrets-vault.ts";
import { createConnectionApp } from "../app.ts";
import { readConnectionsConfig } from "../config.ts";
import { createConnect } from "../connection/open-connection.ts";
import type { Dispatch } from "../sdk/http/dispatch.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import { connectors } from "../../connectors/index.ts";
import { answerCalls, openApi } from "./open-api.ts";

const config = readConnectionsConfig();
const { region } = config.place;
const documents = createDynamoClient({ region, endpoint: config.dynamoEndpoint });
const api = await openApi(config, documents);
const ports = {
  ...createDynamoStores(documents, config.table),
  ...api.ports,
  vault: createSecretsVault(createSecretsClient({ region, endpoint: config.secretsEndpoint })),
  send: sendWhenNeeded(),
  openObjects,
};

/** AppFlow's API for profiles, and for what lies behind them. */
export const handler = answerCalls(
  createConnectionApp({
    ...api,
    ports: { ...ports, connect: createConnect({ ...ports, connectors, chance: Math.random }) },
  }),
  config,
);

/* What few requests need is loaded with the first that does: loading it takes longer than answering most of them. */

async function openObjects(): Promise<ObjectStore> {
  const [{ createS3Client }, { S3ObjectStore }] = await Promise.all([
    import("../adapters/aws/s3-client.ts"),
    import("../adapters/aws/s3-object-store.ts"),
  ]);
  return new S3ObjectStore(createS3Client({ region, endpoint: config.s3Endpoint }));
}

function sendWhenNeeded(): Dispatch {
  let loaded: Promise<Dispatch> | undefined;
  const load = async () => {
    const { createHttpClient } = await import("../sdk/http/create-http-client.ts");
    return createHttpClient({ allowed: new Set(config.allowedOrigins) }).send;
  };
  return async (request) => (await (loaded ??= load()))(request);
}
