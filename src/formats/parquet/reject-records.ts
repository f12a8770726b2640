import { TEXT } from "../../batch/batch.ts";
import type { Batch, Column, RejectedRecord } from "../../batch/batch.ts";
import type { RefusedCell } from "./cells.ts";

/**
 * The batch without the records that have a refused cell (`refused` has the cells of each column), or more bytes than
 * `maxRecordBytes`. The columns' own arrays are changed.
 */
export function rejectRecords(
  batch: Batch,
  refused: readonly (readonly RefusedCell[])[],
  maxRecordBytes: number,
): Batch {
  // A column may stand in the batch under two names; it is counted once, and moved once.
  const columns = [...new Set(batch.columns)];
  const reasons = new Map<number, Omit<RejectedRecord, "offset">>();
  for (let record = 0; record < batch.count; record++) {
    const bytes = recordBytes(columns, record);
    if (bytes > maxRecordBytes) reasons.set(record, tooLarge(bytes, maxRecordBytes));
  }
  for (const [c, cells] of refused.entries()) {
    const field = batch.fields[c]!;
    for (const { cell, code, message } of cells) if (!reasons.has(cell)) reasons.set(cell, { code, message, field });
  }
  if (reasons.size === 0) return batch;
  const rejected: RejectedRecord[] = [];
  const kept: number[] = [];
  for (let record = 0; record < batch.count; record++) {
    const reason = reasons.get(record);
    if (reason === undefined) kept.push(record);
    else rejected.push({ ...reason, offset: batch.offsets[record]! });
  }
  for (const column of columns) moveTogether(column, kept);
  for (let r = 0; r < kept.length; r++) batch.offsets[r] = batch.offsets[kept[r]!]!;
  return { ...batch, count: kept.length, rejected };
}

function recordBytes(columns: readonly Column[], record: number): number {
  let bytes = 0;
  for (const column of columns) {
    bytes += column.form === TEXT ? column.ends[record]! - column.starts[record]! : column.values.BYTES_PER_ELEMENT;
  }
  return bytes;
}

function tooLarge(bytes: number, limit: number): Omit<RejectedRecord, "offset"> {
  return { code: "RecordTooLarge", message: `The record has ${bytes} bytes; the limit is ${limit}.` };
}

function moveTogether(column: Column, kept: readonly number[]): void {
  const arrays = column.form === TEXT ? [column.kinds, column.starts, column.ends] : [column.valid, column.values];
  for (const array of arrays) for (const [to, from] of kept.entries()) array.copyWithin(to, from, from + 1);
}
