import type { Flow } from "../flow/flow.ts";
import { claimRun } from "./claim-run.ts";
import { executeRun } from "./execute-run.ts";
import type { ExecutePorts, RunControl } from "./execute-run.ts";
import type { FlowRun } from "./flow-run.ts";
import { rangeRunId } from "./run-id.ts";
import type { TimeRange } from "./run.ts";

/** The times that make up a range, one after the other; the last one may be shorter. */
export function* divideRange({ from, until }: TimeRange, windowMs: number): Generator<TimeRange> {
  for (let start = from; start < until; start += windowMs)
    yield { from: start, until: Math.min(start + windowMs, until) };
}

/**
 * Reads a time of the flow's source by a run of its own, which leaves where the flow stands as it is. Once it counts, it is
 * not carried out again; one that had no effect is followed by another. Answers like `executeRun`.
 */
export async function backfillRange(
  flow: Flow,
  range: TimeRange,
  ports: ExecutePorts,
  control: RunControl,
): Promise<FlowRun> {
  for (let use = 0; ; use++) {
    const claimed = await claimRun(flow, rangeRunId(flow, range, use), ports, { range });
    if (claimed.state === "busy" || claimed.state === "gone") return claimed;
    // Only runs of scheduled times are repeated.
    if (claimed.state === "repeated" || claimed.run.state === "aborted") continue;
    const before = claimed.run.state === "published";
    return {
      state: "carried",
      run: before ? claimed.run : await executeRun(flow.name, claimed.run.id, ports, control),
      before,
    };
  }
}
