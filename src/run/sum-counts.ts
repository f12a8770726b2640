import type { RunCounts, TaskCount } from "../plan/run-counts.ts";

/** The books of pieces of a run together. `none` are those of a run without a piece. */
export function sumCounts(none: RunCounts, pieces: Iterable<RunCounts>): RunCounts {
  let sum = none;
  for (const piece of pieces) sum = addCounts(sum, piece);
  return sum;
}

export function addCounts(a: RunCounts, b: RunCounts): RunCounts {
  return {
    read: a.read + b.read,
    filtered: a.filtered + b.filtered,
    filteredBy: addByTask(a.filteredBy, b.filteredBy),
    rejected: a.rejected + b.rejected,
    dataErrors: a.dataErrors + b.dataErrors,
    bytesRead: a.bytesRead + b.bytesRead,
    destinations: a.destinations.map((destination, i) => ({
      written: destination.written + b.destinations[i]!.written,
      rejected: destination.rejected + b.destinations[i]!.rejected,
      bytesWritten: destination.bytesWritten + b.destinations[i]!.bytesWritten,
    })),
  };
}

function addByTask(a: readonly TaskCount[], b: readonly TaskCount[]): readonly TaskCount[] {
  if (b.length === 0) return a;
  const sums = new Map(a.map(({ task, records }) => [task, records]));
  for (const { task, records } of b) sums.set(task, (sums.get(task) ?? 0) + records);
  return Array.from(sums, ([task, records]) => ({ task, records })).sort((x, y) => x.task - y.task);
}
