import { parseArgs } from "node:util";
import type { Flow } from "../../flow/flow.ts";
import type { RunCounts } from "../../plan/run-counts.ts";
import { backfillRange, divideRange } from "../../run/backfill.ts";
import { failureKind } from "../../run/failure-kind.ts";
import { notByTime } from "../../run/plan-increment.ts";
import type { Run, TimeRange } from "../../run/run.ts";
import { readableSource } from "../../run/usable-ends.ts";
import { openProfiles, type ProfilePlace } from "../open-profiles.ts";
import type { ExecutePorts } from "../../run/execute-run.ts";
import { DATA_HELP, DATA_OPTIONS, withData } from "../data-folder.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import type { LocalStores } from "../local-engine.ts";
import { describeRun } from "../show-runs.ts";
import { describeBalance, describeProgress } from "../terminal.ts";
import type { Terminal } from "../terminal.ts";
import { whenFree } from "../when-free.ts";
import { UsageError } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";

const MAX_WINDOWS = 10_000;

export const backfillCommand: Command = {
  name: "backfill",
  summary: "read a time of the past again, apart from where the flow stands",
  help: `millrace backfill FLOW --from TIME --to TIME [--window DURATION]

Reads what has a time from TIME up to, but not at, the other TIME, with a run for each window. The flow's position does not
move, and what its own runs delivered is delivered again: use it for what was before the first run, or to make anew what
was written wrongly. Windows that an earlier call has read are left out, unless the source, the tasks or the destinations
of the flow have been changed since: after a failure, Ctrl-C or a kill, the same command goes on.

  --from TIME         a date or an instant, for example 2026-01-31 or 2026-01-31T06:00Z; a date is its midnight in UTC
  --to TIME           the same; not in the future, because there more can come
  --window DURATION   how much one run reads, for example 6h or 7d (m, h, d); default: all of it
${DATA_HELP}
  --json              print one line of JSON per window

A flow has one run at a time: windows wait for a run that is in progress, and a schedule that comes due while one is
read is left out, because its next run covers it.

Exit codes: 0 every window is read · 1 the command, the flow or the configuration is wrong · 2 a store or the source
failed, try again · 3 the data of a window is not what the flow expects · 130 interrupted

Examples:
  millrace backfill orders --from 2025-01-01 --to 2026-01-01 --window 7d
  millrace backfill orders --from 2026-11-30T06:00Z --to 2026-11-30T09:00Z --json
`,
  run,
};

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      ...DATA_OPTIONS,
      from: { type: "string" },
      to: { type: "string" },
      window: { type: "string" },
      json: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [name, ...rest] = positionals;
  const faults: string[] = [];
  if (name === undefined || rest.length > 0) faults.push("expected one FLOW");
  const from = readTime("--from", values.from, faults);
  const until = readTime("--to", values.to, faults);
  const windowMs = readDuration(values.window, faults);
  if (from >= until) faults.push(`--from ${values.from} is not before --to ${values.to}`);
  if (until > Date.now()) faults.push(`--to ${values.to} is in the future, and there more can come`);
  if (Math.ceil((until - from) / windowMs) > MAX_WINDOWS) {
    faults.push(`--window ${values.window} makes more than ${MAX_WINDOWS} windows`);
  }
  if (faults.length > 0) throw new UsageError(faults.join("; "));
  try {
    const windows = [...divideRange({ from, until }, windowMs)];
    return await withData(values, (stores) =>
      backfill(name!, windows, { stores, json: values.json, place: values, ...context }),
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    context.terminal.note(`millrace backfill: ${error instanceof Error ? error.message : String(error)}`);
    return exitCodeOf(failureKind(error));
  }
}

interface BackfillContext extends CommandContext {
  readonly stores: LocalStores;
  readonly json: boolean;
  readonly place: ProfilePlace;
}

interface WindowContext extends BackfillContext {
  readonly ports: ExecutePorts;
}

async function backfill(name: string, windows: readonly TimeRange[], context: BackfillContext): Promise<number> {
  const { stores } = context;
  const flow = await stores.flows.get(name);
  if (flow === undefined) throw new UsageError(`there is no flow ${name}`);
  const { connector } = flow.definition.source;
  if (readableSource(stores.connectors, connector).incremental === undefined) throw notByTime(connector);
  const profiles = await openProfiles(flow.definition, context.place);
  const ports = { ...stores, connect: profiles?.connect ?? stores.connect };
  try {
    return await readWindows(flow, windows, { ...context, ports });
  } finally {
    await profiles?.close();
  }
}

async function readWindows(flow: Flow, windows: readonly TimeRange[], context: WindowContext): Promise<number> {
  const { stores, ports, terminal, json } = context;
  for (const [number, range] of windows.entries()) {
    const label = `window ${number + 1} of ${windows.length}`;
    const startedAt = stores.now();
    const control = {
      signal: context.interrupted,
      shouldStop: () => false,
      progress: (counts: RunCounts) =>
        terminal.progress(`${label} · ${describeProgress(counts, stores.now() - startedAt)}`),
    };
    const done = await whenFree(flow.name, label, context, () => backfillRange(flow, range, ports, control));
    if (done === undefined) return EXIT.interrupted;
    if (json) terminal.print(JSON.stringify(describeRun(done.run, stores.now())));
    else report(done.run, range, done.before, terminal);
    if (done.run.failure === "canceled") return EXIT.interrupted;
    if (done.run.state !== "published") return exitCodeOf(done.run.failure ?? "transient");
  }
  return EXIT.ok;
}

function report(run: Run, { from, until }: TimeRange, before: boolean, terminal: Terminal): void {
  const window = `${new Date(from).toISOString()} to ${new Date(until).toISOString()}`;
  const isRead = run.state === "published";
  const balance = run.counts.destinations.map((_, destination) => describeBalance(run.counts, destination)).join("; ");
  terminal.print(`${(isRead ? terminal.green : terminal.red)(window)}  ${balance}  ${terminal.dim(run.id)}`);
  if (before) terminal.print(terminal.dim("  an earlier call has read it"));
  const message = run.blocked ?? run.message;
  if (message !== undefined) terminal.print(`  ${message}`);
}

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** In milliseconds since 1970; not a number when it is none. */
function readTime(option: string, text: string | undefined, faults: string[]): number {
  const time = text !== undefined && TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    faults.push(
      `${option} ${text ?? "is missing"}: expected a date or an instant, such as 2026-01-31 or 2026-01-31T06:00Z`,
    );
  }
  return time;
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function readDuration(text: string | undefined, faults: string[]): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const [, count, unit] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  if (count === undefined) faults.push(`--window ${text}: expected a duration, such as 30m, 6h or 7d`);
  return Number(count) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
}
