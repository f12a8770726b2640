import { randomUUID } from "node:crypto";
import { busSubscriptionsWhenChanged } from "../adapters/aws/bus-subscriptions-when-changed.ts";
import { createDynamoKeyStore } from "../adapters/aws/dynamo-key-store.ts";
import { readEngineKey } from "../adapters/aws/engine-key.ts";
import { lambdaFunctionsWhenCalled } from "../adapters/aws/lambda-functions-when-called.ts";
import { createSecretsClient } from "../adapters/aws/secrets-client.ts";
import { createSecretsVault } from "../adapters/aws/secrets-vault.ts";
import { pause } from "../adapters/local/pause.ts";
import { type App, createApp } from "../app.ts";
import type { ApiConfig } from "../config.ts";
import { createConnect } from "../connection/open-connection.ts";
import type { Dispatch } from "../sdk/http/dispatch.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import { deriveKey } from "../store/seal.ts";
import { connectors } from "../../connectors/index.ts";
import { log } from "./log.ts";
import { openStarter } from "./open-starter.ts";

/** The control plane over what the stack has. Fails when the engine's key cannot be read. */
export async function openApp(config: ApiConfig): Promise<App> {
  const { place, table } = config;
  const { region } = place;
  const { stores, documents, ...starter } = openStarter(config);
  const secrets = createSecretsClient({ region, endpoint: config.secretsEndpoint });
  const key = await readEngineKey(secrets, table);
  const outside = {
    vault: createSecretsVault(secrets),
    send: sendWhenNeeded(config),
    id: randomUUID,
    wait: pause,
  };
  return createApp({
    ports: {
      ...stores,
      ...starter,
      ...outside,
      connect: createConnect({ ...stores, ...starter, ...outside, connectors, chance: Math.random }),
      keys: createDynamoKeyStore(documents, table, key),
      functions: lambdaFunctionsWhenCalled({ region, endpoint: config.lambdaEndpoint }),
      openObjects: () => openObjects(config),
      subscriptions: busSubscriptionsWhenChanged({ region, endpoint: config.eventsEndpoint, target: config.events }),
      report: log,
    },
    connectors,
    config: {
      place,
      kmsArn: config.kmsArn,
      tokenKey: deriveKey(key, "page tokens"),
      strict: config.strict,
      quotas: config.quotas,
      callers: "signed",
    },
  });
}

/* What few requests need is loaded with the first that does: loading it takes longer than answering most of them. */

async function openObjects({ place, s3Endpoint }: ApiConfig): Promise<ObjectStore> {
  const [{ createS3Client }, { S3ObjectStore }] = await Promise.all([
    import("../adapters/aws/s3-client.ts"),
    import("../adapters/aws/s3-object-store.ts"),
  ]);
  return new S3ObjectStore(createS3Client({ region: place.region, endpoint: s3Endpoint }));
}

function sendWhenNeeded({ allowedOrigins }: ApiConfig): Dispatch {
  let loaded: Promise<Dispatch> | undefined;
  const load = async () => {
    const { createHttpClient } = await import("../sdk/http/create-http-client.ts");
    return createHttpClient({ allowed: new Set(allowedOrigins) }).send;
  };
  return async (request) => (await (loaded ??= load()))(request);
}
