import { TEXT, INT, DOUBLE } from "./batch.ts";
import type { BinaryColumn, Column } from "./batch.ts";
import { ByteWriter } from "./byte-writer.ts";
import { ABSENT, BINARY, DOUBLED, ESCAPED, KIND, NESTED, NULL, NUMBER, BOOLEAN, STRING } from "./cell-kind.ts";
import { writeDay, writeInstant } from "./instant-text.ts";
import type { TimeUnit } from "./field-type.ts";
import { longToBigInt, writeDouble, writeFloat, writeInt, writeLong, writeLongDecimal } from "./number-text.ts";
import { undoubleQuotes, unescapeJson } from "./string-text.ts";

/** The most bytes that `writeBinaryText` writes. */
export const BINARY_TEXT_ROOM = 48;

/** `true`, `fals` and `e` as they are written. */
const TRUE = 0x65757274;
const FALS = 0x736c6166;
const E = 101;

const scratch = new ByteWriter(256);

/** True when the record has no value there: the field is absent or null. */
export function isEmpty(column: Column, record: number): boolean {
  return column.form === TEXT ? (column.kinds[record]! & KIND) <= NULL : column.valid[record] === 0;
}

/** What kind of value the cell shows to a text format: a machine number is a NUMBER, a date or instant a STRING. */
export function cellKind(column: Column, record: number): number {
  if (column.form === TEXT) return column.kinds[record]! & KIND;
  if (column.valid[record] === 0) return NULL;
  return binaryKind(column);
}

export function binaryKind(column: BinaryColumn): number {
  switch (column.type.name) {
    case "boolean":
      return BOOLEAN;
    case "date":
    case "timestamp":
      return STRING;
    default:
      return NUMBER;
  }
}

/** Writes a non-null binary cell as text (a date or instant without quotes); returns the offset after it. */
export function writeBinaryText(column: BinaryColumn, record: number, out: DataView, at: number): number {
  if (column.form === INT) {
    const value = column.values[record]!;
    if (column.type.name === "date") return writeDay(out, at, value);
    if (column.type.name === "boolean") return writeBoolean(out, at, value !== 0);
    return writeInt(out, at, value);
  }
  if (column.form === DOUBLE) {
    const value = column.values[record]!;
    return column.type.name === "float" ? writeFloat(out, at, value) : writeDouble(out, at, value);
  }
  const low = column.words[record * 2]!;
  const high = column.words[record * 2 + 1]!;
  if (column.type.name === "decimal") return writeLongDecimal(out, at, low, high, column.type.scale);
  if (column.type.name !== "timestamp") return writeLong(out, at, low, high);
  return writeTimestamp(column.type.unit, low, high, column.type.utc, out, at);
}

function writeBoolean(out: DataView, at: number, value: boolean): number {
  out.setInt32(at, value ? TRUE : FALS, true);
  if (value) return at + 4;
  out.setUint8(at + 4, E);
  return at + 5;
}

/** The cell's value as text without any wrapping; null when there is none. Allocates: not for the hot path. */
export function cellText(column: Column, record: number): string | null {
  if (isEmpty(column, record)) return null;
  if (column.form !== TEXT) {
    scratch.reserve(BINARY_TEXT_ROOM);
    return scratch.bytes.latin1Slice(0, writeBinaryText(column, record, scratch.view, 0));
  }
  const kind = column.kinds[record]!;
  const start = column.starts[record]!;
  const end = column.ends[record]!;
  if ((kind & KIND) === BINARY) return column.bytes.base64Slice(start, end);
  if ((kind & (ESCAPED | DOUBLED)) === 0) return column.bytes.utf8Slice(start, end);
  scratch.length = 0;
  scratch.reserve(end - start);
  const unwrap = (kind & ESCAPED) !== 0 ? unescapeJson : undoubleQuotes;
  return scratch.bytes.utf8Slice(0, unwrap(column.bytes, start, end, scratch.bytes, 0));
}

/** The cell as JSON text on one line; undefined when the record has no such field. Allocates: not for the hot path. */
export function cellJson(column: Column, record: number): string | undefined {
  const kind = cellKind(column, record);
  if (kind === ABSENT) return undefined;
  if (kind === NULL) return "null";
  const text = cellText(column, record)!;
  if (column.form === DOUBLE && !Number.isFinite(column.values[record]!)) return JSON.stringify(text);
  // Line ends in JSON text stand between its tokens only: within strings they are escaped.
  if (kind === NESTED) return text.replaceAll(/[\r\n]/g, " ");
  return kind === NUMBER || kind === BOOLEAN ? text : JSON.stringify(text);
}

/** The whole record as JSON text, fields in the batch's order: for error files and previews. */
export function recordJson(fields: readonly string[], columns: readonly Column[], record: number): string {
  const members: string[] = [];
  for (let i = 0; i < fields.length; i++) {
    const value = cellJson(columns[i]!, record);
    if (value !== undefined) members.push(`${JSON.stringify(fields[i])}:${value}`);
  }
  return `{${members.join(",")}}`;
}

function writeTimestamp(unit: TimeUnit, low: number, high: number, utc: boolean, out: DataView, at: number): number {
  const value = high * 4294967296 + (low >>> 0);
  if (unit === "ms") return writeInstant(out, at, value, 0, utc);
  const nanosPerUnit = unit === "us" ? 1000 : 1;
  const unitsPerMs = 1_000_000 / nanosPerUnit;
  if (Number.isSafeInteger(value)) {
    const ms = Math.floor(value / unitsPerMs);
    return writeInstant(out, at, ms, (value - ms * unitsPerMs) * nanosPerUnit, utc);
  }
  const exact = longToBigInt(low, high);
  const rest = ((exact % BigInt(unitsPerMs)) + BigInt(unitsPerMs)) % BigInt(unitsPerMs);
  return writeInstant(out, at, Number((exact - rest) / BigInt(unitsPerMs)), Number(rest) * nanosPerUnit, utc);
}
