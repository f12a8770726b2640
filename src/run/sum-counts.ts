import type { RunCounts } from "../plan/run-counts.ts";

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
