import { TEXT } from "../batch/batch.ts";
import type { Column } from "../batch/batch.ts";
import { cellJson, cellText, isEmpty } from "../batch/cell.ts";
import { BINARY, KIND, NESTED, NON_ASCII, NUMBER, STRING } from "../batch/cell-kind.ts";
import type { FieldType } from "../batch/field-type.ts";
import { decimalText } from "../batch/number-text.ts";
import { TextColumnBuilder } from "../batch/text-column-builder.ts";
import { appendText, readCellText, text } from "./cell-text.ts";
import { copyCell } from "./copy-cell.ts";
import { readScaledBig } from "./read-value.ts";
import type { Refuse, TypedCells } from "./typed-cells.ts";

/** Writes one cell that is not empty; false when it does not fit. */
type WriteCell = (column: Column, record: number, builder: TextColumnBuilder) => boolean;

/** The text of machine numbers. */
export function stringCells(): TypedCells {
  return writtenCells((column, record, builder) => {
    const start = builder.out.length;
    readCellText(column, record);
    appendText(builder.out, text.start, text.end);
    builder.setSpan(record, STRING | text.flags, start);
    return true;
  });
}

/** JSON text. A string that holds a JSON object or array, as CSV has to write them, stands for it. Empty text is null. */
export function jsonCells(): TypedCells {
  return writtenCells(
    (column, record, builder) => {
      const isString = column.form === TEXT && (column.kinds[record]! & KIND) === STRING;
      const value = isString ? cellText(column, record)! : undefined;
      if (value === "") builder.setNull(record);
      else builder.setText(record, isContainer(value) ? value : cellJson(column, record)!, NESTED | NON_ASCII);
      return true;
    },
    (kind) => kind !== STRING && kind !== BINARY,
  );
}

/** Bytes. Text is read as base64; empty text is null. */
export function bytesCells(): TypedCells {
  return writtenCells(
    (column, record, builder) => {
      if (column.form !== TEXT) return false;
      const kind = column.kinds[record]! & KIND;
      if (kind === BINARY) {
        copyCell(column, record, builder);
        return true;
      }
      const encoded = kind === STRING ? cellText(column, record)! : "not base64";
      builder.setNull(record);
      if (encoded === "") return true;
      if (!isBase64(encoded)) return false;
      const start = builder.out.length;
      builder.out.append(Buffer.from(encoded, "base64"));
      builder.setSpan(record, BINARY, start);
      return true;
    },
    (kind) => kind === BINARY,
  );
}

/** Decimals of more than 18 digits: numbers with all decimals of the type. Empty text is null. */
export function wideDecimalCells({ precision, scale }: FieldType & { name: "decimal" }): TypedCells {
  const limit = 10n ** BigInt(precision);
  return writtenCells((column, record, builder) => {
    if (column.form === TEXT && (column.kinds[record]! & KIND) === BINARY) return false;
    readCellText(column, record);
    builder.setNull(record);
    if (text.start === text.end) return true;
    const unscaled = readScaledBig(scale);
    if (unscaled === undefined || unscaled >= limit || unscaled <= -limit) return false;
    builder.setText(record, decimalText(unscaled, scale), NUMBER);
    return true;
  });
}

/** Columns whose cells are all ready stay as they are; the others are written anew. */
function writtenCells(write: WriteCell, isReady?: (kind: number) => boolean): TypedCells {
  const builder = new TextColumnBuilder();
  return {
    convert(column, selection, count, capacity, refuse) {
      if (isReady !== undefined && allReady(column, selection, count, isReady)) return column;
      builder.reset(capacity);
      writeCells(column, selection, count, builder, write, refuse);
      return builder.column();
    },
  };
}

function allReady(column: Column, selection: Int32Array, count: number, isReady: (kind: number) => boolean): boolean {
  if (column.form !== TEXT) return false;
  for (let i = 0; i < count; i++) {
    const record = selection[i]!;
    if (!isEmpty(column, record) && !isReady(column.kinds[record]! & KIND)) return false;
  }
  return true;
}

function writeCells(
  column: Column,
  selection: Int32Array,
  count: number,
  builder: TextColumnBuilder,
  write: WriteCell,
  refuse: Refuse,
): void {
  for (let i = 0; i < count; i++) {
    const record = selection[i]!;
    if (isEmpty(column, record)) builder.setNull(record);
    else if (!write(column, record, builder)) refuse(record);
  }
}

function isContainer(value: string | undefined): value is string {
  if (value === undefined || (!value.startsWith("{") && !value.startsWith("["))) return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function isBase64(value: string): boolean {
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}
