import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectors } from "../../../connectors/index.ts";
import { executionRecord } from "../../api/translate.ts";
import { failureKind } from "../../run/failure-kind.ts";
import { listFiles } from "../../run/publish-set.ts";
import { statusOf } from "../../run/run.ts";
import type { Run } from "../../run/run.ts";
import type { RunFile } from "../../run/segment.ts";
import type { JsonObject } from "../../sdk/json.ts";
import { makeOutputFolders, parseBuckets, requireBuckets, s3Options } from "../bucket-options.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { openStores } from "../local-engine.ts";
import { openProfiles, PROFILE_HELP } from "../open-profiles.ts";
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
${PROFILE_HELP}
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
      data: { type: "string" },
      json: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [path, ...rest] = positionals;
  if (path === undefined || rest.length > 0) throw new UsageError("expected one flow, as a file or -");
  const flow = await readFlowFile(path, connectors);
  if (flow.definition.trigger.type === "event") {
    throw new UsageError("the flow runs on events, and nobody sends it any here: create it with millrace dev");
  }
  const buckets = parseBuckets(values.bucket);
  if (!values.s3) requireBuckets(flow.definition, buckets, CONNECTORS, "reads and writes");
  await makeOutputFolders(flow.definition, buckets, CONNECTORS);
  const profiles = await openProfiles(flow.definition, values);
  const folder = await mkdtemp(join(tmpdir(), "millrace-run-"));
  const stores = await openStores({ folder, database: ":memory:", buckets, s3: s3Options(values.s3) });
  try {
    const startedAt = stores.now();
    const ended = await runFlowOnce(
      flow,
      { ...stores, connect: profiles?.connect ?? stores.connect },
      {
        signal: context.interrupted,
        shouldStop: () => false,
        progress: (counts) => context.terminal.progress(describeProgress(counts, stores.now() - startedAt)),
      },
    );
    const files = await listFiles(ended, stores);
    if (values.json) context.terminal.print(JSON.stringify(resultOf(ended, files)));
    else report(ended, files, buckets, context.terminal);
    if (ended.failure === "canceled") return EXIT.interrupted;
    return ended.state === "published" ? EXIT.ok : exitCodeOf(ended.failure ?? "transient");
  } catch (error) {
    // What no run can hold: its own stores failed.
    context.terminal.note(error instanceof Error ? error.message : String(error));
    return exitCodeOf(failureKind(error));
  } finally {
    stores.close();
    await profiles?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function resultOf(run: Run, files: readonly RunFile[]): JsonObject {
  return {
    ...executionRecord(run),
    counts: run.counts as unknown as JsonObject,
    objects: files.map(({ upload: { bucket, key }, bytes, records, kind, destination }) => {
      return { bucket, key, bytes, records, kind, destination };
    }),
  };
}

function report(run: Run, files: readonly RunFile[], buckets: ReadonlyMap<string, string>, terminal: Terminal): void {
  const ok = run.state === "published";
  terminal.print((ok ? terminal.green : terminal.red)(`${run.flow}: ${statusOf(run)}`));
  if (run.message !== undefined) terminal.print(`  ${run.message}`);
  run.counts.destinations.forEach((_, i) => terminal.print(`  ${describeBalance(run.counts, i)}`));
  for (const { upload, bytes, records, kind } of files) {
    const place = join(buckets.get(upload.bucket) ?? upload.bucket, upload.key);
    const what = kind === "error" ? "rejected records" : "records";
    terminal.print(`  ${place}  ${terminal.dim(`${formatCount(records)} ${what}, ${formatBytes(bytes)}`)}`);
  }
}
