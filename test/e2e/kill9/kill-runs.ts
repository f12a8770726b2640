import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  AppflowClient,
  CreateFlowCommand,
  DescribeFlowExecutionRecordsCommand,
  StartFlowCommand,
} from "@aws-sdk/client-appflow";
import type { CreateFlowCommandInput, Task } from "@aws-sdk/client-appflow";
import { DATABASE_FILE, openStores } from "../../../src/cli/local-engine.ts";
import type { LocalStores } from "../../../src/cli/local-engine.ts";
import type { Run } from "../../../src/run/run.ts";
import { verifyRun } from "../../../src/run/verify-run.ts";
import { chanceOf } from "../../support/chance.ts";
import { startDev } from "../../support/cli.ts";
import type { DevServer } from "../../support/cli.ts";

/** What was found after all kills. All but the first five are to be 0 or empty. */
export interface KilledRuns {
  readonly kills: number;
  readonly runs: number;
  readonly records: number;
  readonly objects: number;
  /** In how many states the kills found the runs, by state. */
  readonly statesAtKill: Readonly<Record<string, number>>;
  /** Runs that had not ended successfully. */
  readonly failed: readonly string[];
  /** Runs that did not write exactly the records of their source, once each. */
  readonly otherRecords: readonly string[];
  /** What `millrace verify` says of the runs. */
  readonly faults: readonly string[];
  /** Runs whose start or end no process has told, and events that still wait to be told. */
  readonly untold: readonly string[];
  /** Objects that can be seen and belong to no receipt. */
  readonly strays: readonly string[];
  /** Flows that a run still holds. */
  readonly stuck: readonly string[];
  /** What lies in staging folders after a sweep, but for the notes of completed uploads. */
  readonly leftovers: readonly string[];
}

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Told how it goes. */
  readonly report: (line: string) => void;
}

const RECORDS = 60_000;
const GROUPS = 25;
/** Objects of one record each, more of them than a slice has: two slices write one file together. */
const SMALL_OBJECTS = 4200;
const FLOWS = ["single", "groups", "parquet", "gathered"] as const;

/** How long runs may take once nobody kills the server any more. */
const PATIENCE_MS = 120_000;
/** A little more than what the sweep takes for being written. */
const SWEPT_AFTER_MS = 6000;

/**
 * Kills `millrace dev` with SIGKILL, again and again, at times that chance gives, while runs of four flows are under way;
 * each is started again as soon as its last run has ended. Then lets all end, and looks at what is there.
 */
export async function killRuns({ kills, seed, report }: KillOptions): Promise<KilledRuns> {
  const data = await mkdtemp(join(tmpdir(), "millrace-kill9-"));
  const chance = chanceOf(seed);
  const statesAtKill: Record<string, number> = {};
  const servers: DevServer[] = [];
  let server: DevServer | undefined;
  const start = async () => {
    const started = await startDev(data);
    servers.push(started);
    return started;
  };
  try {
    await makeInput(data);
    server = await start();
    await withClient(server, createFlows);
    for (let kill = 0; kill < kills; kill++) {
      const running = server;
      await withClient(running, startIdleFlows);
      await setTimeout(Math.floor(chance() * 1200));
      await running.end("SIGKILL");
      for (const { state } of await withStores(data, (stores) => stores.runs.unfinished())) {
        statesAtKill[state] = (statesAtKill[state] ?? 0) + 1;
      }
      report(`${kill + 1} kills`);
      server = await start();
    }
    await withClient(server, allEnded);
    await server.end("SIGINT");
    await setTimeout(SWEPT_AFTER_MS);
    server = await start();
    await withClient(server, allEnded);
    await setTimeout(500);
    await server.end("SIGINT");
    const told = new Set(servers.flatMap((each) => toldIn(each.log())));
    return { kills, statesAtKill, ...(await withStores(data, (stores) => inspect(data, stores, told))) };
  } finally {
    await server?.end("SIGKILL");
    await rm(data, { recursive: true, force: true });
  }
}

async function makeInput(data: string): Promise<void> {
  const folder = join(data, "buckets", "kill-in");
  await mkdir(folder, { recursive: true });
  for (const flow of FLOWS) await mkdir(join(data, "buckets", `kill-${flow}`), { recursive: true });
  for (let file = 0; file < 3; file++) {
    const lines = Array.from({ length: RECORDS / 3 }, (_, i) => {
      const id = (file * RECORDS) / 3 + i;
      // A few cannot be decoded.
      return id % 10_000 === 7
        ? "broken\n"
        : `{"id":${id},"group":"g${id % GROUPS}","text":"${"x".repeat(id % 80)}"}\n`;
    });
    await writeFile(join(folder, `${file}.json`), lines.join(""));
  }
  const many = join(data, "buckets", "kill-many");
  await mkdir(many, { recursive: true });
  for (let id = 0; id < SMALL_OBJECTS; id++) {
    await writeFile(join(many, `${id}.json`), `{"id":${id},"text":"${"x".repeat(id % 80)}"}\n`);
  }
}

const OUTPUTS = {
  single: { fileType: "JSON", aggregationConfig: { aggregationType: "SingleFile" } },
  groups: { fileType: "CSV" },
  parquet: { fileType: "PARQUET", preserveSourceDataTyping: true },
  gathered: { fileType: "CSV", aggregationConfig: { aggregationType: "SingleFile" } },
} as const;

function requestOf(flow: (typeof FLOWS)[number]): CreateFlowCommandInput {
  const mapAll: Task = { taskType: "Map_all", sourceFields: [], connectorOperator: { S3: "NO_OP" } };
  const byGroup: Task = { taskType: "Partition", sourceFields: ["group"], connectorOperator: { S3: "NO_OP" } };
  return {
    flowName: flow,
    triggerConfig: { triggerType: "OnDemand" },
    sourceFlowConfig: {
      connectorType: "S3",
      sourceConnectorProperties: {
        S3: {
          bucketName: flow === "gathered" ? "kill-many" : "kill-in",
          bucketPrefix: "",
          s3InputFormatConfig: { s3InputFileType: "JSON" },
        },
      },
    },
    destinationFlowConfigList: [
      {
        connectorType: "S3",
        destinationConnectorProperties: { S3: { bucketName: `kill-${flow}`, s3OutputFormatConfig: OUTPUTS[flow] } },
      },
    ],
    tasks: flow === "groups" ? [mapAll, byGroup] : [mapAll],
  };
}

async function createFlows(client: AppflowClient): Promise<void> {
  for (const flow of FLOWS) await client.send(new CreateFlowCommand(requestOf(flow)));
}

async function startIdleFlows(client: AppflowClient): Promise<void> {
  for (const flowName of FLOWS) {
    if (!(await isRunning(client, flowName))) await client.send(new StartFlowCommand({ flowName }));
  }
}

async function isRunning(client: AppflowClient, flowName: string): Promise<boolean> {
  const { flowExecutions = [] } = await client.send(new DescribeFlowExecutionRecordsCommand({ flowName }));
  return flowExecutions[0]?.executionStatus === "InProgress";
}

async function allEnded(client: AppflowClient): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (const flow of FLOWS) {
    while ((await isRunning(client, flow)) && Date.now() < deadline) await setTimeout(100);
  }
}

/** `<run> started` and `<run> ended`, as a log tells them; its last line may be cut off. */
function toldIn(log: string): readonly string[] {
  const lines = log.split("\n").slice(0, -1);
  return lines.flatMap((line) => {
    const { run, code, tookMs } = JSON.parse(line.startsWith("{") ? line : "{}") as Record<string, unknown>;
    if (code === "run-started") return `${String(run)} started`;
    return tookMs === undefined ? [] : `${String(run)} ended`;
  });
}

async function inspect(
  data: string,
  stores: LocalStores,
  told: ReadonlySet<string>,
): Promise<Omit<KilledRuns, "kills" | "statesAtKill">> {
  const found = {
    untold: (await stores.outbox.page(100)).map(({ id }) => id),
    failed: [] as string[],
    otherRecords: [] as string[],
    faults: [] as string[],
    strays: [] as string[],
  };
  const stuck: string[] = [];
  let [runs, records, objects] = [0, 0, 0];
  for (const flow of FLOWS) {
    const digests = new Set<string>();
    const named = new Set<string>();
    for (const run of await stores.runs.list(flow, 100_000)) {
      runs++;
      found.untold.push(...["started", "ended"].map((what) => `${run.id} ${what}`).filter((each) => !told.has(each)));
      if (run.state !== "published") {
        found.failed.push(`${flow} ${run.id}: ${run.state} ${run.message ?? ""}`);
        continue;
      }
      const { receipt, faults } = await verifyRun(run, stores, new AbortController().signal);
      found.faults.push(...faults.map(({ message }) => message));
      if (!hasAllRecords(run, flow)) found.otherRecords.push(`${flow} ${run.id}: ${JSON.stringify(run.counts)}`);
      digests.add(receipt.destinations[0]!.recordDigest);
      for (const { bucket, key } of receipt.objects) named.add(`${bucket}/${key}`);
      records += run.counts.read;
      objects += receipt.objects.length;
    }
    // All runs of a flow read the same: their records are the same, however they were cut and repeated.
    if (digests.size > 1) found.otherRecords.push(`${flow}: ${digests.size} digests`);
    for await (const { key } of stores.objects.list(`kill-${flow}`, "")) {
      const name = `kill-${flow}/${key}`;
      if (!named.has(name) && !key.startsWith("_millrace/runs/")) found.strays.push(name);
    }
    if ((await stores.runs.position(flow))?.active !== undefined) stuck.push(flow);
  }
  return { runs, records, objects, ...found, stuck, leftovers: await leftoversIn(data) };
}

function hasAllRecords({ counts }: Run, flow: (typeof FLOWS)[number]): boolean {
  if (flow === "gathered") return counts.read === SMALL_OBJECTS && counts.destinations[0]!.written === SMALL_OBJECTS;
  const broken = RECORDS / 10_000;
  return counts.read === RECORDS && counts.rejected === broken && counts.destinations[0]!.written === RECORDS - broken;
}

async function leftoversIn(data: string): Promise<readonly string[]> {
  const folders = [join(data, "staging"), ...FLOWS.map((flow) => join(data, "buckets", `kill-${flow}`))];
  const left = (await readdir(join(data, "staging"), { recursive: true })).filter((name) => name.endsWith(".csv"));
  for (const folder of folders) {
    const staging = join(folder, ".millrace-uploads");
    for (const name of await readdir(staging).catch(() => [])) {
      const files = await readdir(join(staging, name)).catch(() => ["a file"]);
      if (files.join() !== "seal.json") left.push(`${staging}/${name}: ${files.join(", ")}`);
    }
  }
  return left;
}

async function withStores<Result>(data: string, use: (stores: LocalStores) => Promise<Result>): Promise<Result> {
  const stores = await openStores({ folder: data, database: join(data, DATABASE_FILE), buckets: new Map() });
  try {
    return await use(stores);
  } finally {
    stores.close();
  }
}

async function withClient(dev: DevServer, use: (client: AppflowClient) => Promise<void>): Promise<void> {
  const { endpoint, region, accessKeyId, secretAccessKey } = dev;
  const client = new AppflowClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  try {
    await use(client);
  } finally {
    client.destroy();
  }
}
