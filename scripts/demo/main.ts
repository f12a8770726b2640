import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import {
  AppflowClient,
  CreateConnectorProfileCommand,
  CreateFlowCommand,
  DescribeFlowExecutionRecordsCommand,
  StartFlowCommand,
} from "@aws-sdk/client-appflow";
import type { ExecutionRecord } from "@aws-sdk/client-appflow";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { describeBalance, describeProgress, createTerminal, formatBytes, formatCount } from "../../src/cli/terminal.ts";
import { openEngine } from "../../src/cli/local-engine.ts";
import type { LocalEngine } from "../../src/cli/local-engine.ts";
import { serve } from "../../src/cli/serve.ts";
import { readConfig } from "../../src/config.ts";
import { listFiles } from "../../src/run/publish-set.ts";
import type { RunFile } from "../../src/run/segment.ts";
import type { Demo, DemoFlow } from "./demo.ts";
import { DEMO_FLOWS } from "./flows.ts";
import { prepareInput } from "./input.ts";
import { openSalesforceDemo } from "./salesforce.ts";

/*
 * The main job on real data: an engine with its embedded default, driven by the official AppFlow client over HTTP. What
 * it writes stays in .millrace/demo, to be looked at. `npm run demo -- salesforce` reads from Salesforce's stand-in.
 */

const ROOT = join(import.meta.dirname, "..", "..");
const WATCH_MS = 100;
const SHOWN_RECORDS = 3;
const SHOWN_REQUESTS = 8;

const terminal = createTerminal(process.stdout, process.stderr);
const folder = await freshFolder();
const buckets = join(folder, "buckets");
const demo = await openDemo(process.argv[2]);
await mkdir(join(buckets, "demo-out"), { recursive: true });

const engine = await openEngine({
  config: { ...readConfig(), keyFile: join(folder, "key"), allowedOrigins: demo.allowedOrigins },
  folder,
  buckets: new Map(),
  callers: "signed",
  report: (error) => terminal.note(String(error)),
  log: () => undefined,
});
const server = await serve((request) => engine.app.handle(request), {
  port: 0,
  report: (error) => terminal.note(String(error)),
});
const key = await engine.keys.issue({ user: "demo", access: "full", createdAt: Date.now() });
const client = new AppflowClient({
  endpoint: server.url,
  region: readConfig().place.region,
  credentials: { accessKeyId: key.id, secretAccessKey: key.secret.reveal() },
});

terminal.print(
  `AppFlow's API is served at ${server.url}; the official client creates and starts ${demo.flows.length} flows.`,
);
let failed = false;
for (const profile of demo.profiles) await client.send(new CreateConnectorProfileCommand(profile));
for (const flow of demo.flows) failed = !(await show(flow, engine)) || failed;
client.destroy();
await server.close();
await engine.close();
await demo.close();
terminal.print(
  `\nEverything lies in ${relative(process.cwd(), buckets) || "."}. Serve the same engine with: npm run dev`,
);
process.exitCode = failed ? 1 : 0;

async function openDemo(name: string | undefined): Promise<Demo> {
  if (name === "salesforce") return openSalesforceDemo();
  await prepareInput(join(buckets, "demo-in"));
  return { allowedOrigins: [], profiles: [], flows: DEMO_FLOWS, tell: () => [], close: () => Promise.resolve() };
}

/** The demo of an earlier day goes; two demos at once do not meet. */
async function freshFolder(): Promise<string> {
  const all = join(ROOT, ".millrace", "demo");
  await rm(all, { recursive: true, force: true });
  await mkdir(all, { recursive: true });
  return mkdtemp(join(all, "run-"));
}

async function show({ title, request }: DemoFlow, { stores }: LocalEngine): Promise<boolean> {
  terminal.print(`\n${terminal.bold(title)}`);
  await client.send(new CreateFlowCommand(request));
  const { executionId } = await client.send(new StartFlowCommand({ flowName: request.flowName }));
  const record = await watch(request.flowName!, executionId!);
  const run = (await stores.runs.get(request.flowName!, executionId!))!;
  terminal.print(terminal.dim(JSON.stringify(record)));
  terminal.print(`  ${describeBalance(run.counts, 0)}`);
  for (const asked of demo.tell().slice(0, SHOWN_REQUESTS)) terminal.print(`  ${terminal.dim(asked)}`);
  await showObjects(await listFiles(run, stores));
  return run.state === "published";
}

/** Polls the execution record, as any client of AppFlow does, until the run has ended. */
async function watch(flowName: string, executionId: string): Promise<ExecutionRecord> {
  const started = performance.now();
  for (;;) {
    const { flowExecutions = [] } = await client.send(new DescribeFlowExecutionRecordsCommand({ flowName }));
    const record = flowExecutions.find((execution) => execution.executionId === executionId)!;
    if (record.executionStatus !== "InProgress") return record;
    const { recordsProcessed: read = 0, bytesProcessed: bytesRead = 0 } = record.executionResult ?? {};
    const counts = { read, bytesRead, filtered: 0, filteredBy: [], rejected: 0, dataErrors: 0, destinations: [] };
    terminal.progress(`  ${flowName}: ${describeProgress(counts, performance.now() - started)}`);
    await once(AbortSignal.timeout(WATCH_MS), "abort");
  }
}

async function showObjects(files: readonly RunFile[]): Promise<void> {
  const data = files.filter(({ kind }) => kind === "data");
  const size = formatBytes(data.reduce((sum, { bytes }) => sum + bytes, 0));
  if (data.length > 1) terminal.print(`  ${formatCount(data.length)} files, ${size}, the first of them:`);
  for (const { upload, records, bytes } of data.slice(0, 1)) {
    const path = join(buckets, upload.bucket, upload.key);
    terminal.print(
      `  ${relative(process.cwd(), path)} ${terminal.dim(`(${formatCount(records)} records, ${formatBytes(bytes)})`)}`,
    );
    for (const line of await firstRecords(path)) terminal.print(`    ${line}`);
  }
  for (const { upload, records } of files.filter(({ kind }) => kind === "error")) {
    const path = join(buckets, upload.bucket, upload.key);
    terminal.print(`  ${relative(process.cwd(), path)} ${terminal.dim(`(${formatCount(records)} rejected records)`)}`);
    for (const line of await firstLines(path, records)) terminal.print(`    ${terminal.red(line)}`);
  }
}

async function firstRecords(path: string): Promise<readonly string[]> {
  if (!path.endsWith(".parquet")) return firstLines(path, path.endsWith(".csv") ? SHOWN_RECORDS + 1 : SHOWN_RECORDS);
  const records = await parquetReadObjects({ file: await asyncBufferFromFile(path), rowEnd: SHOWN_RECORDS });
  return records.map((record) =>
    JSON.stringify(record, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value)),
  );
}

async function firstLines(path: string, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  const input = createReadStream(path);
  for await (const line of createInterface({ input })) {
    lines.push(line);
    if (lines.length === count) break;
  }
  input.destroy();
  return lines;
}
