import { TEXT } from "../batch/batch.ts";
import type { Column, TextColumn } from "../batch/batch.ts";
import { isEmpty } from "../batch/cell.ts";
import {
  ABSENT,
  BINARY,
  CSV_SAFE,
  DOUBLED,
  ESCAPED,
  KIND,
  NESTED,
  NON_ASCII,
  NULL,
  STRING,
} from "../batch/cell-kind.ts";
import { skipCodePoints, skipEscapedCodePoints } from "../batch/string-text.ts";
import { appendText, readCellText, SAFE, stringKind, text } from "./cell-text.ts";
import { changeCells, emptyKind } from "./field-change.ts";
import type { FieldChange } from "./field-change.ts";
import type { TruncateTask } from "./task.ts";

const QUOTE = 34;

/** Keeps the first characters (code points) of a field's text. Null stays null; objects and arrays become empty text. */
export function compileTruncate({ field, length }: TruncateTask): FieldChange {
  const change: FieldChange = {
    field,
    column(column, selection, count, builder) {
      // Bytes are cut in base64, which is nowhere yet.
      const inPlace = column.form === TEXT && !hasBytes(column, selection, count);
      return inPlace
        ? narrow(column, selection, count, length)
        : changeCells(change, column, selection, count, builder);
    },
    write(column, record, out) {
      if (isEmpty(column, record)) return emptyKind(column, record);
      const start = out.length;
      if (column.form === TEXT && (column.kinds[record]! & KIND) === NESTED) return stringKind(out, start, SAFE);
      readCellText(column, record);
      appendText(out, text.start, skipCodePoints(text.bytes, text.start, text.end, length));
      return stringKind(out, start, text.flags);
    },
  };
  return change;
}

function hasBytes({ kinds }: TextColumn, selection: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if ((kinds[selection[i]!]! & KIND) === BINARY) return true;
  return false;
}

/** The same spans, ending earlier. */
function narrow(column: TextColumn, selection: Int32Array, count: number, length: number): Column {
  const { starts, bytes, view } = column;
  const kinds = new Uint8Array(column.kinds.length).fill(ABSENT);
  const ends = new Int32Array(column.ends.length);
  for (let i = 0; i < count; i++) {
    const record = selection[i]!;
    const kind = column.kinds[record]!;
    const start = starts[record]!;
    const end = column.ends[record]!;
    const cut = (kind & KIND) === NESTED ? start : cutAt(bytes, start, end, kind, length);
    ends[record] = cut;
    kinds[record] = cutKind(kind, cut === start);
  }
  return { form: TEXT, kinds, starts, ends, bytes, view };
}

function cutAt(bytes: Buffer, start: number, end: number, kind: number, length: number): number {
  if (end - start <= length) return end;
  if ((kind & ESCAPED) !== 0) return skipEscapedCodePoints(bytes, start, end, length);
  if ((kind & DOUBLED) !== 0) return skipDoubledCodePoints(bytes, start, end, length);
  if ((kind & NON_ASCII) !== 0) return skipCodePoints(bytes, start, end, length);
  return start + length;
}

/** Numbers and booleans become text; what is known of a text holds for its beginning too. */
function cutKind(kind: number, isEmptyText: boolean): number {
  if ((kind & KIND) <= NULL) return kind;
  if (isEmptyText) return STRING | (SAFE & ~CSV_SAFE);
  return (kind & KIND) === STRING ? kind : STRING | SAFE;
}

/** For the inside of a quoted CSV cell: a doubled quote is one character. */
function skipDoubledCodePoints(bytes: Buffer, start: number, end: number, count: number): number {
  let at = start;
  for (let left = count; left > 0 && at < end; left--) {
    at = bytes[at] === QUOTE ? at + 2 : skipCodePoints(bytes, at, end, 1);
  }
  return at;
}
