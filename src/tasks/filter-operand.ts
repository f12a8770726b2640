import { DOUBLE, INT, LONG, TEXT } from "../batch/batch.ts";
import type { Column, LongColumn } from "../batch/batch.ts";
import { cellKind } from "../batch/cell.ts";
import { DOUBLED, ESCAPED, KIND, NUMBER, STRING } from "../batch/cell-kind.ts";
import { decimal, POWERS_OF_TEN, readDecimal } from "../batch/number-text.ts";
import { readBoolean } from "./boolean-text.ts";
import { moment, readCellInstant, readEpochText, readInstantText } from "./cell-instant.ts";
import { readCellText, readNumberText, text } from "./cell-text.ts";
import { compareDigits, digits, keepDigits, readDigits } from "./number-digits.ts";
import type { Digits } from "./number-digits.ts";
import { resolveType } from "./resolve-type.ts";

/** How a cell stands to a filter's value: one bit each, so that a set of outcomes is a number. */
export const LESS = 1;
export const EQUAL = 2;
export const GREATER = 4;
/** The cell is empty, or nothing that the value can be compared with. */
export const UNCOMPARABLE = 8;

/** One value of a filter, read as its DATA_TYPE says. */
export interface Operand {
  /** One of the four bits. */
  compare(column: Column, record: number): number;
}

/**
 * The operand for a filter's value, or undefined when the value is none of its type. Without a type, or with one that
 * tells nothing, the value and each cell decide: numbers compare as numbers, instants as instants, else both as text.
 */
export function parseOperand(value: string, dataType: string | undefined): Operand | undefined {
  switch (resolveType(dataType)?.name) {
    case undefined:
      return inferOperand(value);
    case "int32":
    case "int64":
    case "float":
    case "double":
    case "decimal":
      return parseNumber(value);
    case "date":
    case "timestamp":
      return parseInstant(value);
    case "boolean":
      return parseBoolean(value);
    case "string":
    case "json":
    case "binary":
      return new TextOperand(value);
  }
}

/** `007` is a number, and an instant soon after 1970; but when nothing says so, it is text. */
function inferOperand(value: string): Operand {
  const bytes = Buffer.from(value);
  const isNumber = readDigits(bytes, 0, bytes.length) && digits.inJson;
  const number = isNumber ? [new GuardedOperand(new NumberOperand(bytes), isJsonNumber)] : [];
  const instant = parseInstant(value);
  return new InferredOperand([
    ...number,
    ...(instant === undefined ? [] : [new GuardedOperand(instant, isNoDigitText)]),
    new TextOperand(value),
  ]);
}

function parseNumber(value: string): NumberOperand | undefined {
  const bytes = Buffer.from(value.trim());
  return readDigits(bytes, 0, bytes.length) ? new NumberOperand(bytes) : undefined;
}

function parseInstant(value: string): Operand | undefined {
  const bytes = Buffer.from(value.trim());
  return readInstantText(bytes, 0, bytes.length) ? new InstantOperand(moment.ms, moment.nanos) : undefined;
}

function parseBoolean(value: string): Operand | undefined {
  const bytes = Buffer.from(value.trim());
  const wanted = readBoolean(bytes, 0, bytes.length);
  return wanted < 0 ? undefined : new BooleanOperand(wanted);
}

/** Numbers of up to so many digits are equal exactly when the doubles nearest to them are. */
const EXACT_MANTISSA = 1e15;

class NumberOperand implements Operand {
  readonly #digits: Digits;
  /** The number as a double; NaN when it has too many digits for doubles to decide. */
  readonly #double: number;

  constructor(bytes: Uint8Array) {
    this.#double = readDecimal(bytes, 0, bytes.length) ? smallDecimal() : Number.NaN;
    readDigits(bytes, 0, bytes.length);
    this.#digits = keepDigits(bytes);
  }

  compare(column: Column, record: number): number {
    const value = readSmall(column, record);
    if (value < this.#double) return LESS;
    if (value > this.#double) return GREATER;
    return value === this.#double ? EQUAL : this.#compareDigits(column, record);
  }

  #compareDigits(column: Column, record: number): number {
    if (!readNumberText(column, record) || !readDigits(text.bytes, text.start, text.end)) return UNCOMPARABLE;
    return outcome(compareDigits(text.bytes, this.#digits));
  }
}

/** The cell's number when comparing it as a double is exact, which it nearly always is; else NaN. */
function readSmall(column: Column, record: number): number {
  if (column.form !== TEXT) return column.valid[record] === 0 ? Number.NaN : readSmallBinary(column, record);
  const kind = column.kinds[record]! & (KIND | ESCAPED | DOUBLED);
  if (kind !== NUMBER && kind !== STRING) return Number.NaN;
  return readDecimal(column.bytes, column.starts[record]!, column.ends[record]!) ? smallDecimal() : Number.NaN;
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

class InstantOperand implements Operand {
  readonly #ms: number;
  readonly #nanos: number;

  constructor(ms: number, nanos: number) {
    this.#ms = ms;
    this.#nanos = nanos;
  }

  compare(column: Column, record: number): number {
    if (!readCellInstant(column, record)) return UNCOMPARABLE;
    return outcome(moment.ms === this.#ms ? moment.nanos - this.#nanos : moment.ms - this.#ms);
  }
}

class BooleanOperand implements Operand {
  readonly #wanted: number;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  compare(column: Column, record: number): number {
    const found = readCellText(column, record) ? readBoolean(text.bytes, text.start, text.end) : -1;
    return found < 0 ? UNCOMPARABLE : outcome(found - this.#wanted);
  }
}

class TextOperand implements Operand {
  readonly #bytes: Buffer;

  constructor(value: string) {
    this.#bytes = Buffer.from(value);
  }

  compare(column: Column, record: number): number {
    if (!readCellText(column, record)) return UNCOMPARABLE;
    const { bytes, start } = text;
    const wanted = this.#bytes;
    const length = text.end - start;
    const common = Math.min(length, wanted.length);
    // The order of UTF-8's bytes is the order of code points.
    for (let i = 0; i < common; i++) {
      const difference = bytes[start + i]! - wanted[i]!;
      if (difference !== 0) return outcome(difference);
    }
    return outcome(length - wanted.length);
  }
}

/** Compares only with the cells that a condition admits. */
class GuardedOperand implements Operand {
  readonly #operand: Operand;
  readonly #admits: (column: Column, record: number) => boolean;

  constructor(operand: Operand, admits: (column: Column, record: number) => boolean) {
    this.#operand = operand;
    this.#admits = admits;
  }

  compare(column: Column, record: number): number {
    return this.#admits(column, record) ? this.#operand.compare(column, record) : UNCOMPARABLE;
  }
}

function isJsonNumber(column: Column, record: number): boolean {
  return readNumberText(column, record) && readDigits(text.bytes, text.start, text.end) && digits.inJson;
}

function isNoDigitText(column: Column, record: number): boolean {
  return (
    cellKind(column, record) !== STRING ||
    !readCellText(column, record) ||
    !readEpochText(text.bytes, text.start, text.end)
  );
}

/** The first reading of the value that can be compared with the cell. */
class InferredOperand implements Operand {
  readonly #readings: readonly Operand[];

  constructor(readings: readonly Operand[]) {
    this.#readings = readings;
  }

  compare(column: Column, record: number): number {
    for (const reading of this.#readings) {
      const found = reading.compare(column, record);
      if (found !== UNCOMPARABLE) return found;
    }
    return UNCOMPARABLE;
  }
}

function outcome(difference: number): number {
  return difference < 0 ? LESS : difference > 0 ? GREATER : EQUAL;
}
