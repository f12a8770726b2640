import { DOUBLE, INT, LONG, TEXT } from "../batch/batch.ts";
import type { BinaryColumn, Column, LongColumn } from "../batch/batch.ts";
import { DOUBLED, ESCAPED, KIND, NUMBER, STRING } from "../batch/cell-kind.ts";
import { decimal, readDecimal, splitDouble } from "../batch/number-text.ts";
import { readNumberText, text } from "./cell-text.ts";

/** A larger number may have more digits than `readDecimal` takes. */
const SMALL_LONG = 1e15;

/** Reads a cell that spells a plain decimal of at most 53 bits into `decimal` (number-text.ts); false for any other. */
export function readCellDecimal(column: Column, record: number): boolean {
  if (column.form === TEXT) {
    const kind = column.kinds[record]! & (KIND | ESCAPED | DOUBLED);
    if (kind === NUMBER || kind === STRING) {
      return readDecimal(column.bytes, column.starts[record]!, column.ends[record]!);
    }
  } else if (column.valid[record] !== 0 && readMachineNumber(column, record)) return true;
  return readNumberText(column, record) && readDecimal(text.bytes, text.start, text.end);
}

/** What the cell's text would spell; false where only that can tell. */
function readMachineNumber(column: BinaryColumn, record: number): boolean {
  switch (column.form) {
    case DOUBLE:
      return column.type.name === "double" && splitDouble(column.values[record]!);
    case INT:
      return column.type.name === "int32" && setDecimal(column.values[record]!, 0);
    case LONG:
      return readLong(column, record);
  }
}

function readLong({ type, words }: LongColumn, record: number): boolean {
  const value = words[record * 2 + 1]! * 4294967296 + (words[record * 2]! >>> 0);
  if (Math.abs(value) >= SMALL_LONG) return false;
  if (type.name === "int64") return setDecimal(value, 0);
  return type.name === "decimal" && setDecimal(value, type.scale);
}

function setDecimal(mantissa: number, scale: number): true {
  decimal.mantissa = mantissa;
  decimal.scale = scale;
  return true;
}
