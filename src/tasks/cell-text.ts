import { TEXT } from "../batch/batch.ts";
import type { BinaryColumn, Column } from "../batch/batch.ts";
import { ByteWriter } from "../batch/byte-writer.ts";
import { BINARY_TEXT_ROOM, cellKind, writeBinaryText } from "../batch/cell.ts";
import {
  BINARY,
  CSV_SAFE,
  DOUBLED,
  ESCAPED,
  JSON_SAFE,
  KIND,
  NESTED,
  NON_ASCII,
  NULL,
  NUMBER,
  STRING,
} from "../batch/cell-kind.ts";
import { copyWords, isAscii, undoubleQuotes, unescapeJson } from "../batch/string-text.ts";

/** What is known of a text of digits and letters. */
export const SAFE = JSON_SAFE | CSV_SAFE;

const scratch = new ByteWriter(256);

/**
 * The text of the cell that `readCellText` read last: plain UTF-8 without any wrapping. It lies in the column's own
 * bytes or in a scratch buffer, so it is valid until the next call. `PADDING` bytes may be read behind it.
 */
export const text = {
  bytes: scratch.bytes,
  view: scratch.view,
  start: 0,
  end: 0,
  /** `NON_ASCII`, `JSON_SAFE` and `CSV_SAFE`, as they hold for a STRING cell of this text. */
  flags: 0,
};

/** Points `text` at the cell's text: numbers and dates as they are written, bytes in base64. False when it is empty. */
export function readCellText(column: Column, record: number): boolean {
  if (column.form !== TEXT) return column.valid[record] !== 0 && readBinaryCell(column, record);
  const kind = column.kinds[record]!;
  if ((kind & KIND) <= NULL) return false;
  const start = column.starts[record]!;
  const end = column.ends[record]!;
  if ((kind & (ESCAPED | DOUBLED)) !== 0) return unwrap(column.bytes, start, end, kind);
  if ((kind & KIND) === BINARY) return encodeBase64(column.bytes, start, end);
  text.bytes = column.bytes;
  text.view = column.view;
  text.start = start;
  text.end = end;
  text.flags = (kind & KIND) >= STRING ? kind & (NON_ASCII | SAFE) : SAFE;
  return true;
}

/** The same for cells that may spell a number: false for booleans, bytes, objects and arrays too. */
export function readNumberText(column: Column, record: number): boolean {
  const kind = cellKind(column, record);
  return (kind === NUMBER || kind === STRING) && readCellText(column, record);
}

/** True when the cell is an object or an array. */
export function isNested(column: Column, record: number): boolean {
  return column.form === TEXT && (column.kinds[record]! & KIND) === NESTED;
}

/** Copies `text[from .. to)` to the end of `out`. */
export function appendText(out: ByteWriter, from: number, to: number): void {
  out.reserve(to - from);
  copyWords(text.view, from, to, out.view, out.length);
  out.length += to - from;
}

/** The kind of a STRING cell that was written to `out` since `start`, with the flags that hold for it. */
export function stringKind(out: ByteWriter, start: number, flags: number): number {
  // Without quotes an empty CSV cell is null.
  return STRING | (out.length === start ? flags & ~CSV_SAFE : flags);
}

function readBinaryCell(column: BinaryColumn, record: number): true {
  scratch.reserve(BINARY_TEXT_ROOM);
  return showScratch(writeBinaryText(column, record, scratch.view, 0), SAFE);
}

function unwrap(bytes: Buffer, start: number, end: number, kind: number): true {
  scratch.reserve(end - start);
  const write = (kind & ESCAPED) !== 0 ? unescapeJson : undoubleQuotes;
  const length = write(bytes, start, end, scratch.bytes, 0);
  return showScratch(length, isAscii(scratch.bytes, 0, length) ? 0 : NON_ASCII);
}

function encodeBase64(bytes: Buffer, start: number, end: number): true {
  const encoded = bytes.base64Slice(start, end);
  scratch.reserve(encoded.length);
  return showScratch(scratch.bytes.latin1Write(encoded, 0, encoded.length), SAFE);
}

function showScratch(length: number, flags: number): true {
  text.bytes = scratch.bytes;
  text.view = scratch.view;
  text.start = 0;
  text.end = length;
  text.flags = flags;
  return true;
}
