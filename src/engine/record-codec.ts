import { BATCH_RECORDS, DOUBLE, INT, LONG, PADDING, TEXT } from "../batch/batch.ts";
import type { BinaryColumn, Column, TextColumn } from "../batch/batch.ts";
import type { ByteWriter } from "../batch/byte-writer.ts";
import { KIND, NULL } from "../batch/cell-kind.ts";
import { copyWords } from "../batch/string-text.ts";

/*
 * Records in the form in which they wait for their file: cell after cell, each in the very form that its column has,
 * so that nothing is converted on the way there or back. Private to one process; never stored.
 *
 *   text cell     kind (1 byte), and unless it is absent or null: length (4), bytes
 *   binary cell   valid (1 byte), and if so the value (4 or 8)
 */

/** Appends the records `selection[from .. to)`. */
export function writeRecords(
  columns: readonly Column[],
  selection: Int32Array,
  from: number,
  to: number,
  out: ByteWriter,
): void {
  for (let i = from; i < to; i++) {
    const record = selection[i]!;
    for (const column of columns) {
      if (column.form === TEXT) writeText(column, record, out);
      else writeBinary(column, record, out);
    }
  }
}

const NO_BYTES = Buffer.alloc(0);
const NO_VIEW = new DataView(NO_BYTES.buffer, 0, 0);

/** What must be known of a column to read its cells back. */
export type CellForm = { readonly form: typeof TEXT } | Pick<BinaryColumn, "form" | "type">;

export function formOf(column: Column): CellForm {
  return column.form === TEXT ? { form: TEXT } : { form: column.form, type: column.type };
}

/** Reads records back into columns like those that they came from. */
export class RecordReader {
  readonly columns: readonly Column[];

  constructor(forms: readonly CellForm[]) {
    this.columns = forms.map(emptyColumn);
  }

  /** Reads `count` (at most `BATCH_RECORDS`) records from `at`; returns the offset after them. The spans point into `bytes`. */
  read(bytes: Buffer, view: DataView, at: number, count: number): number {
    let offset = at;
    for (const column of this.columns) {
      if (column.form !== TEXT) continue;
      const text = column as { bytes: Buffer; view: DataView };
      text.bytes = bytes;
      text.view = view;
    }
    for (let record = 0; record < count; record++) {
      for (const column of this.columns) {
        offset =
          column.form === TEXT ? readText(column, record, view, offset) : readBinary(column, record, view, offset);
      }
    }
    return offset;
  }
}

function writeText(column: TextColumn, record: number, out: ByteWriter): void {
  const kind = column.kinds[record]!;
  const start = column.starts[record]!;
  const end = column.ends[record]!;
  const length = (kind & KIND) <= NULL ? 0 : end - start;
  out.reserve(length + 5 + PADDING);
  out.bytes[out.length++] = kind;
  if ((kind & KIND) <= NULL) return;
  out.view.setInt32(out.length, length, true);
  copyWords(column.view, start, end, out.view, out.length + 4);
  out.length += 4 + length;
}

function writeBinary(column: BinaryColumn, record: number, out: ByteWriter): void {
  out.reserve(9);
  const valid = column.valid[record]!;
  out.bytes[out.length++] = valid;
  if (valid === 0) return;
  if (column.form === INT) {
    out.view.setInt32(out.length, column.values[record]!, true);
    out.length += 4;
    return;
  }
  if (column.form === DOUBLE) out.view.setFloat64(out.length, column.values[record]!, true);
  else {
    out.view.setInt32(out.length, column.words[record * 2]!, true);
    out.view.setInt32(out.length + 4, column.words[record * 2 + 1]!, true);
  }
  out.length += 8;
}

function readText(column: TextColumn, record: number, view: DataView, at: number): number {
  const kind = view.getUint8(at);
  column.kinds[record] = kind;
  if ((kind & KIND) <= NULL) return at + 1;
  const start = at + 5;
  const end = start + view.getInt32(at + 1, true);
  column.starts[record] = start;
  column.ends[record] = end;
  return end;
}

function readBinary(column: BinaryColumn, record: number, view: DataView, at: number): number {
  const valid = view.getUint8(at);
  column.valid[record] = valid;
  if (valid === 0) return at + 1;
  if (column.form === INT) {
    column.values[record] = view.getInt32(at + 1, true);
    return at + 5;
  }
  if (column.form === DOUBLE) column.values[record] = view.getFloat64(at + 1, true);
  else {
    column.words[record * 2] = view.getInt32(at + 1, true);
    column.words[record * 2 + 1] = view.getInt32(at + 5, true);
  }
  return at + 9;
}

function emptyColumn(cells: CellForm): Column {
  const valid = new Uint8Array(BATCH_RECORDS);
  switch (cells.form) {
    case TEXT:
      return {
        form: TEXT,
        kinds: new Uint8Array(BATCH_RECORDS),
        starts: new Int32Array(BATCH_RECORDS),
        ends: new Int32Array(BATCH_RECORDS),
        bytes: NO_BYTES,
        view: NO_VIEW,
      };
    case INT:
      return { form: INT, type: cells.type, valid, values: new Int32Array(BATCH_RECORDS) };
    case DOUBLE:
      return { form: DOUBLE, type: cells.type, valid, values: new Float64Array(BATCH_RECORDS) };
    case LONG: {
      const values = new BigInt64Array(BATCH_RECORDS);
      return { form: LONG, type: cells.type, valid, values, words: new Int32Array(values.buffer) };
    }
  }
}
