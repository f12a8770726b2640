import { INT, LONG, TEXT } from "../batch/batch.ts";
import type { Column, LongColumn } from "../batch/batch.ts";
import { instant, readInstant } from "../batch/instant-text.ts";
import { decimal, longToBigInt, readDecimal } from "../batch/number-text.ts";
import { readNumberText, text } from "./cell-text.ts";

/** The farthest instant from 1970 that a calendar date can name: 100,000,000 days, as in ECMAScript's time values. */
const FARTHEST_MS = 8.64e15;
const MS_PER_DAY = 86_400_000;

/** The instant that was read last: whole milliseconds since 1970, and the nanoseconds beyond them. */
export const moment = { ms: 0, nanos: 0 };

/** Reads a cell that is a date, an instant in ISO 8601, or a whole number of milliseconds since 1970; false otherwise. */
export function readCellInstant(column: Column, record: number): boolean {
  if (column.form !== TEXT) {
    if (column.valid[record] === 0) return false;
    if (column.form === INT && column.type.name === "date") return keep(column.values[record]! * MS_PER_DAY, 0);
    if (column.form === LONG && column.type.name === "timestamp") return readTimestamp(column, record);
  }
  return readNumberText(column, record) && readInstantText(text.bytes, text.start, text.end);
}

/** The same for text. */
export function readInstantText(bytes: Uint8Array, start: number, end: number): boolean {
  const ms = readInstant(bytes, start, end);
  return Number.isNaN(ms) ? readEpochText(bytes, start, end) : keep(ms, instant.nanos);
}

/** Whole milliseconds since 1970, spelled in digits. */
export function readEpochText(bytes: Uint8Array, start: number, end: number): boolean {
  if (!readDecimal(bytes, start, end) || decimal.scale !== 0) return false;
  return Math.abs(decimal.mantissa) <= FARTHEST_MS && keep(decimal.mantissa, 0);
}

function readTimestamp(column: LongColumn, record: number): boolean {
  const low = column.words[record * 2]!;
  const high = column.words[record * 2 + 1]!;
  const unit = column.type.name === "timestamp" ? column.type.unit : "ms";
  const value = high * 4294967296 + (low >>> 0);
  if (unit === "ms") return keep(value, 0);
  if (unit === "us" && Number.isSafeInteger(value)) {
    const ms = Math.floor(value / 1000);
    return keep(ms, (value - ms * 1000) * 1000);
  }
  const exact = longToBigInt(low, high);
  const perMs = unit === "us" ? 1000n : 1_000_000n;
  const rest = ((exact % perMs) + perMs) % perMs;
  return keep(Number((exact - rest) / perMs), Number(rest) * (unit === "us" ? 1000 : 1));
}

function keep(ms: number, nanos: number): true {
  moment.ms = ms;
  moment.nanos = nanos;
  return true;
}
