import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { failureKind } from "../../run/failure-kind.ts";
import { parseReceipt } from "../../run/parse-receipt.ts";
import type { Receipt } from "../../run/receipt.ts";
import { statusOf } from "../../run/run.ts";
import { hasEnded } from "../../run/transitions.ts";
import { nameOf, verifyReceipt } from "../../run/verify-receipt.ts";
import type { Fault, VerifyProgress } from "../../run/verify-receipt.ts";
import { verifyRun } from "../../run/verify-run.ts";
import { parseBuckets, s3Options } from "../bucket-options.ts";
import { DATA_HELP, DATA_OPTIONS, requireRun, withData } from "../data-folder.ts";
import type { DataValues } from "../data-folder.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { openBuckets } from "../local-engine.ts";
import type { LocalStores } from "../local-engine.ts";
import { formatBytes, formatCount } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

export const verifyCommand: Command = {
  name: "verify",
  summary: "re-read what a run wrote, and compare it with its receipt",
  help: `millrace verify RUN [--data DIR] [--bucket NAME=DIR …] [--json]
millrace verify --receipt FILE --bucket NAME=DIR [--bucket NAME=DIR …] [--json]

Reads every object that the run's receipt names, and trusts no counter: sizes, SHA-256, records, their digest, and the books
of every destination are made anew from the bytes. With --receipt it needs no engine: whoever has the objects can verify.

  --receipt FILE      the receipt itself, a copy of _millrace/runs/FLOW/RUN.json
${DATA_HELP}
  --json              print the result as one line of JSON: run, objects, records, faults, lost, verified

Exit codes: 0 everything is as the receipt says · 1 no such run, or it left no receipt · 2 something could not be read, try
again · 3 something is not as the receipt says; every object at fault is named

Examples:
  millrace verify 5f0c2f5e-…
  millrace verify --receipt lake/_millrace/runs/orders/5f0c2f5e-….json --bucket lake=./lake
`,
  run,
};

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...DATA_OPTIONS, receipt: { type: "string" }, json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [id, ...rest] = positionals;
  if (rest.length > 0 || (id === undefined) === (values.receipt === undefined)) {
    throw new UsageError("expected one run, or --receipt FILE");
  }
  const { terminal, interrupted } = context;
  try {
    const verified =
      id === undefined
        ? await verifyFile(values.receipt!, values, context)
        : await withData(values, (stores) => verifyStored(id, stores, context));
    if (values.json) terminal.print(JSON.stringify({ ...verified, verified: verified.faults.length === 0 }));
    else report(verified, terminal);
    return verified.faults.length === 0 ? EXIT.ok : EXIT.data;
  } catch (error) {
    if (interrupted.aborted) return EXIT.interrupted;
    if (error instanceof UsageError) throw error;
    terminal.note(error instanceof Error ? error.message : String(error));
    return error instanceof StillRunning ? EXIT.transient : exitCodeOf(failureKind(error));
  }
}

interface Verified {
  readonly run: string;
  readonly objects: number;
  readonly records: number;
  readonly faults: readonly Fault[];
  /** What the receipt itself says was given up. */
  readonly lost: readonly string[];
}

class StillRunning extends Error {}

async function verifyStored(id: string, stores: LocalStores, context: CommandContext): Promise<Verified> {
  const run = await requireRun(id, stores);
  if (!hasEnded(run)) throw new StillRunning(`Run ${id} is still in progress; its receipt is written last.`);
  if (run.state !== "published") {
    throw new UsageError(`run ${id} ended as ${statusOf(run)}: it wrote no data, and left no receipt`);
  }
  if (run.plan === undefined) {
    throw new UsageError(`run ${id} is known by its receipt alone; verify that, with --receipt FILE`);
  }
  const { receipt, faults } = await verifyRun(run, stores, context.interrupted, showProgress(context));
  return summaryOf(receipt, faults);
}

async function verifyFile(
  path: string,
  { bucket, s3 }: Pick<DataValues, "bucket" | "s3">,
  context: CommandContext,
): Promise<Verified> {
  const receipt = parseReceipt(await loadReceipt(path));
  if ("problems" in receipt) throw new UsageError(`${path} is no receipt:\n  ${receipt.problems.join("\n  ")}`);
  const buckets = parseBuckets(bucket);
  const missing = new Set(receipt.objects.map((object) => object.bucket).filter((name) => !s3 && !buckets.has(name)));
  if (missing.size > 0) {
    const options = Array.from(missing, (name) => `--bucket ${name}=DIR`).join(" ");
    throw new UsageError(`the receipt names other buckets: say which folders they are, with ${options}, or give --s3`);
  }
  const objects = await openBuckets(buckets, s3Options(s3));
  const faults = await verifyReceipt(receipt, objects, context.interrupted, showProgress(context));
  return summaryOf(receipt, faults);
}

async function loadReceipt(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function summaryOf({ run, objects, counts, lost = [] }: Receipt, faults: readonly Fault[]): Verified {
  return { run, objects: objects.length, records: counts.read, faults, lost: lost.map(nameOf) };
}

function showProgress({ terminal }: CommandContext): (progress: VerifyProgress) => void {
  return ({ objects, bytes }) => terminal.progress(`${formatCount(objects)} objects · ${formatBytes(bytes)} read`);
}

function report({ run, objects, records, faults, lost }: Verified, terminal: Terminal): void {
  for (const object of lost) terminal.note(`${object} was given up when the run was repaired; its records are lost.`);
  if (faults.length === 0) {
    terminal.print(terminal.green(`${run}: verified`));
    terminal.print(`  ${formatCount(objects)} objects hold what the receipt says of ${formatCount(records)} records`);
    return;
  }
  terminal.print(terminal.red(`${run}: not as its receipt says`));
  for (const { fault, message } of faults) terminal.print(`  ${fault}: ${message}`);
}
