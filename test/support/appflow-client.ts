import { AppflowClient } from "@aws-sdk/client-appflow";
import { expect } from "vitest";
import type { AccessKey } from "../../src/api/key-store.ts";
import { type RunningServer, serve } from "../../src/cli/serve.ts";
import { createTestApp, FULL_KEY, PLACE, type TestApp, type TestAppOptions } from "./test-app.ts";

export interface ServedApp {
  readonly app: TestApp;
  readonly server: RunningServer;
  readonly client: AppflowClient;
  /** A client with another key. */
  clientOf(key: AccessKey): AppflowClient;
  /** Fails when anything was reported that is nobody's fault but ours. */
  close(): Promise<void>;
}

/** The control plane over HTTP, and the official client, signing for real. */
export async function serveApp(options: TestAppOptions = {}): Promise<ServedApp> {
  const app = createTestApp(options);
  const server = await serve(app.handle, { port: 0, report: (error) => expect.fail(String(error)) });
  const client = clientOf(server, FULL_KEY);
  return {
    app,
    server,
    client,
    clientOf: (key) => clientOf(server, key),
    async close() {
      client.destroy();
      await server.close(0);
      expect(app.reports).toEqual([]);
    },
  };
}

function clientOf({ url }: RunningServer, key: AccessKey): AppflowClient {
  return new AppflowClient({
    endpoint: url,
    region: PLACE.region,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret.reveal() },
    maxAttempts: 1,
  });
}
