import { TEXT } from "../batch/batch.ts";
import type { Column, TextColumn } from "../batch/batch.ts";
import { ByteWriter } from "../batch/byte-writer.ts";
import { cellJson } from "../batch/cell.ts";
import { NULL } from "../batch/cell-kind.ts";
import { member, rewriteMembers } from "../batch/json-member.ts";
import type { TextColumnBuilder } from "../batch/text-column-builder.ts";
import { isNested } from "./cell-text.ts";
import { copyCell } from "./copy-cell.ts";

/** What Truncate and Mask do: give a field other values for everything behind them. */
export interface FieldChange {
  readonly field: string;
  /** The changed values of a column's selected records; `builder` is empty and the caller's to lend. */
  column(column: Column, selection: Int32Array, count: number, builder: TextColumnBuilder): Column;
  /** Appends the changed value of one cell to `out` as plain text; answers with its kind. */
  write(column: Column, record: number, out: ByteWriter): number;
}

/** `FieldChange.column` cell by cell. */
export function changeCells(
  change: FieldChange,
  column: Column,
  selection: Int32Array,
  count: number,
  builder: TextColumnBuilder,
): Column {
  const { out } = builder;
  for (let i = 0; i < count; i++) {
    const record = selection[i]!;
    const start = out.length;
    builder.setSpan(record, change.write(column, record, out), start);
  }
  return builder.column();
}

/** The column with the change made within its objects, wherever `path` may lead. */
export function changeMembers(
  change: FieldChange,
  path: Buffer,
  column: TextColumn,
  selection: Int32Array,
  count: number,
  builder: TextColumnBuilder,
): Column {
  const { out } = builder;
  const writeMember = memberWriter(change, column, out);
  for (let i = 0; i < count; i++) {
    const record = selection[i]!;
    if (!isNested(column, record)) copyCell(column, record, builder);
    else {
      const start = out.length;
      rewriteMembers(column.bytes, column.starts[record]!, column.ends[record]!, path, out, writeMember);
      builder.setSpan(record, column.kinds[record]!, start);
    }
  }
  return builder.column();
}

/** Writes the changed value of the member that was found last, as JSON text. */
function memberWriter(change: FieldChange, { bytes, view }: TextColumn, out: ByteWriter): () => void {
  const changed = new ByteWriter(256);
  return () => {
    changed.length = 0;
    const kind = change.write(oneCell(member.kind, member.start, member.end, bytes, view), 0, changed);
    out.append(Buffer.from(cellJson(oneCell(kind, 0, changed.length, changed.bytes, changed.view), 0) ?? "null"));
  };
}

function oneCell(kind: number, start: number, end: number, bytes: Buffer, view: DataView): TextColumn {
  return {
    form: TEXT,
    kinds: Uint8Array.of(kind),
    starts: Int32Array.of(start),
    ends: Int32Array.of(end),
    bytes,
    view,
  };
}

/** The kind of an empty cell, which stays as it is: ABSENT or NULL. */
export function emptyKind(column: Column, record: number): number {
  return column.form === TEXT ? column.kinds[record]! : NULL;
}
