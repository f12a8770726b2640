import type { EngineIo } from "../engine/engine-io.ts";
import { RunCancelled } from "../engine/run-failure.ts";
import { runPartition } from "../engine/run-partition.ts";
import type { PartitionOutcome } from "../engine/run-partition.ts";
import type { SourcePosition } from "../engine/source-position.ts";
import { errorObjectKey, objectKey } from "../plan/output-layout.ts";
import type { Piece } from "../plan/output-layout.ts";
import type { RunCounts } from "../plan/run-counts.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import { ConnectorError } from "../sdk/connector-error.ts";
import type { Json } from "../sdk/json.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import { stowBytes } from "../store/stowed-bytes.ts";
import { stowList } from "../store/stowed-list.ts";
import { connectSource } from "./connect-source.ts";
import { deliveredOf } from "./delivered.ts";
import { failureKind } from "./failure-kind.ts";
import type { RunFailureKind } from "./failure-kind.ts";
import type { RunStore } from "./run-store.ts";
import { noCounts } from "./run.ts";
import type { Run } from "./run.ts";
import type { Attempt, RunFile, Segment, SegmentEnd } from "./segment.ts";
import { UNTRACED } from "./span.ts";
import type { Span } from "./span.ts";
import { sourceOfRun } from "./source-of-run.ts";
import type { SourcePorts } from "./source-of-run.ts";
import { stowOf } from "./staging.ts";
import { addCounts } from "./sum-counts.ts";
import { isDecided } from "./transitions.ts";

const MS_BETWEEN_LOOKS = 500;

/** How often a segment is attempted before a failure that may pass is taken for one that does not. */
const MAX_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;

export interface WorkPorts extends SourcePorts {
  readonly runs: RunStore;
  readonly objects: ObjectStore;
  readonly openScratch: EngineIo["openScratch"];
  /** A bucket of our own for what is too large for the stores. */
  readonly stagingBucket: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
}

export interface WorkControl {
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  /** True when this process has to let go of the run. */
  readonly shouldStop: () => boolean;
  /** Called after every batch, with the counts of the slice so far. */
  progress?(slice: number, counts: RunCounts): void;
  /** Called after every attempt at a segment that fails, also where the next one may not. */
  attemptFailed?(failed: FailedAttempt): void;
  /** Of which the slice is to be a part. */
  readonly span?: Span | undefined;
}

export interface FailedAttempt extends Pick<Attempt, "slice" | "segment" | "number"> {
  readonly error: unknown;
  readonly kind: RunFailureKind;
  /** It is tried again. */
  readonly again: boolean;
}

/**
 * `end`: the slice is read to its end; `failed`: it cannot be; `stopped`: this process has to let go; `decided`: the run
 * is, or is to be cancelled.
 */
export type WorkedSlice = "end" | "failed" | "stopped" | "decided";

/**
 * Works on a slice of a running run until its chain of segments ends: steps 3 to 5. Any number of callers may do so at
 * once; of the attempts at one segment one is registered, and the others throw away what they wrote.
 */
export async function workSlice(
  run: Run,
  slice: number,
  query: Json,
  ports: WorkPorts,
  control: WorkControl,
): Promise<WorkedSlice> {
  const { span = UNTRACED } = control;
  return span.part("slice", { slice }, async (span) => {
    const read = (attempt: AttemptAt) => readSlice(run, attempt, query, ports, control);
    const outcome = await workSegments(run, slice, read, ports, control);
    span.note({ outcome }, outcome === "failed" ? "It cannot be read to its end." : undefined);
    return outcome;
  });
}

/** An attempt at a segment that is to be made. */
export interface AttemptAt {
  readonly piece: Piece;
  readonly position: SourcePosition;
  /** The books of the segments before it. */
  readonly before: RunCounts;
}

/** Makes attempts, and registers what they give, until the slice's chain of segments ends. */
export async function workSegments(
  run: Run,
  slice: number,
  makeAttempt: (attempt: AttemptAt) => Promise<PartitionOutcome>,
  ports: WorkPorts,
  control: Pick<WorkControl, "shouldStop" | "attemptFailed">,
): Promise<WorkedSlice> {
  for (;;) {
    const chain = await chainOf(run, slice, ports.runs);
    if (typeof chain === "string") return chain;
    if (control.shouldStop()) return "stopped";
    const attempt = await beginAttempt(run, slice, chain.number, ports.runs);
    if (attempt === "decided") return "decided";
    const piece: Piece = { slice, segment: chain.number, attempt: attempt.number };
    const outcome = await makeAttempt({ piece, position: chain.position, before: chain.before });
    if (outcome.state === "stopped") return "stopped";
    if (outcome.state === "failed") {
      if (outcome.error instanceof RunCancelled) return "decided";
      const kind = failureKind(outcome.error);
      if (kind === "transient" && control.shouldStop()) {
        // A wait for another system ends when this process has to let go; that is nothing that has failed.
        await abandonFiles(filesOf(outcome), ports.objects);
        return "stopped";
      }
      const again = kind === "transient" && attempt.number < MAX_ATTEMPTS;
      control.attemptFailed?.({ ...attempt, error: outcome.error, kind, again });
      if (again) {
        await abandonFiles(filesOf(outcome), ports.objects);
        await ports.wait(FIRST_PAUSE_MS * 2 ** (attempt.number - 1));
        continue;
      }
    }
    if ((await register(run, attempt, outcome, ports)) === "decided") return "decided";
  }
}

interface OpenEnd {
  /** Of the segment that is to come. */
  readonly number: number;
  readonly position: SourcePosition;
  /** The books of the segments before it. */
  readonly before: RunCounts;
}

/** Where the chain goes on, or how it has ended. */
async function chainOf(run: Run, slice: number, runs: RunStore): Promise<OpenEnd | "end" | "failed"> {
  let before = noCounts(run.counts.destinations.length);
  let open: OpenEnd | "end" | "failed" = { number: 0, position: { page: undefined, within: undefined }, before };
  for await (const { number, end, counts } of runs.segments(run.flow, run.id, slice)) {
    before = addCounts(before, counts);
    open = end.type === "next" ? { number: number + 1, position: end.position, before } : end.type;
  }
  return open;
}

/** Takes a number that no other attempt has: it is in the names of all that the attempt writes. */
async function beginAttempt(run: Run, slice: number, segment: number, runs: RunStore): Promise<Attempt | "decided"> {
  let number = 1;
  for await (const attempt of runs.attempts(run.flow, run.id, slice)) {
    if (attempt.segment === segment) number = attempt.number + 1;
  }
  for (; ; number++) {
    const attempt: Attempt = { flow: run.flow, run: run.id, slice, segment, number };
    if (await runs.write({ attempt, unchanged: run })) return attempt;
    if (await hasMovedOn(run, runs)) return "decided";
  }
}

async function readSlice(
  run: Run,
  { piece, position, before }: AttemptAt,
  query: Json,
  ports: WorkPorts,
  control: WorkControl,
): Promise<PartitionOutcome> {
  const plan = run.plan!;
  const connection = await connectSource(run, plan.source, ports, control).catch(onlyConnectorErrors);
  if (connection instanceof ConnectorError) {
    return { state: "failed", error: connection, counts: noCounts(plan.outputs.length), outputs: [] };
  }
  const io: EngineIo = {
    source: sourceOfRun(run, plan.source.connector, ports),
    slice: query,
    // Where pages are versions, those that were delivered are in no slice.
    ...(plan.source.versions !== undefined && { delivered: await deliveredOf(run, plan.delivered, ports) }),
    objects: ports.objects,
    connection,
    signal: control.signal,
    shouldStop: control.shouldStop,
    progress: liveProgress(run, { slice: piece.slice, before }, ports, control),
    openScratch: ports.openScratch,
    dataKey: (plan, output, partition, sequence) => {
      const { target, pieces } = plan.outputs[output]!;
      return objectKey(pieces ?? target, { ...keyParts(plan, output), piece, partition, sequence: sequence + 1 });
    },
    errorKey: (plan, output) => errorObjectKey(plan.outputs[output]!.errors!, { ...keyParts(plan, output), piece }),
  };
  return runPartition(plan, position, io);
}

/** That a store fails is nothing that the run could have failed with. */
function onlyConnectorErrors(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  throw error;
}

export function keyParts({ flow, runId, schemaVersion, startedAt }: RunPlan, output: number) {
  return { flow, runId, schemaVersion, startedAt, output };
}

/** Shows the counts to whoever asks for the run, and looks whether it goes on, a few times per second at most. */
export function liveProgress(
  run: Run,
  { slice, before }: { readonly slice: number; readonly before: RunCounts },
  ports: WorkPorts,
  control: WorkControl,
): EngineIo["progress"] {
  let lookedAt = ports.now();
  return async (ofAttempt) => {
    const counts = addCounts(before, ofAttempt);
    control.progress?.(slice, counts);
    const now = ports.now();
    if (now - lookedAt < MS_BETWEEN_LOOKS) return;
    lookedAt = now;
    const [moved] = await Promise.allSettled([
      hasMovedOn(run, ports.runs),
      ports.runs.showProgress(run.flow, run.id, slice, counts),
    ]);
    // A look that fails says nothing: what counts is asked again when the segment is registered.
    if (moved.status === "fulfilled" && moved.value) throw new RunCancelled();
  };
}

/** Whether somebody decided the run, or it is gone. */
async function hasMovedOn(run: Run, runs: RunStore): Promise<boolean> {
  const current = await runs.get(run.flow, run.id);
  return current === undefined || isDecided(current);
}

type Written = Exclude<PartitionOutcome, { state: "stopped" }>;

/** Step 5: the first attempt at a segment counts, and only while the run is undecided. */
async function register(
  run: Run,
  attempt: Attempt,
  outcome: Written,
  { runs, objects, stagingBucket }: WorkPorts,
): Promise<"registered" | "late" | "decided"> {
  const files = filesOf(outcome);
  try {
    // Whoever finds the segment finds its pieces.
    for (const { upload, parts } of files.filter(isPiece)) await objects.completeUpload(upload, parts);
  } catch (error) {
    // Whoever has ended the run has swept them away.
    if (!(await hasMovedOn(run, runs))) throw error;
    await abandonFiles(files, objects);
    return "decided";
  }
  const stow = stowOf(run, stagingBucket, objects);
  const versions = outcome.state === "done" ? outcome.versions : undefined;
  const segment: Segment = {
    flow: run.flow,
    run: run.id,
    slice: attempt.slice,
    number: attempt.segment,
    attempt: attempt.number,
    end: endOf(outcome),
    counts: outcome.counts,
    ...(versions !== undefined && { versions: await stowBytes(versions, stow) }),
    files: await stowList(files, stow),
  };
  if (await runs.write({ segment, unchanged: run })) return "registered";
  // The answer to our own write may have been lost.
  if (await isOurs(segment, runs)) return "registered";
  await abandonFiles(files, objects);
  return (await hasMovedOn(run, runs)) ? "decided" : "late";
}

async function isOurs(segment: Segment, runs: RunStore): Promise<boolean> {
  for await (const { number, attempt } of runs.segments(segment.flow, segment.run, segment.slice)) {
    if (number === segment.number) return attempt === segment.attempt;
  }
  return false;
}

function endOf(outcome: Written): SegmentEnd {
  if (outcome.state === "done") {
    return outcome.next === null ? { type: "end" } : { type: "next", position: outcome.next };
  }
  const { error } = outcome;
  return {
    type: "failed",
    failure: failureKind(error),
    message: error instanceof Error ? error.message : String(error),
  };
}

function filesOf({ outputs }: Written): readonly RunFile[] {
  return outputs.flatMap(({ data, errors }, destination) => [
    ...data.map((file) => ({
      ...file,
      kind: file.partition === undefined ? ("data" as const) : ("piece" as const),
      destination,
    })),
    ...errors.map((file) => ({ ...file, kind: "error" as const, destination })),
  ]);
}

/** What counts for nothing is thrown away, so far as the store lets it; whoever ends the run looks again. */
async function abandonFiles(files: readonly RunFile[], objects: ObjectStore): Promise<void> {
  for (const file of files) {
    await Promise.allSettled([objects.abortUpload(file.upload)]);
    if (isPiece(file)) await Promise.allSettled([objects.delete(file.upload.bucket, file.upload.key)]);
  }
}

function isPiece({ kind }: RunFile): boolean {
  return kind === "piece";
}
