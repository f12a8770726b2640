import { assertBalanced } from "../engine/books.ts";
import { RunFailure } from "../engine/run-failure.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import type { StowedBytes } from "../store/stowed-bytes.ts";
import { gatherDelivered } from "./delivered.ts";
import { eventsOf } from "./run-events.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";
import { slicesOf, summariseSegments } from "./segments-of-run.ts";
import { readsInbox } from "./source-of-run.ts";
import { aborted, advanced, committed, isDecided } from "./transitions.ts";

interface DecidePorts {
  readonly runs: RunStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface StagingPorts {
  readonly objects: ObjectStore;
  readonly stagingBucket: string;
}

/**
 * Decides a run whose slices are done, and whose files are gathered: step 6. One write makes it count and moves its flow's position; or it is decided
 * that it has no effect. Undefined while one of them is not. Answers with the run as it is stored,
 * whoever decided it.
 */
export async function decideRun(run: Run, ports: DecidePorts & StagingPorts): Promise<Run | undefined> {
  const { counts, seal, ended, failed } = await summariseSegments(run, ports.runs);
  if (failed !== undefined) return abortRun(run, failed.end.failure, failed.end.message, ports);
  const { slices, gathers } = slicesOf(run.plan!);
  if (ended < slices + (gathers ? 1 : 0)) return undefined;
  assertBalanced(counts);
  // Events that nobody can take would come back with every run; they are in the error files, and can be sent again.
  if (everythingRejected(counts) && !readsInbox(run)) {
    return abortRun(run, "data", "Every record was rejected. The error files say why, record by record.", ports);
  }
  const message = messageOf(counts);
  let delivered: StowedBytes | undefined;
  try {
    delivered = await gatherDelivered(run, ports);
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    return abortRun(run, "data", error.message, ports);
  }
  for (;;) {
    const stored = await ports.runs.get(run.flow, run.id);
    if (stored === undefined || isDecided(stored)) return stored ?? run;
    const position = advanced(await ports.runs.position(run.flow), stored, delivered);
    if (position === undefined) {
      return abortDeleted(run, ports);
    }
    const mark = { moves: position.moves ?? 0, ...(delivered !== undefined && { delivered }) };
    const next = committed(stored, { counts, segments: seal, mark, message }, ports.now());
    if (next === undefined) continue;
    if (await ports.runs.write({ run: next, position, events: eventsOf(stored, next) })) return next;
  }
}

/**
 * Decides that a run has no effect, if nobody has decided it before. Answers with the run as it is stored, whoever
 * decided it: only one that is `aborting` for `failure` was stopped by this.
 */
export async function abortRun(
  run: Run,
  failure: NonNullable<Run["failure"]>,
  message: string,
  { runs, now }: DecidePorts,
): Promise<Run> {
  for (;;) {
    const stored = await runs.get(run.flow, run.id);
    if (stored === undefined) return run;
    const next = aborted(stored, failure, message, now());
    if (next === undefined) return stored;
    if (await runs.write({ run: next, events: eventsOf(stored, next) })) return next;
  }
}

/** Decides that a run has no effect whose flow is not there any more. */
export function abortDeleted(run: Run, ports: DecidePorts): Promise<Run> {
  return abortRun(run, "configuration", `Flow ${run.flow} was deleted while the run was carried out.`, ports);
}

export const CANCELLED = "The run was cancelled.";

/** A run in which every record was rejected has failed, even though nothing broke. */
function everythingRejected({ read, filtered, rejected, destinations }: RunCounts): boolean {
  return destinations.every((destination) => read > filtered && rejected + destination.rejected === read - filtered);
}

function messageOf({ dataErrors }: RunCounts): string | undefined {
  return dataErrors === 0 ? undefined : `${dataErrors} values could not be computed and became null.`;
}
