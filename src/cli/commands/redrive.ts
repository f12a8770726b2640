import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { RunCounts } from "../../plan/run-counts.ts";
import { eachLine } from "../../run/each-line.ts";
import { failureKind } from "../../run/failure-kind.ts";
import { redriveGroup, rejectedLines, surveyLines } from "../../run/redrive.ts";
import type { RecordGroup, RejectedLines, UnsendableLine } from "../../run/redrive.ts";
import type { Run } from "../../run/run.ts";
import { hasEnded } from "../../run/transitions.ts";
import { DATA_HELP, DATA_OPTIONS, requireRun, withData } from "../data-folder.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import type { LocalStores } from "../local-engine.ts";
import { describeRun } from "../show-runs.ts";
import { describeBalance, describeProgress, formatCount } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { whenFree } from "../when-free.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

const MAX_SHOWN = 10;

export const redriveCommand: Command = {
  name: "redrive",
  summary: "send the rejected records of a run again, as they are or corrected",
  help: `millrace redrive RUN --export FILE
millrace redrive RUN [--records FILE]

Sends again what the run rejected, by runs of their own, for each destination that did not take records, and for the
records that could not be read. The first have been through the flow's tasks, and go to that destination alone; the
second go through the whole flow. The flow is as it is now, and its position does not move. The same records are sent
once: after a failure, Ctrl-C or a kill, the same command goes on.

  --export FILE    write the rejected records to FILE, to be corrected: one line of JSON for each. Change what is in
                   \`record\`; where there is none, mend \`raw\`, or add \`record\` with what the source should have given.
                   Lines that are taken out are not sent
  --records FILE   send these instead of all that the run rejected, if every line can be sent
${DATA_HELP}
  --json           print one line of JSON per run

Exit codes: 0 all are sent · 1 the command, the file or the configuration is wrong · 2 a store failed, try again ·
3 some records cannot be sent as they are, or were rejected again · 130 interrupted

Examples:
  millrace redrive 5f0c2f5e-…                          # after the flow or its destination was mended
  millrace redrive 5f0c2f5e-… --export rejected.json   # correct them, then:
  millrace redrive 5f0c2f5e-… --records rejected.json
`,
  run,
};

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      ...DATA_OPTIONS,
      export: { type: "string" },
      records: { type: "string" },
      json: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [id, ...rest] = positionals;
  if (id === undefined || rest.length > 0) throw new UsageError("expected one RUN");
  if (values.export !== undefined && values.records !== undefined) {
    throw new UsageError("expected --export or --records, not both");
  }
  try {
    return await withData(values, async (stores) => {
      const of = await requireRun(id, stores);
      if (!hasEnded(of)) throw new UsageError(`the run ${id} is in progress: wait for its end`);
      if (of.state === "published" && of.plan === undefined) {
        throw new UsageError(
          `run ${id} is known by its receipt alone: what it rejected is in the receipt's error objects`,
        );
      }
      if (values.export !== undefined) return exportLines(of, values.export, stores, context.terminal);
      const lines: RejectedLines =
        values.records === undefined
          ? () => rejectedLines(of, stores)
          : () => eachLine(createReadStream(values.records!) as AsyncIterable<Uint8Array>);
      return redrive(of, { lines, allOrNone: values.records !== undefined }, { stores, json: values.json, ...context });
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    context.terminal.note(`millrace redrive: ${error instanceof Error ? error.message : String(error)}`);
    return isFileError(error) ? EXIT.usage : exitCodeOf(failureKind(error));
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "open";
}

async function exportLines(of: Run, path: string, stores: LocalStores, terminal: Terminal): Promise<number> {
  await using file = await open(path, "wx");
  let count = 0;
  for await (const line of rejectedLines(of, stores)) {
    await file.write(Buffer.concat([line, Buffer.from("\n")]));
    count++;
  }
  terminal.note(`${formatCount(count)} rejected records are in ${path}.`);
  return EXIT.ok;
}

interface RedriveContext extends CommandContext {
  readonly stores: LocalStores;
  readonly json: boolean;
}

interface Wanted {
  readonly lines: RejectedLines;
  /** Whether one line that cannot be sent keeps all others back. */
  readonly allOrNone: boolean;
}

async function redrive(of: Run, { lines, allOrNone }: Wanted, context: RedriveContext): Promise<number> {
  const { stores, terminal, json } = context;
  const flow = await stores.flows.get(of.flow);
  if (flow?.id !== of.flowId) throw new UsageError(`the flow ${of.flow}, whose run it was, is deleted`);
  const { groups, unsendable } = await surveyLines(flow, lines);
  if (unsendable.length > 0) noteUnsendable(unsendable, allOrNone, terminal);
  if (allOrNone && unsendable.length > 0) return EXIT.usage;
  if (groups.length === 0 && unsendable.length === 0) terminal.note("There is nothing to send again.");
  let code: number = unsendable.length > 0 ? EXIT.data : EXIT.ok;
  for (const group of groups) {
    const label = `${formatCount(group.records)} records to ${nameOf(group)}`;
    const startedAt = stores.now();
    const control = {
      signal: context.interrupted,
      shouldStop: () => false,
      progress: (counts: RunCounts) =>
        terminal.progress(`${label} · ${describeProgress(counts, stores.now() - startedAt)}`),
    };
    const carry = () => redriveGroup(flow, { of, group, lines }, stores, control);
    const done = await whenFree(flow.name, label, context, carry);
    if (done === undefined) return EXIT.interrupted;
    if (json) terminal.print(JSON.stringify(describeRun(done.run, stores.now())));
    else report(done.run, label, done.before, terminal);
    if (done.run.failure === "canceled") return EXIT.interrupted;
    if (done.run.state !== "published") return exitCodeOf(done.run.failure ?? "transient");
    if (hasRejected(done.run.counts)) code = EXIT.data;
  }
  return code;
}

function nameOf({ destination }: RecordGroup): string {
  return destination === undefined ? "the whole flow" : `destination ${destination}`;
}

function hasRejected({ rejected, destinations }: RunCounts): boolean {
  return rejected > 0 || destinations.some((each) => each.rejected > 0);
}

function noteUnsendable(lines: readonly UnsendableLine[], allOrNone: boolean, terminal: Terminal): void {
  const how = allOrNone ? "Nothing is sent, because of" : "Not sent, because they cannot be as they are:";
  terminal.note(`${how} ${formatCount(lines.length)} lines:`);
  for (const { line, problem } of lines.slice(0, MAX_SHOWN)) terminal.note(`  line ${line} ${problem}`);
  if (lines.length > MAX_SHOWN) terminal.note(`  and ${formatCount(lines.length - MAX_SHOWN)} more`);
  if (!allOrNone) terminal.note("Write them to a file with --export, correct them, and send them with --records.");
}

function report(run: Run, label: string, before: boolean, terminal: Terminal): void {
  const isSent = run.state === "published";
  terminal.print(`${(isSent ? terminal.green : terminal.red)(label)}  ${terminal.dim(run.id)}`);
  run.counts.destinations.forEach((_, i) => terminal.print(`  ${describeBalance(run.counts, i)}`));
  if (before) terminal.print(terminal.dim("  an earlier call has sent them"));
  const message = run.blocked ?? run.message;
  if (message !== undefined) terminal.print(`  ${message}`);
}
