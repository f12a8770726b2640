import type { RunCounts } from "../plan/run-counts.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import { CONNECTOR_ERRORS, ConnectorError } from "../sdk/connector-error.ts";
import type { SourceQuery } from "../sdk/connector.ts";
import { compileTasks } from "../tasks/compile-tasks.ts";
import { filtersOf } from "../tasks/filters-of.ts";
import type { Pipeline } from "../tasks/compile-tasks.ts";
import { assertBalanced, Books } from "./books.ts";
import type { EngineIo } from "./engine-io.ts";
import { OutputWriter } from "./output-writer.ts";
import type { WrittenOutput } from "./output-writer.ts";
import { readBatches } from "./read-batches.ts";
import type { ReadBatch } from "./read-batches.ts";
import { RunCancelled, validationFailure } from "./run-failure.ts";
import type { SourcePosition } from "./source-position.ts";
import { VersionSet } from "./versions.ts";
import { WindowSieve } from "./window-sieve.ts";

export type PartitionOutcome =
  | {
      readonly state: "done";
      /** Where the next call goes on; null when the source has nothing left. */
      readonly next: SourcePosition | null;
      readonly counts: RunCounts;
      readonly outputs: readonly WrittenOutput[];
      /** Of an incremental run: the versions that it read and that later runs will be given again (versions.ts). */
      readonly versions: Uint8Array | undefined;
    }
  /** The time was up, and files that have to be whole are not: everything is thrown away, to be done again. */
  | { readonly state: "stopped" }
  | FailedOutcome;

/**
 * The data uploads are aborted; the outputs hold the error files, which a failed run publishes all the same. A run that
 * was cancelled has none.
 */
interface FailedOutcome {
  readonly state: "failed";
  readonly error: unknown;
  readonly counts: RunCounts;
  readonly outputs: readonly WrittenOutput[];
}

/**
 * Moves records from a place in the source through the tasks to every destination, until the source has nothing left,
 * the time is up, or the run cannot go on. Whatever it writes it writes whole, and nothing of it is visible; publishing
 * is for whoever called it.
 *
 * Calls that go on from one another's `next` write the records that one call writes, in the same order. Memory is bounded
 * by the batch and by one open file per destination.
 */
export async function runPartition(plan: RunPlan, from: SourcePosition, io: EngineIo): Promise<PartitionOutcome> {
  const outputs: OutputWriter[] = [];
  const books = new Books(outputs);
  try {
    const pipeline = compileTasks(plan.tasks);
    for (let output = 0; output < plan.outputs.length; output++) {
      outputs.push(new OutputWriter(io, plan, output, pipeline.partitionFields));
    }
    let next: SourcePosition | undefined;
    const sieve = sieveOf(plan, io);
    for await (const read of batchesOf(plan, from, io)) {
      if (io.signal.aborted) throw new RunCancelled();
      const batch = sieve?.sieve(read.batch, plan.source.fields?.length) ?? read.batch;
      await moveBatch({ ...read, batch }, pipeline, outputs, books);
      if (read.version !== undefined) sieve?.notePage(read.version);
      await io.progress(books.counts);
      // Reading ahead and sending parts take many small steps, which go on only between two batches.
      await new Promise(setImmediate);
      next = read.next;
      if (next !== undefined && io.shouldStop()) {
        if (mayEndAnywhere(plan)) break;
        await abandon(undefined, outputs, books, true);
        return { state: "stopped" };
      }
    }
    const written = [];
    for (const output of outputs) written.push(await output.finish());
    if (io.signal.aborted) throw new RunCancelled();
    assertBalanced(books.counts);
    return { state: "done", next: next ?? null, counts: books.counts, outputs: written, versions: sieve?.versions };
  } catch (error) {
    return abandon(error, outputs, books, io.signal.aborted || error instanceof RunCancelled);
  }
}

/**
 * All batches. Where a wait for the other system ends because this process has to let go, those that came before it are kept:
 * waits are long where much was read, and reading it once more could make the same wait necessary again.
 */
async function* batchesOf(plan: RunPlan, from: SourcePosition, io: EngineIo): AsyncGenerator<ReadBatch> {
  let hasRead = false;
  try {
    for await (const read of readBatches(queryOf(plan, io), from, io)) {
      yield read;
      hasRead = true;
    }
  } catch (error) {
    const mayPass = error instanceof ConnectorError && CONNECTOR_ERRORS[error.code].retry;
    if (!hasRead || !mayPass || !io.shouldStop() || !mayEndAnywhere(plan)) throw error;
  }
}

function queryOf({ source, tasks, window }: RunPlan, { slice }: EngineIo): Omit<SourceQuery, "cursor"> {
  const { settings, fields, versions } = source;
  const query = { settings, fields, slice, window, filters: filtersOf(tasks) };
  if (fields === undefined || versions === undefined) return query;
  const { key, version, time } = versions;
  return { ...query, fields: [...new Set([...fields, key, version, time])] };
}

function sieveOf({ source, window }: RunPlan, { delivered }: EngineIo): WindowSieve | undefined {
  if (window === undefined) return undefined;
  return new WindowSieve(window, source.versions, delivered ?? new VersionSet(Buffer.alloc(0)));
}

/** A file that one slice alone writes cannot end before its last record. */
function mayEndAnywhere({ outputs }: RunPlan): boolean {
  return outputs.every(({ target, pieces }) => target.aggregation !== "single-file" || pieces !== undefined);
}

async function moveBatch(
  read: ReadBatch,
  pipeline: Pipeline,
  outputs: readonly OutputWriter[],
  books: Books,
): Promise<void> {
  const { batch, origin } = read;
  books.countRead(read);
  // What no destination has seen goes to the first one's error file: once is enough to find it again.
  if (batch.rejected.length > 0) await outputs[0]!.writeUndecoded(batch.rejected, origin);
  if (batch.count > 0) {
    const applied = pipeline.apply(batch);
    books.countApplied(applied);
    if (applied.ended !== undefined) throw validationFailure(applied.ended, origin);
    for (const output of outputs) await output.write(applied, origin, batch.offsets);
  }
  if (read.endsFile) for (const output of outputs) await output.endSourceFile();
}

async function abandon(
  error: unknown,
  outputs: readonly OutputWriter[],
  books: Books,
  cancelled: boolean,
): Promise<FailedOutcome> {
  const { counts } = books;
  const written: WrittenOutput[] = [];
  for (const output of outputs) written.push(await output.abandon(!cancelled));
  // Whatever broke after that broke because of it.
  return { state: "failed", error: cancelled ? new RunCancelled() : error, counts, outputs: written };
}
