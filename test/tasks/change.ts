import { ByteWriter } from "../../src/batch/byte-writer.ts";
import type { Column } from "../../src/batch/batch.ts";
import { TEXT } from "../../src/batch/batch.ts";
import { TextColumnBuilder } from "../../src/batch/text-column-builder.ts";
import type { FieldChange } from "../../src/tasks/field-change.ts";
import { cellOf } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";

/** The cells of a column after a change; the change is made on the whole column and cell by cell, with the same result. */
export function changed(change: FieldChange, column: Column, count: number): readonly Cell[] {
  const selection = Int32Array.from({ length: count }, (_, record) => record);
  const builder = new TextColumnBuilder();
  builder.reset(count);
  const whole = change.column(column, selection, count, builder);
  const cells = Array.from(selection, (record) => cellOf(whole, record));
  const single = Array.from(selection, (record) => cellAlone(change, column, record));
  if (JSON.stringify(single) !== JSON.stringify(cells)) throw new Error(`${JSON.stringify(single)} differs`);
  return cells;
}

function cellAlone(change: FieldChange, column: Column, record: number): Cell {
  const out = new ByteWriter(16);
  const kind = change.write(column, record, out);
  const { bytes, view } = out;
  const starts = new Int32Array(1);
  return cellOf({ form: TEXT, kinds: Uint8Array.of(kind), starts, ends: Int32Array.of(out.length), bytes, view }, 0);
}
