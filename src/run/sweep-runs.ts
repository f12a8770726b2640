import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";

/** Executions that carry runs out somewhere else. */
export interface Executions {
  /** The ids of the runs that executions carry out at this moment. */
  underWay(): Promise<ReadonlySet<string>>;
  /** Begins an execution of the run, which has had others; one for each `name` of these. */
  beginAgain(flow: string, runId: string, name: string): Promise<void>;
}

export interface SweepPorts {
  readonly runs: RunStore;
  readonly executions: Executions;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Whoever has just claimed a run is about to have it carried out. */
const FRESH_MS = 60_000;

/**
 * Begins an execution for every run that is not at its end, and that none carries out: whoever started it died before
 * handing it over, or its execution has failed. It may begin one too many, which does no harm. Answers with the runs.
 */
export async function sweepRuns({ runs, executions, now }: SweepPorts): Promise<readonly Run[]> {
  const startedAt = now();
  const waiting = (await runs.unfinished()).filter(
    (run) => run.blocked === undefined && startedAt - run.startedAt >= FRESH_MS,
  );
  if (waiting.length === 0) return [];
  const underWay = await executions.underWay();
  const left = waiting.filter(({ id }) => !underWay.has(id));
  // A sweep that is repeated at the same time begins nothing twice.
  const name = Math.floor(startedAt / FRESH_MS).toString(36);
  for (const { flow, id } of left) await executions.beginAgain(flow, id, name);
  return left;
}
