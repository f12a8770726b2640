import { randomUUID } from "node:crypto";
import type { createDynamoClient } from "../adapters/aws/dynamo-client.ts";
import { createDynamoKeyStore } from "../adapters/aws/dynamo-key-store.ts";
import { readEngineKey } from "../adapters/aws/engine-key.ts";
import { lambdaFunctionsWhenCalled } from "../adapters/aws/lambda-functions-when-called.ts";
import { createSecretsClient } from "../adapters/aws/secrets-client.ts";
import { pause } from "../adapters/local/pause.ts";
import type { App } from "../app.ts";
import type { ServedConfig } from "../config.ts";
import { deriveKey } from "../store/seal.ts";
import { connectors } from "../../connectors/index.ts";
import { answerHttpEvents, type HttpHandler } from "./http-event.ts";
import { log } from "./log.ts";
import { verifiedCaller } from "./verified-caller.ts";

/** What every part of the API takes, beside the stores. Fails when the engine's key cannot be read. */
export async function openApi(config: ServedConfig, documents: ReturnType<typeof createDynamoClient>) {
  const { place, table, strict, quotas, lambdaEndpoint, secretsEndpoint } = config;
  const { region } = place;
  const key = await readEngineKey(createSecretsClient({ region, endpoint: secretsEndpoint }), table);
  return {
    ports: {
      keys: createDynamoKeyStore(documents, table, key),
      functions: lambdaFunctionsWhenCalled({ region, endpoint: lambdaEndpoint }),
      now: Date.now,
      id: randomUUID,
      wait: pause,
      report: log,
    },
    connectors,
    config: { place, strict, quotas, tokenKey: deriveKey(key, "page tokens"), callers: "signed" as const },
  };
}

/** Answers the events of API Gateway: each operation of the app is a route. */
export function answerCalls(app: Pick<App, "handle">, { auth }: ServedConfig): HttpHandler {
  return answerHttpEvents((request, event) =>
    auth === "keys" ? app.handle(request) : app.handle(request, verifiedCaller(event)),
  );
}
