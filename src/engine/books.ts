import type { RunCounts } from "../plan/run-counts.ts";
import type { Applied } from "../tasks/compile-tasks.ts";
import type { OutputWriter } from "./output-writer.ts";
import type { ReadBatch } from "./read-batches.ts";

/** Counts what happens to every record. */
export class Books {
  readonly #outputs: readonly OutputWriter[];
  #read = 0;
  #filtered = 0;
  readonly #filteredBy = new Map<number, number>();
  #rejected = 0;
  #dataErrors = 0;
  #bytesRead = 0;

  constructor(outputs: readonly OutputWriter[]) {
    this.#outputs = outputs;
  }

  countRead({ batch, bytesRead }: ReadBatch): void {
    this.#read += batch.count + batch.rejected.length;
    this.#rejected += batch.rejected.length;
    this.#bytesRead += bytesRead;
  }

  countApplied(applied: Applied): void {
    this.#filtered += applied.filtered;
    for (const [task, records] of applied.droppedByTask) {
      this.#filteredBy.set(task, (this.#filteredBy.get(task) ?? 0) + records);
    }
    this.#dataErrors += applied.dataErrors;
  }

  get counts(): RunCounts {
    const filteredBy = Array.from(this.#filteredBy, ([task, records]) => ({ task, records }));
    filteredBy.sort((a, b) => a.task - b.task);
    return {
      read: this.#read,
      filtered: this.#filtered,
      filteredBy,
      rejected: this.#rejected,
      dataErrors: this.#dataErrors,
      bytesRead: this.#bytesRead,
      destinations: this.#outputs.map((output) => output.counts),
    };
  }
}

/** Fails unless every record that was read is accounted for, once, at every destination. */
export function assertBalanced(counts: RunCounts): void {
  const dropped = counts.filteredBy.reduce((sum, { records }) => sum + records, 0);
  if (dropped !== counts.filtered) {
    throw new Error(
      `The books do not balance: filtered ${counts.filtered}, but by task ${dropped}. Nothing is published.`,
    );
  }
  counts.destinations.forEach(({ written, rejected }, destination) => {
    const accounted = counts.filtered + counts.rejected + rejected + written;
    if (accounted === counts.read) return;
    throw new Error(
      `The books of destination ${destination} do not balance: read ${counts.read}, but filtered ${counts.filtered} + ` +
        `undecodable ${counts.rejected} + rejected ${rejected} + written ${written} = ${accounted}. Nothing is published.`,
    );
  });
}
