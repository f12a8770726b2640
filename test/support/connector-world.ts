import {
  type AppflowClient,
  type ConnectorConfiguration,
  DescribeConnectorCommand,
  RegisterConnectorCommand,
  type RegisterConnectorCommandOutput,
} from "@aws-sdk/client-appflow";
import { vi } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { createLambdaFunctions } from "../../src/adapters/aws/lambda-functions.ts";
import type { WriteResult } from "../../src/store/write-result.ts";
import type { Quotas } from "../../src/api/context.ts";
import { serveApp } from "./appflow-client.ts";
import { type FunctionOutcome, type LambdaServer, startLambdaServer } from "./lambda-server.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";
import { sampleProfile } from "./sample-profile.ts";
import type { TestApp } from "./test-app.ts";

export const LAMBDA = "arn:aws:lambda:eu-west-1:111122223333:function:";

/** How a function that is asked for its configuration describes itself. */
export const CONFIGURATION = {
  isSuccess: true,
  connectorOwner: "Example",
  connectorName: "Help desk",
  connectorVersion: "1.2",
  connectorModes: ["SOURCE", "DESTINATION"],
  authenticationConfig: {
    isBasicAuthSupported: false,
    isApiKeyAuthSupported: true,
    isOAuth2Supported: true,
    isCustomAuthSupported: true,
    oAuth2Defaults: {
      oAuthScopes: ["read"],
      tokenURL: ["https://helpdesk.example/token"],
      authURL: ["https://helpdesk.example/authorize"],
      oAuth2GrantTypesSupported: ["AUTHORIZATION_CODE"],
      oAuth2CustomProperties: [{ key: "audience", required: true, type: "TOKEN_URL", label: "Audience" }],
    },
    customAuthConfig: [
      { authenticationType: "PAT", authParameters: [{ key: "token", required: true, sensitiveField: true }] },
    ],
  },
  connectorRuntimeSetting: [
    { key: "instanceUrl", dataType: "String", required: true, label: "Instance", scope: "CONNECTOR_PROFILE" },
  ],
  supportedApiVersions: ["v1", "v2"],
  operatorsSupported: ["PROJECTION", "EQUAL_TO"],
  triggerFrequenciesSupported: ["DAILY", "ONCE"],
  supportedWriteOperations: ["INSERT"],
  supportedTriggerTypes: ["SCHEDULED", "ONDEMAND"],
  logoURL: "https://helpdesk.example/logo.png",
};

/** Registered connectors: the control plane over HTTP, and functions behind the official client of Lambda, over HTTP too. */
export interface ConnectorWorld {
  readonly app: TestApp;
  readonly client: AppflowClient;
  readonly lambda: LambdaServer;
  readonly objects: MemoryObjectStore;
  /** Milliseconds since 1970; tests move it. */
  now: number;
  /** What a function does with a request of a type; it describes itself where nothing else is said. */
  outcomes: Partial<Record<string, FunctionOutcome>>;
  clientOf(key: Parameters<Awaited<ReturnType<typeof serveApp>>["clientOf"]>[0]): AppflowClient;
  register(connectorLabel: string, changes?: object): Promise<RegisterConnectorCommandOutput>;
  describeRegistered(connectorLabel: string): Promise<ConnectorConfiguration>;
  addProfile(name: string, changes: Parameters<typeof sampleProfile>[1]): Promise<WriteResult>;
  helpdeskProfile(name: string): Promise<WriteResult>;
  /** The types of the requests that functions got, in their order. */
  typesAsked(): readonly unknown[];
  close(): Promise<void>;
}

export async function openConnectorWorld({ quotas }: { readonly quotas?: Quotas } = {}): Promise<ConnectorWorld> {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  const lambda = await startLambdaServer(
    (request) => world.outcomes[request["type"] as string] ?? { answer: CONFIGURATION },
  );
  const functions = createLambdaFunctions({ region: "eu-west-1", endpoint: lambda.origin });
  const objects = new MemoryObjectStore(["lake"]);
  const served = await serveApp({
    connectors,
    ...(quotas !== undefined && { config: { quotas } }),
    ports: { now: () => world.now, functions, openObjects: async () => objects },
  });
  const { app, client } = served;

  const world: ConnectorWorld = {
    app,
    client,
    lambda,
    objects,
    now: Date.now(),
    outcomes: {},
    clientOf: (key) => served.clientOf(key),
    register: (connectorLabel, changes = {}) =>
      client.send(
        new RegisterConnectorCommand({
          connectorLabel,
          connectorProvisioningType: "LAMBDA",
          connectorProvisioningConfig: { lambda: { lambdaArn: LAMBDA + connectorLabel } },
          ...changes,
        }),
      ),
    async describeRegistered(connectorLabel) {
      const command = new DescribeConnectorCommand({ connectorType: "CustomConnector", connectorLabel });
      return (await client.send(command)).connectorConfiguration!;
    },
    addProfile: (name, changes) => app.ports.profiles.create(sampleProfile(name, changes)),
    helpdeskProfile: (name) =>
      world.addProfile(name, {
        connector: "CustomConnector",
        label: "helpdesk",
        authentication: "api-key",
        properties: { CustomConnector: { profileProperties: { instanceUrl: "https://helpdesk.example" } } },
      }),
    typesAsked: () => lambda.requests.map(({ type }) => type),
    async close() {
      functions.close();
      await lambda[Symbol.asyncDispose]();
      vi.unstubAllEnvs();
      await served.close();
    },
  };
  return world;
}
