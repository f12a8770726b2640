import { DOUBLE, INT, LONG, TEXT } from "../batch/batch.ts";
import type { Column, DoubleColumn } from "../batch/batch.ts";
import { BINARY, KIND } from "../batch/cell-kind.ts";
import type { FieldType } from "../batch/field-type.ts";
import { readCellText, text } from "./cell-text.ts";

/** The cells of one output field in the form of its type. It keeps the buffers: each field has its own. */
export interface TypedCells {
  /**
   * The column of the selected records' values, valid until the next call; `capacity` is above every record's number.
   * A record whose value does not fit is given to `refuse`.
   */
  convert(column: Column, selection: Int32Array, count: number, capacity: number, refuse: Refuse): Column;
}

export type Refuse = (record: number) => void;

/** Reads the cell whose text is in `text` (cell-text.ts); NaN when it does not fit. */
export type ReadNumber = (column: Column, record: number) => number;
/** The same for values of 64 bits, into `long`; false when it does not fit. */
export type ReadLong = (column: Column, record: number) => boolean;

/** The value that a `ReadLong` has read, as 32-bit halves. */
export const long = { low: 0, high: 0 };

export function intCells(type: FieldType, read: ReadNumber): TypedCells {
  let valid = new Uint8Array(0);
  let values = new Int32Array(0);
  return {
    convert(column, selection, count, capacity, refuse) {
      if (valid.length < capacity) {
        valid = new Uint8Array(capacity);
        values = new Int32Array(capacity);
      }
      for (let i = 0; i < count; i++) {
        const record = selection[i]!;
        valid[record] = 0;
        if (!hasValue(column, record)) continue;
        const value = isBytes(column, record) ? Number.NaN : read(column, record);
        if (Number.isNaN(value)) refuse(record);
        else {
          valid[record] = 1;
          values[record] = value;
        }
      }
      return { form: INT, type, valid, values };
    },
  };
}

export function longCells(type: FieldType, read: ReadLong): TypedCells {
  let valid = new Uint8Array(0);
  let values = new BigInt64Array(0);
  let words = new Int32Array(0);
  return {
    convert(column, selection, count, capacity, refuse) {
      if (valid.length < capacity) {
        valid = new Uint8Array(capacity);
        values = new BigInt64Array(capacity);
        words = new Int32Array(values.buffer);
      }
      for (let i = 0; i < count; i++) {
        const record = selection[i]!;
        valid[record] = 0;
        if (!hasValue(column, record)) continue;
        if (isBytes(column, record) || !read(column, record)) refuse(record);
        else {
          valid[record] = 1;
          words[record * 2] = long.low;
          words[record * 2 + 1] = long.high;
        }
      }
      return { form: LONG, type, valid, values, words };
    },
  };
}

/** `cast` turns another column's double into the type's; undefined when it does not fit. */
export function doubleCells(
  type: FieldType,
  read: ReadNumber,
  cast: (value: number) => number | undefined,
): TypedCells {
  let valid = new Uint8Array(0);
  let values = new Float64Array(0);
  return {
    convert(column, selection, count, capacity, refuse) {
      if (valid.length < capacity) {
        valid = new Uint8Array(capacity);
        values = new Float64Array(capacity);
      }
      for (let i = 0; i < count; i++) {
        const record = selection[i]!;
        valid[record] = 0;
        if (!hasValue(column, record)) continue;
        const value = column.form === DOUBLE ? cast(column.values[record]!) : readFinite(column, record, read);
        if (value === undefined) refuse(record);
        else {
          valid[record] = 1;
          values[record] = value;
        }
      }
      return { form: DOUBLE, type, valid, values } satisfies DoubleColumn;
    },
  };
}

function readFinite(column: Column, record: number, read: ReadNumber): number | undefined {
  const value = isBytes(column, record) ? Number.NaN : read(column, record);
  return Number.isNaN(value) ? undefined : value;
}

/** Empty text is no value. */
function hasValue(column: Column, record: number): boolean {
  return readCellText(column, record) && text.start < text.end;
}

/** Bytes, whose text is base64, fit no number. */
function isBytes(column: Column, record: number): boolean {
  return column.form === TEXT && (column.kinds[record]! & KIND) === BINARY;
}
