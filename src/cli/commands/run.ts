import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectors } from "../../../connectors/index.ts";
import { executionRecord } from "../../api/translate.ts";
import { failureKind } from "../../run/failure-kind.ts";
import type { Run } from "../../run/run.ts";
import type { JsonObject } from "../../sdk/json.ts";
import { makeOutputFolders, parseBuckets, requireBuckets, s3Options } from "../bucket-options.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { openStores } from "../local-engine.ts";
import { readFlowFile } from "../read-flow-file.ts";
import { runFlowOnce } from "../run-flow-once.ts";
import { describeBalance, describeProgress, formatBytes, formatCount } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

export const runCommand: Command = {
  name: "run",
  summary: "run a flow once, without a server",
  help: `millrace run FLOW.json --bucket NAME=DIR [--bucket NAME=DIR …] [--json]

Runs the flow in FLOW.json (a CreateFlow request; - reads it from stdin) once, in this process. Buckets are folders.
Nothing is kept but what the flow writes. Whatever its trigger is, the flow runs now.

  --bucket NAME=DIR   the folder that is this bucket; give one for every bucket of the flow
  --s3                every bucket without a folder is in Amazon S3, with the credentials of the environment
  --json              print the result as one line of JSON: the execution record, the books, the objects

Example:
  millrace run airports.json --bucket in=./data --bucket lake=./lake
`,
  run,
};

const CONNECTORS = new Map(connectors.map((connector) => [connector.type, connector]));

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      bucket: { type: "string", multiple: true, default: [] },
      s3: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [path, ...rest] = positionals;
  if (path === undefined || rest.length > 0) throw new UsageError("expected one flow, as a file or -");
  const flow = await readFlowFile(path, connectors);
  const buckets = parseBuckets(values.bucket);
  if (!values.s3) requireBuckets(flow.definition, buckets, CONNECTORS, "reads and writes");
  await makeOutputFolders(flow.definition, buckets, CONNECTORS);
  const folder = await mkdtemp(join(tmpdir(), "millrace-run-"));
  const stores = await openStores({ folder, database: ":memory:", buckets, s3: s3Options(values.s3) });
  try {
    const startedAt = stores.now();
    const ended = await runFlowOnce(flow, stores, {
      signal: context.interrupted,
      shouldStop: () => false,
      progress: (counts) => context.terminal.progress(describeProgress(counts, stores.now() - startedAt)),
    });
    if (values.json) context.terminal.print(JSON.stringify(resultOf(ended)));
    else report(ended, buckets, context.terminal);
    if (ended.status === "canceled") return EXIT.interrupted;
    return ended.status === "successful" ? EXIT.ok : exitCodeOf(ended.failure ?? "internal");
  } catch (error) {
    // What no run can hold: its own stores failed.
    context.terminal.note(error instanceof Error ? error.message : String(error));
    return exitCodeOf(failureKind(error));
  } finally {
    stores.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function resultOf(run: Run): JsonObject {
  return {
    ...executionRecord(run),
    counts: run.counts as unknown as JsonObject,
    objects: run.objects as unknown as readonly JsonObject[],
  };
}

function report(run: Run, buckets: ReadonlyMap<string, string>, terminal: Terminal): void {
  const ok = run.status === "successful";
  terminal.print((ok ? terminal.green : terminal.red)(`${run.flow}: ${run.status}`));
  if (run.message !== undefined) terminal.print(`  ${run.message}`);
  run.counts.destinations.forEach((_, i) => terminal.print(`  ${describeBalance(run.counts, i)}`));
  for (const { bucket, key, bytes, records, kind } of run.objects) {
    const place = join(buckets.get(bucket) ?? bucket, key);
    const what = kind === "error" ? "rejected records" : "records";
    terminal.print(`  ${place}  ${terminal.dim(`${formatCount(records)} ${what}, ${formatBytes(bytes)}`)}`);
  }
}
