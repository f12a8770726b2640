import { TEXT } from "../batch/batch.ts";
import type { Column } from "../batch/batch.ts";
import type { FieldType } from "../batch/field-type.ts";
import { instant, readInstant } from "../batch/instant-text.ts";
import { decimal, POWERS_OF_TEN, readDecimal, readNumber } from "../batch/number-text.ts";
import { readBigDecimal, unscaledDecimal } from "./big-decimal.ts";
import { readBoolean } from "./boolean-text.ts";
import { moment, readCellInstant, readEpochText } from "./cell-instant.ts";
import { text } from "./cell-text.ts";
import { compareDigits, keepDigits, readDigits } from "./number-digits.ts";
import { long } from "./typed-cells.ts";
import type { ReadLong, ReadNumber } from "./typed-cells.ts";

/*
 * The values of the types, read exactly from the text that is in `text` (cell-text.ts).
 */

const MS_PER_DAY = 86_400_000;
const TWO_32 = 4294967296;
const HIGHEST_INT32 = 2 ** 31 - 1;
const HIGHEST_INT64 = 2n ** 63n - 1n;
const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
/** `YYYY-MM-DDThh:mm:ss` */
const SECONDS_LENGTH = 19;
/** `YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ`: a longer instant has an offset, or more decimals than are read. */
const NANOS_LENGTH = 30;

export const readBooleanValue: ReadNumber = () => {
  const value = readBoolean(text.bytes, text.start, text.end);
  return value < 0 ? Number.NaN : value;
};

export const readInt32Value: ReadNumber = () => {
  const small = readScaledSmall(0);
  const value = Number.isNaN(small) ? Number(readScaledBig(0) ?? Number.NaN) : small;
  return value <= HIGHEST_INT32 && value >= -HIGHEST_INT32 - 1 ? value : Number.NaN;
};

export const readInt64Value: ReadLong = () => {
  const small = readScaledSmall(0);
  return Number.isNaN(small) ? setBigLong(readScaledBig(0), HIGHEST_INT64) : setLong(small);
};

/** For a decimal of up to 18 digits: the value without its point. */
export function decimalReader({ precision, scale }: FieldType & { name: "decimal" }): ReadLong {
  const limit = 10 ** precision;
  const bigLimit = 10n ** BigInt(precision) - 1n;
  return () => {
    const small = readScaledSmall(scale);
    if (Number.isNaN(small)) return setBigLong(readScaledBig(scale), bigLimit);
    return Math.abs(small) < limit && setLong(small);
  };
}

/** The nearest double; but whole numbers are not rounded. */
export const readDoubleValue: ReadNumber = () => {
  const { bytes, start, end } = text;
  const value = readNumber(bytes, start, end);
  if (!Number.isFinite(value)) return Number.NaN;
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER || !isWhole(bytes, start, end) || survives(value)
    ? value
    : Number.NaN;
};

export const readFloatValue: ReadNumber = (column, record) => {
  const value = readDoubleValue(column, record);
  const float = Math.fround(value);
  const isExact = float === value || !isWhole(text.bytes, text.start, text.end);
  return Number.isFinite(float) && isExact ? float : Number.NaN;
};

/** A double as the nearest float, but whole numbers are not rounded; undefined when it is too large. */
export function castToFloat(value: number): number | undefined {
  const float = Math.fround(value);
  if (!Number.isFinite(value) || float === value) return float;
  return Number.isFinite(float) && !Number.isInteger(value) ? float : undefined;
}

/** Days since 1970 of a date, or of an instant that is a midnight in UTC. */
export function dayReader(epoch: boolean): ReadNumber {
  return (column, record) => {
    if (!readMoment(column, record, epoch)) return Number.NaN;
    return moment.nanos === 0 && moment.ms % MS_PER_DAY === 0 ? moment.ms / MS_PER_DAY : Number.NaN;
  };
}

/** An instant in the type's unit, when it is a whole number of them. */
export function timestampReader({ unit }: FieldType & { name: "timestamp" }, epoch: boolean): ReadLong {
  return (column, record) => {
    if (!readMoment(column, record, epoch)) return false;
    const { ms, nanos } = moment;
    if (unit === "ms") return nanos === 0 && setLong(ms);
    if (unit === "us") return nanos % 1000 === 0 && setProduct(ms, 1000, nanos / 1000);
    return setProduct(ms, 1_000_000, nanos);
  };
}

/** The text's number times 10^scale, when it is an integer and nothing leaves 53 bits on the way; else NaN. */
function readScaledSmall(scale: number): number {
  if (!readDecimal(text.bytes, text.start, text.end)) return Number.NaN;
  const { mantissa } = decimal;
  if (decimal.scale <= scale) {
    const value = mantissa * POWERS_OF_TEN[scale - decimal.scale]!;
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }
  const unit = POWERS_OF_TEN[decimal.scale - scale]!;
  return mantissa % unit === 0 ? mantissa / unit : Number.NaN;
}

/** The same for any size; undefined when it is no integer, or no number. */
export function readScaledBig(scale: number): bigint | undefined {
  const value = readBigDecimal(text.bytes, text.start, text.end);
  return value === undefined || value === null ? undefined : unscaledDecimal(value, scale);
}

function setLong(value: number): true {
  long.high = Math.floor(value / TWO_32);
  long.low = value - long.high * TWO_32;
  return true;
}

function setBigLong(value: bigint | undefined, limit: bigint): boolean {
  const lowest = limit === HIGHEST_INT64 ? -limit - 1n : -limit;
  if (value === undefined || value > limit || value < lowest) return false;
  long.low = Number(value & 0xffffffffn);
  long.high = Number(value >> 32n);
  return true;
}

function setProduct(ms: number, perMs: number, rest: number): boolean {
  const value = ms * perMs + rest;
  if (Number.isSafeInteger(value)) return setLong(value);
  return setBigLong(BigInt(ms) * BigInt(perMs) + BigInt(rest), HIGHEST_INT64);
}

function readMoment(column: Column, record: number, epoch: boolean): boolean {
  if (column.form !== TEXT && (column.type.name === "date" || column.type.name === "timestamp")) {
    return readCellInstant(column, record);
  }
  const { bytes, start, end } = text;
  const ms = readInstant(bytes, start, end);
  if (Number.isNaN(ms)) return epoch && readEpochText(bytes, start, end);
  moment.ms = ms;
  moment.nanos = instant.nanos;
  return end - start < NANOS_LENGTH || !isFinerThanNanos(bytes, start, end);
}

/** True when a digit after the ninth decimal is not zero. */
function isFinerThanNanos(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start + SECONDS_LENGTH] !== POINT) return false;
  for (let at = start + SECONDS_LENGTH + 10; at < end && isDigit(bytes[at]!); at++) if (bytes[at] !== ZERO) return true;
  return false;
}

/** True for digits alone, with or without a sign. */
function isWhole(bytes: Uint8Array, start: number, end: number): boolean {
  const signed = bytes[start] === MINUS || bytes[start] === PLUS;
  for (let at = signed ? start + 1 : start; at < end; at++) if (!isDigit(bytes[at]!)) return false;
  return true;
}

/** True when the double's own text is the very number that was read. */
function survives(value: number): boolean {
  const own = Buffer.from(String(value));
  readDigits(own, 0, own.length);
  const wanted = keepDigits(own);
  return readDigits(text.bytes, text.start, text.end) && compareDigits(text.bytes, wanted) === 0;
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= NINE;
}
