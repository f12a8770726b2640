import s3 from "../../connectors/s3/index.ts";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteFlowStore } from "../../src/adapters/local/sqlite-flow-store.ts";
import { createSqliteInbox } from "../../src/adapters/local/sqlite-inbox.ts";
import { createSqliteRunStore } from "../../src/adapters/local/sqlite-run-store.ts";
import { refuseProfiles } from "../../src/connection/open-connection.ts";
import type { Flow } from "../../src/flow/flow.ts";
import { claimRun } from "../../src/run/claim-run.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import type { ExecutePorts, RunControl } from "../../src/run/execute-run.ts";
import type { Receipt } from "../../src/run/receipt.ts";
import type { Run } from "../../src/run/run.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { ObjectInfo, PutOptions, Upload, UploadedPart } from "../../src/sdk/object-store.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import type { Task } from "../../src/tasks/task.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";
import { memoryScratch } from "./memory-scratch.ts";
import { sampleFlow } from "./sample-flow.ts";

export const MAP_ALL: Task = { type: "map-all", index: 0, exclude: [] };

export interface FlowWorldOptions {
  readonly tasks?: readonly Task[];
  /** The source's file type; default JSON. */
  readonly reads?: "JSON" | "CSV";
  /** `s3OutputFormatConfig` of each destination; they write to the buckets `out`, `out2` and so on. */
  readonly outputs?: readonly JsonObject[];
  /** The objects that are read, by key. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A flow from the bucket `in` to the bucket `out`, and all around it in memory. Time moves when a test moves it. */
export class FlowWorld {
  readonly objects: UnluckyStore;
  readonly ports: ExecutePorts;
  flow: Flow;
  clock = 1_700_000_000_000;

  private constructor(objects: UnluckyStore, ports: Omit<ExecutePorts, "now">, flow: Flow) {
    this.objects = objects;
    this.ports = { ...ports, now: () => this.clock };
    this.flow = flow;
  }

  static async of({ tasks = [MAP_ALL], reads = "JSON", outputs = [{}], files = {} }: FlowWorldOptions) {
    const database = openDatabase(":memory:");
    const buckets = outputs.map((_, i) => (i === 0 ? "out" : `out${i + 1}`));
    const objects = new UnluckyStore(["in", "staging", ...buckets]);
    for (const [key, text] of Object.entries(files)) await objects.put("in", key, Buffer.from(text));
    const flow = sampleFlow("flow", {
      definition: {
        name: "flow",
        trigger: { type: "on-demand" },
        source: {
          connector: "S3",
          settings: { bucketName: "in", bucketPrefix: "", s3InputFormatConfig: { s3InputFileType: reads } },
        },
        destinations: outputs.map((s3OutputFormatConfig, i) => ({
          connector: "S3",
          settings: { bucketName: buckets[i]!, s3OutputFormatConfig },
        })),
        tasks,
      },
    });
    const ports = {
      flows: createSqliteFlowStore(database),
      runs: createSqliteRunStore(database),
      inbox: createSqliteInbox(database),
      objects,
      connectors: new Map([["S3", s3]]),
      openScratch: () => Promise.resolve(memoryScratch()),
      connect: refuseProfiles,
      stagingBucket: "staging",
      wait: () => Promise.resolve(),
    };
    await ports.flows.create(flow);
    return new FlowWorld(objects, ports, flow);
  }

  async run(id = "run"): Promise<Run> {
    await claimRun(this.flow, id, this.ports);
    return this.execute(id);
  }

  execute(id = "run", control: Partial<RunControl> = {}): Promise<Run> {
    const whole = { signal: new AbortController().signal, shouldStop: () => false, ...control };
    return executeRun("flow", id, this.ports, whole);
  }

  async stored(id = "run"): Promise<Run> {
    return (await this.ports.runs.get("flow", id))!;
  }

  /** The text of all data objects of a bucket, in the order of their keys. */
  data(bucket = "out"): string {
    return this.dataKeys(bucket)
      .map((key) => this.objects.text(bucket, key))
      .join("");
  }

  dataKeys(bucket = "out"): readonly string[] {
    return this.objects.keys(bucket).filter((key) => !key.startsWith("_millrace/"));
  }

  errorKeys(bucket = "out"): readonly string[] {
    return this.objects.keys(bucket).filter((key) => key.startsWith("_millrace/errors/"));
  }

  receipt(id = "run", bucket = "out"): Receipt {
    return JSON.parse(this.objects.text(bucket, `_millrace/runs/flow/${id}.json`)) as Receipt;
  }
}

/** A store that fails as it is told to. */
export class UnluckyStore extends MemoryObjectStore {
  /** What completing an upload of this key fails with. */
  readonly failing = new Map<string, ObjectStoreError["code"]>();
  /** Buckets that are not there any more. */
  readonly gone = new Set<string>();
  /** How many uploads can be completed before the store fails. */
  completesLeft = Infinity;

  override async completeUpload(upload: Upload, parts: readonly UploadedPart[]): Promise<void> {
    const code = this.failing.get(upload.key);
    if (code !== undefined) throw new ObjectStoreError(code, `no luck with ${upload.key}`);
    this.#requireBucket(upload.bucket);
    if (this.completesLeft-- <= 0) throw new ObjectStoreError("Unavailable", "no luck");
    return super.completeUpload(upload, parts);
  }

  override async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    this.#requireBucket(bucket);
    return super.head(bucket, key);
  }

  override async put(bucket: string, key: string, body: Uint8Array, options?: PutOptions): Promise<void> {
    this.#requireBucket(bucket);
    return super.put(bucket, key, body, options);
  }

  override async *listUploads(bucket: string, prefix: string): AsyncIterable<Upload> {
    this.#requireBucket(bucket);
    yield* super.listUploads(bucket, prefix);
  }

  #requireBucket(bucket: string): void {
    if (this.gone.has(bucket)) throw new ObjectStoreError("NoSuchBucket", `There is no bucket ${bucket}.`);
  }
}
