import type { RunCounts } from "../plan/run-counts.ts";
import { statusOf } from "../run/run.ts";
import type { Run } from "../run/run.ts";
import type { UnpublishedFile } from "../run/unpublished-file.ts";
import { describeBalance, describeProgress, formatBytes, formatCount } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** What is printed of a run. */
export interface DescribedRun {
  readonly run: string;
  readonly flow: string;
  readonly status: ReturnType<typeof statusOf> | "blocked";
  readonly state: Run["state"];
  /** What it reads, of a run apart from where the flow stands: ISO instants. The end is not in it. */
  readonly range?: { readonly from: string; readonly until: string };
  /** Of a run that sends rejected records again: the run that rejected them. */
  readonly redriveOf?: string;
  /** ISO instants. */
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Milliseconds that it took, or has taken until now. */
  readonly tookMs: number;
  readonly counts: RunCounts;
  readonly message?: string;
  readonly blocked?: string;
}

export interface ShownRun extends DescribedRun {
  readonly objects: readonly {
    readonly bucket: string;
    readonly key: string;
    readonly kind: "data" | "error";
    readonly records: number;
    readonly bytes: number;
  }[];
  readonly blockedBy: readonly UnpublishedFile[];
  readonly lost: readonly UnpublishedFile[];
}

export function describeRun(run: Run, now: number): DescribedRun {
  const { id, flow, state, range, redrive, startedAt, endedAt, counts, message, blocked } = run;
  return {
    run: id,
    flow,
    status: blocked === undefined ? statusOf(run) : "blocked",
    state,
    ...(range !== undefined && { range: { from: isoOf(range.from), until: isoOf(range.until) } }),
    ...(redrive !== undefined && { redriveOf: redrive.of }),
    startedAt: isoOf(startedAt),
    ...(endedAt !== undefined && { endedAt: isoOf(endedAt) }),
    tookMs: (endedAt ?? now) - startedAt,
    counts,
    ...(message !== undefined && { message }),
    ...(blocked !== undefined && { blocked }),
  };
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}

/** One line for each. */
export function showRuns(runs: readonly DescribedRun[], terminal: Terminal): void {
  if (runs.length === 0) terminal.note("no runs");
  for (const run of runs) {
    terminal.print(`${run.startedAt}  ${run.run}  ${statusText(run, terminal)}  ${run.flow}  ${progressOf(run)}`);
  }
}

export function showRun(run: ShownRun, terminal: Terminal): void {
  terminal.print(`${run.flow}: ${statusText(run, terminal)}`);
  terminal.print(`  ${run.run}, since ${run.startedAt}`);
  if (run.range !== undefined) terminal.print(`  a backfill of ${run.range.from} to ${run.range.until}`);
  if (run.redriveOf !== undefined) terminal.print(`  a redrive of ${run.redriveOf}`);
  terminal.print(`  ${progressOf(run)}`);
  if (run.message !== undefined) terminal.print(`  ${run.message}`);
  if (run.endedAt !== undefined || run.state === "committed") {
    run.counts.destinations.forEach((_, i) => terminal.print(`  ${describeBalance(run.counts, i)}`));
  }
  const unpublished = new Set(run.blockedBy.map(({ bucket, key }) => `${bucket}/${key}`));
  for (const { bucket, key, kind, records, bytes } of run.objects) {
    if (unpublished.has(`${bucket}/${key}`)) continue;
    const what = kind === "error" ? "rejected records" : "records";
    terminal.print(`  ${bucket}/${key}  ${terminal.dim(`${formatCount(records)} ${what}, ${formatBytes(bytes)}`)}`);
  }
  for (const file of run.blockedBy) terminal.print(`  ${terminal.red("blocked")}  ${describeFile(file)}`);
  for (const file of run.lost) terminal.print(`  ${terminal.red("lost")}  ${describeFile(file)}`);
  if (run.blocked !== undefined) {
    terminal.note(`Mend the cause and repair it with --retry, or give these objects up with --give-up.`);
  }
}

function describeFile({ bucket, key, records, reason }: UnpublishedFile): string {
  return `${bucket}/${key}, ${formatCount(records)} records: ${reason}`;
}

function progressOf({ counts, tookMs }: DescribedRun): string {
  return describeProgress(counts, tookMs);
}

function statusText({ status }: DescribedRun, terminal: Terminal): string {
  if (status === "successful") return terminal.green(status);
  return status === "error" || status === "blocked" ? terminal.red(status) : status;
}
