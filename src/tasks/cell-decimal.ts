import { TEXT } from "../batch/batch.ts";
import type { Column } from "../batch/batch.ts";
import { DOUBLED, ESCAPED, KIND, NUMBER, STRING } from "../batch/cell-kind.ts";
import { readDecimal } from "../batch/number-text.ts";
import { readNumberText, text } from "./cell-text.ts";

/** Reads a cell that spells a plain decimal of at most 53 bits into `decimal` (number-text.ts); false for any other. */
export function readCellDecimal(column: Column, record: number): boolean {
  if (column.form === TEXT) {
    const kind = column.kinds[record]! & (KIND | ESCAPED | DOUBLED);
    if (kind === NUMBER || kind === STRING) {
      return readDecimal(column.bytes, column.starts[record]!, column.ends[record]!);
    }
  }
  return readNumberText(column, record) && readDecimal(text.bytes, text.start, text.end);
}
