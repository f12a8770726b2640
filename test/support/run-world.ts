import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteFlowStore } from "../../src/adapters/local/sqlite-flow-store.ts";
import { createSqliteInbox } from "../../src/adapters/local/sqlite-inbox.ts";
import { createSqliteRunStore } from "../../src/adapters/local/sqlite-run-store.ts";
import s3 from "../../connectors/s3/index.ts";
import { createSource } from "../../connectors/s3/source.ts";
import type { SliceSizes } from "../../connectors/s3/slices.ts";
import { refuseProfiles } from "../../src/connection/open-connection.ts";
import type { Flow, FlowDefinition } from "../../src/flow/flow.ts";
import { claimRun } from "../../src/run/claim-run.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import type { ExecutePorts, RunControl } from "../../src/run/execute-run.ts";
import type { Run } from "../../src/run/run.ts";
import type { Source } from "../../src/sdk/connector.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { MemoryObjectStore } from "./memory-object-store.ts";
import { memoryScratch } from "./memory-scratch.ts";
import { sampleFlow } from "./sample-flow.ts";

const WORLD_START = 1_700_000_000_000;

export interface RunWorldOptions {
  readonly objects?: MemoryObjectStore;
  readonly source?: Source;
  /** What the S3 source divides; as it is in production where this is missing. */
  readonly sizes?: SliceSizes;
  readonly definition?: Partial<FlowDefinition>;
  /** The source's settings. */
  readonly from?: JsonObject;
  /** What is in `s3OutputFormatConfig`. */
  readonly output?: JsonObject;
}

/** One flow from the bucket `in` to the bucket `out`, and everything around it in memory. Time stands still. */
export class RunWorld {
  readonly database = openDatabase(":memory:");
  readonly objects: MemoryObjectStore;
  readonly ports: ExecutePorts;
  flow: Flow;
  now = WORLD_START;
  #runs = 0;

  constructor(options: RunWorldOptions = {}) {
    const { database } = this;
    this.objects = options.objects ?? new MemoryObjectStore(["in", "out", "staging"]);
    this.objects.now = () => this.now;
    const source = options.source ?? (options.sizes === undefined ? s3.source! : createSource(options.sizes));
    this.ports = {
      flows: createSqliteFlowStore(database),
      runs: createSqliteRunStore(database),
      inbox: createSqliteInbox(database),
      objects: this.objects,
      connectors: new Map([["S3", { ...s3, source }]]),
      openScratch: () => Promise.resolve(memoryScratch()),
      connect: refuseProfiles,
      stagingBucket: "staging",
      now: () => this.now,
      wait: () => Promise.resolve(),
    };
    const definition: FlowDefinition = {
      name: "flow",
      trigger: { type: "on-demand" },
      source: { connector: "S3", settings: { bucketName: "in", ...options.from } },
      destinations: [{ connector: "S3", settings: { bucketName: "out", s3OutputFormatConfig: options.output ?? {} } }],
      tasks: [{ type: "map-all", index: 0, exclude: [] }],
      ...options.definition,
    };
    this.flow = sampleFlow("flow", { definition, createdAt: WORLD_START });
  }

  /** Claims a run and carries it as far as it goes. */
  async run(control: Partial<RunControl> = {}, id = `run-${++this.#runs}`): Promise<Run> {
    if ((await this.ports.flows.get("flow")) === undefined) await this.ports.flows.create(this.flow);
    await claimRun(this.flow, id, this.ports);
    return this.execute(id, control);
  }

  /** Changes the flow's definition, as UpdateFlow does. */
  async change(definition: Partial<FlowDefinition>): Promise<void> {
    const { version } = this.flow;
    this.flow = { ...this.flow, definition: { ...this.flow.definition, ...definition }, version: version + 1 };
    await this.ports.flows.update(this.flow);
  }

  execute(id: string, control: Partial<RunControl> = {}): Promise<Run> {
    const whole = { signal: new AbortController().signal, shouldStop: () => false, ...control };
    return executeRun("flow", id, this.ports, whole);
  }

  /** Everything that can be seen of the runs, the receipts too, by key. */
  output(): ReadonlyMap<string, string> {
    return new Map(this.objects.keys("out").map((key) => [key, this.objects.bytes("out", key).toString("latin1")]));
  }

  /** The data that can be seen of the runs, in the order of keys. */
  data(): readonly string[] {
    const keys = this.objects.keys("out").filter((key) => !key.startsWith("_millrace/"));
    return keys.map((key) => this.objects.text("out", key));
  }
}
