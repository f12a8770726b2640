import { LONG } from "../../batch/batch.ts";
import type { Column, LongColumn, TextColumn } from "../../batch/batch.ts";
import { BINARY_TEXT_ROOM, isEmpty, writeBinaryText } from "../../batch/cell.ts";
import { STRING } from "../../batch/cell-kind.ts";
import { STRING_TYPE } from "../../batch/field-type.ts";
import type { FieldType } from "../../batch/field-type.ts";
import { decimalText } from "../../batch/number-text.ts";
import { TextColumnBuilder } from "../../batch/text-column-builder.ts";
import type { OutputField } from "../format.ts";
import { unscaledDecimal } from "./wide-decimal.ts";

/** A field as the file stores it. */
export interface StoredField {
  readonly field: OutputField;
  /** Makes columns of that field from those that the encoder is given; undefined when they are of its type already. */
  readonly adapt: AdaptColumn | undefined;
}

/** Makes a column of the cells `selection[from .. to)`, valid until the next call. */
export type AdaptColumn = (column: Column, selection: Int32Array, from: number, to: number) => Column;

/** Every field has a type in Parquet. */
export function storedField(field: OutputField): StoredField {
  return { field, adapt: undefined };
}

/**
 * How a field is stored so that the oldest readers understand it. JSON is text. Decimals and nanoseconds are text too:
 * such readers know neither, and a double would round them. Milliseconds become microseconds, because parquetjs-lite
 * 0.8.7 cannot read milliseconds, and the others read both.
 */
export function conservativeField({ name, type }: OutputField): StoredField {
  const text = { name, type: STRING_TYPE };
  if (type.name === "json") return { field: text, adapt: undefined };
  if (type.name === "decimal") {
    return { field: text, adapt: type.precision > 18 ? wideDecimalToText(type.scale) : longToText() };
  }
  if (type.name !== "timestamp" || type.unit === "us") return { field: { name, type }, adapt: undefined };
  if (type.unit === "ns") return { field: text, adapt: longToText() };
  const micros = { ...type, unit: "us" } as const;
  return { field: { name, type: micros }, adapt: millisToMicros(micros) };
}

function longToText(): AdaptColumn {
  const builder = new TextColumnBuilder();
  return (column, selection, from, to) => {
    const { out } = builder;
    builder.reset(to - from);
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      if (isEmpty(column, record)) continue;
      out.reserve(BINARY_TEXT_ROOM);
      const start = out.length;
      out.length = writeBinaryText(column as LongColumn, record, out.view, start);
      builder.setSpan(i - from, STRING, start);
    }
    return builder.column();
  };
}

function wideDecimalToText(scale: number): AdaptColumn {
  const builder = new TextColumnBuilder();
  return (column, selection, from, to) => {
    const { bytes, starts, ends } = column as TextColumn;
    builder.reset(to - from);
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      if (isEmpty(column, record)) continue;
      const unscaled = unscaledDecimal(bytes.latin1Slice(starts[record], ends[record]), scale);
      builder.setText(i - from, decimalText(unscaled, scale), STRING);
    }
    return builder.column();
  };
}

/** Its columns cannot hold an instant that is 292,000 years from 1970: such a one throws a RangeError. */
function millisToMicros(type: FieldType): AdaptColumn {
  return (column, selection, from, to) => {
    const { valid, values } = column as LongColumn;
    const adaptedValid = new Uint8Array(to - from);
    const adapted = new BigInt64Array(to - from);
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      if (valid[record] === 0) continue;
      const micros = values[record]! * 1000n;
      if (micros !== BigInt.asIntN(64, micros)) {
        throw new RangeError(
          `The instant ${values[record]} ms from 1970 is too far away to be stored in microseconds.`,
        );
      }
      adaptedValid[i - from] = 1;
      adapted[i - from] = micros;
    }
    return { form: LONG, type, valid: adaptedValid, values: adapted, words: new Int32Array(adapted.buffer) };
  };
}
