import { recordJson } from "../batch/cell.ts";
import type { RejectedRecord } from "../batch/batch.ts";
import type { JsonObject } from "../sdk/json.ts";
import { compileTasks } from "../tasks/compile-tasks.ts";
import { filtersOf } from "../tasks/filters-of.ts";
import type { Task } from "../tasks/task.ts";
import type { SourceIo } from "./engine-io.ts";
import { readBatches } from "./read-batches.ts";
import { RunCancelled, validationFailure } from "./run-failure.ts";

/** One record after all tasks, or one that did not come so far. */
export type PreviewedRecord =
  /** The record as JSON text. */
  | { readonly kind: "record"; readonly json: string }
  | { readonly kind: "rejected"; readonly origin: string; readonly rejected: RejectedRecord };

/** What a preview needs of a flow's definition. */
export interface PreviewedFlow {
  readonly source: { readonly settings: JsonObject };
  readonly tasks: readonly Task[];
}

/** How far the preview got when it ended. */
export interface PreviewSummary {
  readonly read: number;
  readonly filtered: number;
  readonly rejected: number;
}

/**
 * The first `limit` records that the flow would write, in order, with what was rejected on the way. Reads no more of the
 * source than that takes, and writes nothing. Fails as the run would, when a record that it read breaks a rule that ends it.
 */
export async function* preview(
  flow: PreviewedFlow,
  limit: number,
  io: SourceIo,
): AsyncGenerator<PreviewedRecord, PreviewSummary> {
  const pipeline = compileTasks(flow.tasks);
  let shown = 0;
  let read = 0;
  let filtered = 0;
  let rejectedCount = 0;
  if (limit === 0) return { read, filtered, rejected: rejectedCount };
  const { settings } = flow.source;
  const query = { settings, fields: pipeline.reads, slice: null, filters: filtersOf(flow.tasks) };
  for await (const { batch, origin } of readBatches(query, { page: undefined, within: undefined }, io)) {
    if (io.signal.aborted) throw new RunCancelled();
    for (const rejected of batch.rejected) yield { kind: "rejected", origin, rejected };
    read += batch.count + batch.rejected.length;
    rejectedCount += batch.rejected.length;
    if (batch.count === 0) continue;
    const applied = pipeline.apply(batch);
    filtered += applied.filtered;
    if (applied.ended !== undefined) throw validationFailure(applied.ended, origin);
    for (let i = 0; i < applied.count; i++) {
      yield { kind: "record", json: recordJson(applied.fields, applied.columns, applied.selection[i]!) };
      if (++shown === limit) return { read, filtered, rejected: rejectedCount };
    }
  }
  return { read, filtered, rejected: rejectedCount };
}
