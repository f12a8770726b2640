import type { TextColumn } from "../batch/batch.ts";
import { KIND, NULL } from "../batch/cell-kind.ts";
import { copyWords } from "../batch/string-text.ts";
import type { TextColumnBuilder } from "../batch/text-column-builder.ts";

/** Copies a cell as it is. */
export function copyCell(column: TextColumn, record: number, builder: TextColumnBuilder): void {
  copySpan(column, column.kinds[record]!, column.starts[record]!, column.ends[record]!, record, builder);
}

/** Makes a part of a column's bytes the cell of `record`. */
export function copySpan(
  { view }: TextColumn,
  kind: number,
  start: number,
  end: number,
  record: number,
  builder: TextColumnBuilder,
): void {
  const { out } = builder;
  const length = (kind & KIND) <= NULL ? 0 : end - start;
  const at = out.length;
  out.reserve(length);
  copyWords(view, start, start + length, out.view, at);
  out.length += length;
  builder.setSpan(record, kind, at);
}
