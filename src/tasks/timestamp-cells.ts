import { LONG } from "../batch/batch.ts";
import type { Column, LongColumn } from "../batch/batch.ts";
import type { FieldType, TimeUnit } from "../batch/field-type.ts";
import { longToBigInt } from "../batch/number-text.ts";
import { timestampReader } from "./read-value.ts";
import { longCells } from "./typed-cells.ts";
import type { Refuse, TypedCells } from "./typed-cells.ts";

type Timestamp = FieldType & { name: "timestamp" };

const NANOS: Readonly<Record<TimeUnit, number>> = { ms: 1_000_000, us: 1000, ns: 1 };
const MAX_INT64 = 2n ** 63n - 1n;

/** Timestamps of any source. From one unit to another they are only multiplied or divided; nothing is made into text. */
export function timestampCells(type: Timestamp, epoch: boolean): TypedCells {
  const fromAnything = longCells(type, timestampReader(type, epoch));
  let values = new BigInt64Array(0);
  let words = new Int32Array(0);
  let valid = new Uint8Array(0);
  return {
    convert(column, selection, count, capacity, refuse) {
      if (!isTimestamps(column)) return fromAnything.convert(column, selection, count, capacity, refuse);
      if (column.type.unit === type.unit) return { ...column, type };
      if (values.length < capacity) {
        values = new BigInt64Array(capacity);
        words = new Int32Array(values.buffer);
        valid = new Uint8Array(capacity);
      }
      const converted = { form: LONG, type, valid, values, words } as const;
      rescale(column, converted, selection, count, NANOS[column.type.unit] / NANOS[type.unit], refuse);
      return converted;
    },
  };
}

function isTimestamps(column: Column): column is LongColumn & { readonly type: Timestamp } {
  return column.form === LONG && column.type.name === "timestamp";
}

/** Multiplies by `factor`, which is a power of ten or one divided by it. What is then no integer of 64 bits is refused. */
function rescale(
  from: LongColumn,
  to: LongColumn,
  selection: Int32Array,
  count: number,
  factor: number,
  refuse: Refuse,
): void {
  const divisor = Math.round(1 / factor);
  for (let i = 0; i < count; i++) {
    const record = selection[i]!;
    to.valid[record] = from.valid[record]!;
    if (from.valid[record] === 0) continue;
    const value = from.words[record * 2 + 1]! * 4294967296 + (from.words[record * 2]! >>> 0);
    const scaled = factor >= 1 ? value * factor : value / divisor;
    const exact = factor >= 1 || value % divisor === 0;
    if (exact && Number.isSafeInteger(value) && Number.isSafeInteger(scaled)) {
      const high = Math.floor(scaled / 4294967296);
      to.words[record * 2] = scaled - high * 4294967296;
      to.words[record * 2 + 1] = high;
    } else if (!rescaleExactly(from, to, record, factor, divisor)) refuse(record);
  }
}

function rescaleExactly(from: LongColumn, to: LongColumn, record: number, factor: number, divisor: number): boolean {
  const value = longToBigInt(from.words[record * 2]!, from.words[record * 2 + 1]!);
  if (factor < 1 && value % BigInt(divisor) !== 0n) return false;
  const scaled = factor >= 1 ? value * BigInt(factor) : value / BigInt(divisor);
  if (scaled > MAX_INT64 || scaled < -MAX_INT64 - 1n) return false;
  to.values[record] = scaled;
  return true;
}
