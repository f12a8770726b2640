import type { RunCounts } from "../plan/run-counts.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import { compileTasks } from "../tasks/compile-tasks.ts";
import type { Pipeline } from "../tasks/compile-tasks.ts";
import { assertBalanced, Books } from "./books.ts";
import type { Checkpoint, OutputCheckpoint, SourcePosition } from "./checkpoint.ts";
import type { EngineIo } from "./engine-io.ts";
import { OutputWriter } from "./output-writer.ts";
import type { WrittenOutput } from "./output-writer.ts";
import { readBatches } from "./read-batches.ts";
import type { ReadBatch } from "./read-batches.ts";
import { RunCancelled, validationFailure } from "./run-failure.ts";
import { TailsWriter } from "./tails.ts";

export type PartitionOutcome =
  | { readonly state: "done"; readonly counts: RunCounts; readonly outputs: readonly WrittenOutput[] }
  | { readonly state: "stopped"; readonly checkpoint: Checkpoint }
  /**
   * The data uploads are aborted; the outputs hold the error files, which a failed run publishes all the same. A run that
   * was cancelled has none.
   */
  | FailedOutcome;

interface FailedOutcome {
  readonly state: "failed";
  readonly error: unknown;
  readonly counts: RunCounts;
  readonly outputs: readonly WrittenOutput[];
}

/**
 * Moves records from the source through the tasks to every destination, until the source has nothing left, the time is
 * up, or the run cannot go on. Nothing that it writes is visible; publishing is for whoever called it.
 *
 * Going on from a checkpoint gives the files that an uninterrupted run gives: text byte for byte, Parquet record for
 * record. Memory is bounded by the batch and by one open file per destination.
 */
export async function runPartition(
  plan: RunPlan,
  checkpoint: Checkpoint | undefined,
  io: EngineIo,
): Promise<PartitionOutcome> {
  const outputs: OutputWriter[] = [];
  const books = new Books(checkpoint?.counts, outputs);
  try {
    const pipeline = compileTasks(plan.tasks);
    for (let output = 0; output < plan.outputs.length; output++) {
      outputs.push(new OutputWriter(io, plan, output, pipeline.partitionFields, checkpoint));
    }
    for (const output of outputs) await output.resume();
    let position: SourcePosition | undefined = checkpoint?.position ?? { page: undefined, within: undefined };
    for await (const read of readBatches(plan.source, position, io)) {
      if (io.signal.aborted) throw new RunCancelled();
      await moveBatch(read, pipeline, outputs, books);
      await io.progress(books.counts);
      // Reading ahead and sending parts take many small steps, which go on only between two batches.
      await new Promise(setImmediate);
      position = read.next;
      if (position !== undefined && io.shouldStop()) {
        return { state: "stopped", checkpoint: await suspend(position, outputs, books, io) };
      }
    }
    const written = [];
    for (const output of outputs) written.push(await output.finish());
    if (io.signal.aborted) throw new RunCancelled();
    assertBalanced(books.counts);
    return { state: "done", counts: books.counts, outputs: written };
  } catch (error) {
    return abandon(error, outputs, books, io.signal.aborted || error instanceof RunCancelled);
  }
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

async function suspend(
  position: SourcePosition,
  outputs: readonly OutputWriter[],
  books: Books,
  io: EngineIo,
): Promise<Checkpoint> {
  const tails = new TailsWriter(io.objects, { bucket: io.staging.bucket, key: `${io.staging.prefix}tails` });
  const suspended: OutputCheckpoint[] = [];
  for (const output of outputs) suspended.push(await output.suspend(tails));
  return { position, counts: books.counts, outputs: suspended, tails: await tails.close() };
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
