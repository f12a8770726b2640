import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSealedVault } from "../../src/adapters/local/sealed-vault.ts";
import { createSqliteStores } from "../../src/adapters/local/sqlite-stores.ts";
import { createConnect } from "../../src/connection/open-connection.ts";
import { ConnectorFunctionError } from "../../src/connection/connector-function.ts";
import type { AccessKey } from "../../src/api/key-store.ts";
import { ConnectorError } from "../../src/sdk/connector-error.ts";
import { Secret } from "../../src/sdk/secret.ts";
import { type App, type AppConfig, type AppPorts, createApp } from "../../src/app.ts";
import type { EventOutbox } from "../../src/run/event-outbox.ts";
import type { Schedule } from "../../src/flow/schedule.ts";
import type { Connector } from "../../src/sdk/connector.ts";
import { bucketConnector } from "./bucket-connector.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";

export const PLACE = { region: "eu-west-1", account: "111122223333" };

export const FULL_KEY: AccessKey = {
  id: "MLRCFULLKEYFULLKEYFU",
  secret: new Secret("full-secret/+full-secret"),
  user: "ops",
  access: "full",
};

export const READER_KEY: AccessKey = {
  id: "MLRCREADERKEYREADERK",
  secret: new Secret("reader-secret"),
  user: "viewer",
  access: "read-only",
};

export const EXPIRED_KEY: AccessKey = {
  id: "MLRCEXPIREDKEYEXPIRE",
  secret: new Secret("expired-secret"),
  user: "former",
  access: "full",
  expiresAt: 1_000,
};

export interface TestApp extends App {
  readonly ports: AppPorts;
  /** What there is to tell of runs and flows. */
  readonly outbox: EventOutbox;
  /** What the orchestrator was asked to carry out, as `flow/run`. */
  readonly started: readonly string[];
  /** The runs that it was told to cancel. */
  readonly cancelled: readonly string[];
  /** The flows that would be woken. */
  readonly alarms: ReadonlyMap<string, Schedule & { readonly activatedAt: number }>;
  /** Everything that the stores hold, as text. */
  dump(): string;
  /** What was reported as nobody's fault but ours. */
  readonly reports: readonly unknown[];
}

export interface TestAppOptions {
  readonly ports?: Partial<AppPorts>;
  readonly connectors?: readonly Connector[];
  readonly config?: Partial<AppConfig>;
}

/** The control plane over stores in memory and an orchestrator that only remembers what it was asked for. */
export function createTestApp(options: TestAppOptions = {}): TestApp {
  const database = openDatabase(":memory:");
  const started: string[] = [];
  const cancelled: string[] = [];
  const alarms = new Map<string, Schedule & { readonly activatedAt: number }>();
  const reports: unknown[] = [];
  const stores = createSqliteStores(database);
  const unconnected: Omit<AppPorts, "connect"> = {
    ...stores,
    vault: createSealedVault({ database, key: new Uint8Array(32), place: PLACE }),
    send: async ({ url }) =>
      Promise.reject(new ConnectorError("ServiceUnavailable", `Nobody answers at ${url.origin}`)),
    functions: { invoke: (arn) => Promise.reject(new ConnectorFunctionError("NotFound", `There is no ${arn}.`)) },
    openObjects: async () => new MemoryObjectStore([]),
    wait: () => Promise.resolve(),
    keys: { find: async (wanted) => [FULL_KEY, READER_KEY, EXPIRED_KEY].find(({ id }) => id === wanted) },
    orchestrator: {
      start: async (flow, run) => void started.push(`${flow}/${run}`),
      cancel: async (flow, run) => void cancelled.push(`${flow}/${run}`),
    },
    alarm: {
      leadMs: 1000,
      set: async (flow, schedule, activatedAt) => void alarms.set(flow, { ...schedule, activatedAt }),
      clear: async (flow) => void alarms.delete(flow),
    },
    now: Date.now,
    id: randomUUID,
    report: (error) => void reports.push(error),
    ...options.ports,
  };
  const { connectors = [bucketConnector] } = options;
  const ports = { connect: createConnect({ ...unconnected, connectors, chance: () => 0.5 }), ...unconnected };
  const app = createApp({
    ports,
    connectors,
    config: { place: PLACE, tokenKey: Buffer.alloc(32, 7), callers: "signed", ...options.config },
  });
  return { ...app, ports, outbox: stores.outbox, started, cancelled, alarms, dump: () => dump(database), reports };
}

/** Everything that a database holds, as text: bytes in latin1. */
export function dump(database: DatabaseSync): string {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  const rows = tables.map(({ name }) => database.prepare(`SELECT * FROM ${String(name)} ORDER BY 1, 2`).all());
  return JSON.stringify(rows, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
  );
}

export interface Answer {
  readonly status: number;
  /** The name of the error, as the SDKs read it. */
  readonly error: string | null;
  readonly body: Record<string, unknown>;
}

/** Sends a body to an app that takes requests from anyone. */
export async function post(app: App, path: string, body: unknown): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await app.handle(new Request(`http://localhost${path}`, { method: "POST", body: text }));
  return {
    status: response.status,
    error: response.headers.get("x-amzn-ErrorType"),
    body: (await response.json()) as Record<string, unknown>,
  };
}

/** The body of a CreateFlow call that works. */
export function flowBody(flowName: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    flowName,
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: "S3",
      sourceConnectorProperties: { S3: { bucketName: "src-bkt", bucketPrefix: "in" } },
    },
    destinationFlowConfigList: [
      { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "dst-bkt" } } },
    ],
    tasks: [{ taskType: "Map_all", sourceFields: [], connectorOperator: { S3: "NO_OP" } }],
    ...changes,
  };
}
