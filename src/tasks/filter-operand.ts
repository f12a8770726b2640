import { DOUBLE, INT, LONG, TEXT } from "../batch/batch.ts";
import type { Column, LongColumn } from "../batch/batch.ts";
import { cellKind } from "../batch/cell.ts";
import { STRING } from "../batch/cell-kind.ts";
import type { FieldType, TimeUnit } from "../batch/field-type.ts";
import { decimal, POWERS_OF_TEN, readDecimal } from "../batch/number-text.ts";
import { readBoolean } from "./boolean-text.ts";
import { readCellDecimal } from "./cell-decimal.ts";
import { moment, readCellInstant, readEpochText, readInstantText } from "./cell-instant.ts";
import { readCellText, readNumberText, text } from "./cell-text.ts";
import { compareDigits, digits, keepDigits, readDigits } from "./number-digits.ts";
import { resolveType } from "./resolve-type.ts";

/** How a cell stands to a filter's value: one bit each, so that a set of outcomes is a number. */
export const LESS = 1;
export const EQUAL = 2;
export const GREATER = 4;
/** The cell is empty, or nothing that the value can be compared with. */
export const UNCOMPARABLE = 8;

/** One value of a filter, read as its DATA_TYPE says. */
export interface Operand {
  /** Reads a cell for `compare`; false when it is nothing to compare with. Equal functions read the same. */
  readonly read: (column: Column, record: number) => boolean;
  /** How the cell that was read last stands to the value: `LESS`, `EQUAL` or `GREATER`. */
  readonly compare: () => number;
  /**
   * The value as a machine number, with which those of a column of the type compare as `compare` would tell: all doubles,
   * and integers of up to 53 bits. Undefined where only reading a cell can tell.
   */
  readonly asNumber?: (type: FieldType) => number | undefined;
}

/**
 * The operand for a filter's value, or undefined when the value is none of its type. Without a type, or with one that
 * tells nothing, the value and each cell decide: numbers compare as numbers, instants as instants, else both as text.
 */
export function parseOperand(value: string, dataType: string | undefined): Operand | undefined {
  // A list such as `1, 2` has blanks around its values; only text may mean them.
  const bytes = Buffer.from(value.trim());
  switch (resolveType(dataType)?.name) {
    case undefined:
      return inferOperand(Buffer.from(value));
    case "int32":
    case "int64":
    case "float":
    case "double":
    case "decimal":
      return parseNumber(bytes);
    case "date":
    case "timestamp":
      return parseInstant(bytes);
    case "boolean":
      return parseBoolean(bytes);
    case "string":
    case "json":
    case "binary":
      return textOperand(Buffer.from(value));
  }
}

/** Compares by the first reading that fits both. `007` is a number, but when nothing says so, it is text. */
function inferOperand(bytes: Buffer): Operand {
  const number = parseNumber(bytes);
  const instant = parseInstant(bytes);
  const readings = [textOperand(bytes)];
  if (instant !== undefined) readings.unshift(guarded(instant, isNoDigitText));
  if (number !== undefined && digitsOf(bytes).inJson) readings.unshift(guarded(number, isJsonNumber));
  let fitting = readings[0]!;
  return {
    read(column, record) {
      for (const reading of readings) {
        if (!reading.read(column, record)) continue;
        fitting = reading;
        return true;
      }
      return false;
    },
    compare: () => fitting.compare(),
  };
}

function guarded({ read, compare }: Operand, admits: Operand["read"]): Operand {
  return { read: (column, record) => admits(column, record) && read(column, record), compare };
}

function isJsonNumber(column: Column, record: number): boolean {
  return readDigitsCell(column, record) && digits.inJson;
}

function isNoDigitText(column: Column, record: number): boolean {
  if (cellKind(column, record) !== STRING || !readCellText(column, record)) return true;
  return !readEpochText(text.bytes, text.start, text.end);
}

/** Numbers of up to 15 digits are equal exactly when the doubles nearest to them are. */
const EXACT_MANTISSA = 1e15;

/**
 * The cell that was read last as a double, when comparing that is exact, which it nearly always is; else NaN, and its
 * digits are read. A member and not a variable, because V8 makes an object of every double that a variable gets.
 */
const small = { number: Number.NaN };

function parseNumber(bytes: Buffer): Operand | undefined {
  if (!readDigits(bytes, 0, bytes.length)) return undefined;
  const wanted = keepDigits(bytes);
  const double = readDecimal(bytes, 0, bytes.length) ? smallDecimal() : Number.NaN;
  const compareAll = (): number => outcome(compareDigits(text.bytes, wanted));
  if (Number.isNaN(double)) return { read: readDigitsCell, compare: compareAll };
  return {
    read: readNumberCell,
    compare: () => (Number.isNaN(small.number) ? compareAll() : outcome(small.number - double)),
    asNumber: ({ name }) => (name === "double" || name === "int32" || name === "int64" ? double : undefined),
  };
}

function readNumberCell(column: Column, record: number): boolean {
  small.number = readSmall(column, record);
  return !Number.isNaN(small.number) || readDigitsCell(column, record);
}

function readDigitsCell(column: Column, record: number): boolean {
  return readNumberText(column, record) && readDigits(text.bytes, text.start, text.end);
}

function digitsOf(bytes: Buffer): typeof digits {
  readDigits(bytes, 0, bytes.length);
  return digits;
}

function readSmall(column: Column, record: number): number {
  if (column.form === TEXT) return readCellDecimal(column, record) ? smallDecimal() : Number.NaN;
  return column.valid[record] === 0 ? Number.NaN : readSmallBinary(column, record);
}

function readSmallBinary(column: Exclude<Column, { form: typeof TEXT }>, record: number): number {
  switch (column.form) {
    case INT:
      return column.type.name === "int32" ? column.values[record]! : Number.NaN;
    case LONG:
      return readSmallLong(column, record);
    case DOUBLE:
      // A number of up to 15 digits is the shortest text of its double, so the doubles decide as the texts would.
      return column.type.name === "double" ? column.values[record]! : Number.NaN;
  }
}

function readSmallLong(column: LongColumn, record: number): number {
  if (column.type.name === "timestamp") return Number.NaN;
  const value = column.words[record * 2 + 1]! * 4294967296 + (column.words[record * 2]! >>> 0);
  if (Math.abs(value) >= EXACT_MANTISSA) return Number.NaN;
  return column.type.name === "decimal" ? value / POWERS_OF_TEN[column.type.scale]! : value;
}

function smallDecimal(): number {
  const { mantissa, scale } = decimal;
  return Math.abs(mantissa) < EXACT_MANTISSA ? mantissa / POWERS_OF_TEN[scale]! : Number.NaN;
}

function parseInstant(bytes: Buffer): Operand | undefined {
  if (!readInstantText(bytes, 0, bytes.length)) return undefined;
  const { ms, nanos } = moment;
  return {
    read: readCellInstant,
    compare: () => outcome(moment.ms === ms ? moment.nanos - nanos : moment.ms - ms),
    asNumber: (type) => (type.name === "timestamp" ? timestampNumber(type.unit, ms, nanos) : undefined),
  };
}

/** In units since 1970, when it is a whole number of them that a double holds. */
function timestampNumber(unit: TimeUnit, ms: number, nanos: number): number | undefined {
  const perMs = unit === "ms" ? 1 : unit === "us" ? 1000 : 1_000_000;
  const number = ms * perMs + nanos / (1_000_000 / perMs);
  return Number.isSafeInteger(number) ? number : undefined;
}

let truth = 0;

function parseBoolean(bytes: Buffer): Operand | undefined {
  const wanted = readBoolean(bytes, 0, bytes.length);
  return wanted < 0 ? undefined : { read: readBooleanCell, compare: () => outcome(truth - wanted) };
}

function readBooleanCell(column: Column, record: number): boolean {
  truth = readCellText(column, record) ? readBoolean(text.bytes, text.start, text.end) : -1;
  return truth >= 0;
}

/** The order of UTF-8's bytes is the order of code points. */
function textOperand(wanted: Buffer): Operand {
  return { read: readCellText, compare: () => outcome(compareText(wanted)) };
}

function compareText(wanted: Buffer): number {
  const { bytes, start } = text;
  const length = text.end - start;
  const common = Math.min(length, wanted.length);
  for (let i = 0; i < common; i++) {
    const difference = bytes[start + i]! - wanted[i]!;
    if (difference !== 0) return difference;
  }
  return length - wanted.length;
}

function outcome(difference: number): number {
  return difference < 0 ? LESS : difference > 0 ? GREATER : EQUAL;
}
