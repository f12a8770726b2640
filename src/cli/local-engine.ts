import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { lambdaFunctionsWhenCalled } from "../adapters/aws/lambda-functions-when-called.ts";
import type { S3ClientOptions } from "../adapters/aws/s3-client.ts";
import { openEventBus } from "../adapters/aws/open-event-bus.ts";
import type { OpenEventBus } from "../adapters/aws/open-event-bus.ts";
import { EmbeddedCourier } from "../adapters/local/embedded-courier.ts";
import { EmbeddedOrchestrator } from "../adapters/local/embedded-orchestrator.ts";
import { FolderObjectStore } from "../adapters/local/folder-object-store.ts";
import { openDatabase } from "../adapters/local/open-database.ts";
import { openKeyFile } from "../adapters/local/key-file.ts";
import { deriveKey } from "../store/seal.ts";
import { createSealedKeyStore } from "../adapters/local/sealed-key-store.ts";
import { createSealedVault } from "../adapters/local/sealed-vault.ts";
import { createSqliteStores } from "../adapters/local/sqlite-stores.ts";
import { pause } from "../adapters/local/pause.ts";
import { TimerAlarm } from "../adapters/local/timer-alarm.ts";
import { openTempScratch } from "../adapters/local/temp-scratch.ts";
import type { KeyIssuer } from "../api/key-issuer.ts";
import { createApp } from "../app.ts";
import type { App } from "../app.ts";
import type { Config } from "../config.ts";
import { connectors } from "../../connectors/index.ts";
import { createConnect, refuseProfiles } from "../connection/open-connection.ts";
import type { FlowStore } from "../flow/flow-store.ts";
import { keepAlarm } from "../flow/keep-alarm.ts";
import { wakingSchedule } from "../flow/waking-schedule.ts";
import { deliverEvents } from "../run/deliver-events.ts";
import type { ExecutePorts } from "../run/execute-run.ts";
import { clearForgotten } from "../run/staging.ts";
import { startDueRun } from "../run/start-due-run.ts";
import { suspendFailing } from "../run/suspend-failing.ts";
import type { FailedAttempt } from "../run/work-slice.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import { entryOfAttempt } from "../telemetry/log-entry.ts";
import { loggingSink } from "../telemetry/logging-sink.ts";
import type { Log } from "../telemetry/logging-sink.ts";
import { UsageError } from "./commands/command.ts";
import { openCloudStores } from "./cloud-stores.ts";
import { routeBuckets } from "./route-buckets.ts";

/** The database of flows, runs and keys, in the data folder. */
export const DATABASE_FILE = "millrace.db";

/** How far executions of runs have come, beside it. It may be thrown away while nobody uses it. */
const EXECUTIONS_FILE = "executions.db";

/** What is too large for the items of runs. */
const STAGING_BUCKET = "millrace-staging";

/** The stores and the machinery of an engine on this machine. */
export type LocalStores = ExecutePorts &
  ReturnType<typeof createSqliteStores> & {
    readonly database: DatabaseSync;
    /** Removes from the buckets that are folders what processes left there that were killed. */
    sweepFolders(): Promise<void>;
    close(): void;
  };

/** The engine with its API, as `dev` serves it. */
export interface LocalEngine {
  readonly app: App;
  readonly keys: KeyIssuer;
  readonly stores: LocalStores;
  /** Takes up the runs that an earlier process left, and starts flows when they are due; how many runs that are. */
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
  /** Set: every bucket that no folder is given for is in Amazon S3, or in what answers at the endpoint. */
  readonly s3?: S3ClientOptions | undefined;
  /** Set: what is too large for the stores is in this bucket, there, for all who work on the same table; else in the folder. */
  readonly stagingBucket?: string | undefined;
}

export async function openStores({
  folder,
  database: path,
  buckets,
  s3,
  stagingBucket,
}: StoreOptions): Promise<LocalStores> {
  if (stagingBucket !== undefined && s3 === undefined) {
    throw new UsageError(`the staging bucket ${stagingBucket} is in Amazon S3: add --s3`);
  }
  const root = join(folder, "buckets");
  const staging = join(folder, "staging");
  await mkdir(root, { recursive: true });
  await mkdir(staging, { recursive: true });
  const database = openDatabase(path);
  const known = new Map([...buckets, ...(stagingBucket === undefined ? [[STAGING_BUCKET, staging] as const] : [])]);
  const folders = new FolderObjectStore({ root, buckets: known });
  return {
    database,
    ...createSqliteStores(database),
    objects: await routeToS3(folders, known, s3),
    sweepFolders: () => folders.sweep(UNTOUCHED_MS),
    connectors: new Map(connectors.map((connector) => [connector.type, connector])),
    openScratch: () => openTempScratch(tmpdir()),
    stagingBucket: stagingBucket ?? STAGING_BUCKET,
    now: () => Date.now(),
    wait: pause,
    connect: refuseProfiles,
    close: () => database.close(),
  };
}

/** Buckets that are folders, and, with `s3`, all others; without an engine. */
export function openBuckets(
  buckets: ReadonlyMap<string, string>,
  s3: S3ClientOptions | undefined,
): Promise<ObjectStore> {
  return routeToS3(new FolderObjectStore({ root: "", buckets }), buckets, s3);
}

/** The folders, or, with `s3`, the folders of these buckets and Amazon S3 for all others. */
async function routeToS3(
  folders: FolderObjectStore,
  buckets: ReadonlyMap<string, string>,
  s3: S3ClientOptions | undefined,
): Promise<ObjectStore> {
  if (s3 === undefined) return folders;
  // Loading the SDK takes longer than most commands; those that stay on this machine do without.
  const [{ createS3Client }, { S3ObjectStore }] = await Promise.all([
    import("../adapters/aws/s3-client.ts"),
    import("../adapters/aws/s3-object-store.ts"),
  ]);
  const remote = new S3ObjectStore(createS3Client(s3));
  return routeBuckets((bucket) => (buckets.has(bucket) ? folders : remote));
}

export interface EngineOptions {
  readonly config: Config;
  readonly folder: string;
  readonly buckets: ReadonlyMap<string, string>;
  readonly s3?: S3ClientOptions | undefined;
  /** Set: flows, runs and profiles are in this DynamoDB table, and credentials in Secrets Manager; else in the folder. */
  readonly table?: string | undefined;
  readonly stagingBucket?: string | undefined;
  readonly callers: "signed" | "anyone";
  /** Told of failures that neither a caller nor a run is told of. */
  readonly report: (error: unknown) => void;
  /** Told of everything that happens to flows and runs, at least once, and of what fails on the way. */
  readonly log: Log;
}

export async function openEngine({
  config,
  folder,
  buckets,
  s3,
  table,
  stagingBucket,
  callers,
  report,
  log,
}: EngineOptions): Promise<LocalEngine> {
  // Loading these libraries takes longer than most commands, and they do without.
  const [{ createHttpClient }, { SqliteExecutions }, { createEmbeddedRuns, forgetOtherRuns }] = await Promise.all([
    import("../sdk/http/create-http-client.ts"),
    import("../adapters/durable/sqlite-executions.ts"),
    import("../adapters/durable/embedded-runs.ts"),
  ]);
  const cloud = table === undefined ? undefined : await openCloudStores(table, config);
  const local = await openStores({ folder, database: join(folder, DATABASE_FILE), buckets, s3, stagingBucket });
  const stores = { ...local, ...cloud?.stores };
  const key = await openKeyFile(config.keyFile);
  const keys = createSealedKeyStore(stores.database, key);
  const vault = cloud?.vault ?? createSealedVault({ database: stores.database, key, place: config.place });
  const http = createHttpClient({ allowed: new Set(config.allowedOrigins) });
  const { send } = http;
  const connect = createConnect({ ...stores, vault, send, connectors, id: randomUUID, chance: Math.random });
  const ports = { ...stores, connect };
  const executions = new SqliteExecutions(join(folder, EXECUTIONS_FILE), stores.now);
  const carryOut = createEmbeddedRuns({
    ports,
    executions,
    width: config.width,
    report: async ({ flow }) => void (await suspendFailing(flow, { ...stores, alarm })),
  });
  const telemetry = await openTelemetry(config, report);
  const orchestrator: EmbeddedOrchestrator = new EmbeddedOrchestrator(async (flow, runId, signals) => {
    const attemptFailed = (failed: FailedAttempt) => log(entryOfAttempt(flow, runId, failed, stores.now()));
    await carryOut(flow, runId, { ...signals, attemptFailed, span: telemetry?.span });
  }, report);
  const bus = await openBus(config, local, report);
  const sink = loggingSink(log, bus);
  const courier = new EmbeddedCourier(() => deliverEvents({ outbox: stores.outbox, sink }), report);
  const alarm: TimerAlarm = new TimerAlarm({
    database: stores.database,
    fire: async (flow, dueAt) => void (await startDueRun(flow, dueAt, { ...stores, orchestrator, alarm })),
    report,
  });
  const functions = lambdaFunctionsWhenCalled({ region: config.place.region, endpoint: config.lambdaEndpoint });
  const app = createApp({
    ports: {
      ...ports,
      openObjects: async () => stores.objects,
      vault,
      send,
      functions,
      keys,
      orchestrator,
      alarm,
      id: randomUUID,
      report,
    },
    connectors,
    config: {
      place: config.place,
      kmsArn: config.kmsArn,
      tokenKey: deriveKey(key, "page tokens"),
      strict: config.strict,
      quotas: config.quotas,
      callers,
    },
  });
  let sweeper: NodeJS.Timeout | undefined;
  /** Whatever is unfinished goes on, unless it is being carried out already; what nobody needs any more goes. */
  const sweep = async () => {
    await stores.sweepFolders();
    await clearForgotten(stores.stagingBucket, stores);
    const unfinished = await stores.runs.unfinished();
    for (const run of unfinished) await orchestrator.start(run.flow, run.id);
    return unfinished.length;
  };
  return {
    app,
    keys,
    stores,
    async resume() {
      const left = await stores.runs.unfinished();
      forgetOtherRuns(
        executions,
        left.map(({ flow, id }) => ({ flow, runId: id })),
      );
      const unfinished = await sweep();
      sweeper = setInterval(() => void sweep().catch(report), MS_BETWEEN_SWEEPS);
      for await (const flow of wokenFlows(stores.flows)) await keepAlarm(flow, { ...stores, alarm });
      alarm.start();
      courier.start();
      return unfinished;
    },
    idle: () => orchestrator.idle(),
    async close() {
      clearInterval(sweeper);
      await alarm.stop();
      await orchestrator.stop();
      await courier.stop();
      await http.close();
      await telemetry?.close();
      bus?.close();
      cloud?.close();
      executions.close();
      stores.close();
    },
  };
}

/** Undefined when the configuration names none. */
async function openBus(
  { eventBus, eventsEndpoint, place }: Config,
  stores: LocalStores,
  report: EngineOptions["report"],
): Promise<OpenEventBus | undefined> {
  if (eventBus === undefined) return undefined;
  const { connectors } = stores;
  return openEventBus({ region: place.region, endpoint: eventsEndpoint, bus: eventBus, connectors, report });
}

/** Undefined, and nothing is loaded, unless the environment names a collector. */
async function openTelemetry({ traces }: Config, report: EngineOptions["report"]) {
  return traces ? (await import("../adapters/telemetry/open-telemetry.ts")).openTelemetry(report) : undefined;
}

/** The names of the flows that are to be woken by the clock: a crash may have come between a flow and its alarm. */
async function* wokenFlows(flows: FlowStore): AsyncGenerator<string> {
  for (let page = await flows.list(FLOWS_AT_ONCE); page.length > 0;) {
    for (const flow of page) if (wakingSchedule(flow) !== undefined) yield flow.name;
    page = await flows.list(FLOWS_AT_ONCE, page.at(-1)!.name);
  }
}

const FLOWS_AT_ONCE = 100;

/** How soon a run goes on whose stores failed, for example while it was published. */
const MS_BETWEEN_SWEEPS = 60_000;

/** Small files are written in milliseconds: what nobody has touched for so long, nobody writes any more. */
const UNTOUCHED_MS = 5000;
