import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { EmbeddedOrchestrator } from "../adapters/local/embedded-orchestrator.ts";
import { FolderObjectStore } from "../adapters/local/folder-object-store.ts";
import { openDatabase } from "../adapters/local/open-database.ts";
import { deriveKey, openKeyFile, sealedFile } from "../adapters/local/sealed-file.ts";
import { createSealedKeyStore } from "../adapters/local/sealed-key-store.ts";
import type { SealedKeyStore } from "../adapters/local/sealed-key-store.ts";
import { createSqliteFlowStore } from "../adapters/local/sqlite-flow-store.ts";
import { createSqliteRunStore } from "../adapters/local/sqlite-run-store.ts";
import { openTempScratch } from "../adapters/local/temp-scratch.ts";
import { createApp } from "../app.ts";
import type { App } from "../app.ts";
import type { Config } from "../config.ts";
import { connectors } from "../../connectors/index.ts";
import { executeRun } from "../run/execute-run.ts";
import type { ExecutePorts } from "../run/execute-run.ts";

/** What waits while a run is stopped. */
const STAGING_BUCKET = "millrace-staging";

/** The stores and the machinery of an engine on this machine. */
export interface LocalStores extends ExecutePorts {
  readonly database: DatabaseSync;
  close(): void;
}

/** The engine with its API, as `dev` serves it. */
export interface LocalEngine {
  readonly app: App;
  readonly keys: SealedKeyStore;
  readonly stores: LocalStores;
  /** Takes up the runs that an earlier process left. */
  resume(): Promise<number>;
  /** Waits until no run is under way. */
  idle(): Promise<void>;
  /** Lets go of all runs, so that the next process can take them up, and closes the stores. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** The folder of everything that lasts. */
  readonly folder: string;
  /** `:memory:` for flows and runs that end with the process. */
  readonly database: string;
  /** Buckets that are elsewhere than in the folder `buckets`: name to folder. */
  readonly buckets: ReadonlyMap<string, string>;
}

export async function openStores({ folder, database: path, buckets }: StoreOptions): Promise<LocalStores> {
  const root = join(folder, "buckets");
  const staging = join(folder, "staging");
  await mkdir(root, { recursive: true });
  await mkdir(staging, { recursive: true });
  const database = openDatabase(path);
  return {
    database,
    flows: createSqliteFlowStore(database),
    runs: createSqliteRunStore(database),
    objects: new FolderObjectStore({ root, buckets: new Map([...buckets, [STAGING_BUCKET, staging]]) }),
    connectors: new Map(connectors.map((connector) => [connector.type, connector])),
    openScratch: () => openTempScratch(tmpdir()),
    stagingBucket: STAGING_BUCKET,
    now: () => Date.now(),
    close: () => database.close(),
  };
}

export interface EngineOptions {
  readonly config: Config;
  readonly folder: string;
  readonly buckets: ReadonlyMap<string, string>;
  readonly callers: "signed" | "anyone";
  /** Told of failures that neither a caller nor a run is told of. */
  readonly report: (error: unknown) => void;
}

export async function openEngine({ config, folder, buckets, callers, report }: EngineOptions): Promise<LocalEngine> {
  const stores = await openStores({ folder, database: join(folder, "millrace.db"), buckets });
  const key = await openKeyFile(config.keyFile);
  const keys = createSealedKeyStore(sealedFile(join(folder, "keys"), key));
  const orchestrator = new EmbeddedOrchestrator(
    (flow, runId, shouldStop) => execute(stores, flow, runId, shouldStop),
    report,
  );
  const app = createApp({
    ports: { ...stores, keys, orchestrator, id: randomUUID, report },
    connectors,
    config: { place: config.place, kmsArn: config.kmsArn, pageKey: deriveKey(key, "page tokens"), callers },
  });
  return {
    app,
    keys,
    stores,
    async resume() {
      const unfinished = await stores.runs.unfinished();
      for (const run of unfinished) await orchestrator.start(run.flow, run.id);
      return unfinished.length;
    },
    idle: () => orchestrator.idle(),
    async close() {
      await orchestrator.stop();
      stores.close();
    },
  };
}

async function execute(stores: LocalStores, flow: string, runId: string, shouldStop: () => boolean): Promise<void> {
  await executeRun(flow, runId, stores, { signal: new AbortController().signal, shouldStop });
}
