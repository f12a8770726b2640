import type { RunStore } from "./run-store.ts";
import { noCounts } from "./run.ts";
import type { Run } from "./run.ts";
import { sumCounts } from "./sum-counts.ts";
import { hasEnded } from "./transitions.ts";

/** The run with how far it has come by what its workers showed last. Of one that has ended the counts are exact. */
export async function liveRun(run: Run, runs: RunStore): Promise<Run> {
  if (hasEnded(run) || run.state === "committed") return run;
  const shown = await runs.progress(run.flow, run.id);
  return { ...run, counts: sumCounts(noCounts(run.counts.destinations.length), shown) };
}
