import { BATCH_RECORDS } from "../batch/batch.ts";
import type { Batch, DecoderPosition } from "../batch/batch.ts";
import { BOOLEAN, NESTED, NON_ASCII, NUMBER, STRING } from "../batch/cell-kind.ts";
import { TextColumnBuilder } from "../batch/text-column-builder.ts";

type SourceRecord = Readonly<Record<string, unknown>>;

/**
 * Batches of the objects that a vendor's library made. A Date is an ISO instant, a bigint a number, bytes are base64
 * text, anything else with members is JSON; undefined is a field that the record does not have.
 */
export function* decodeRecords(
  records: readonly SourceRecord[],
  fields: readonly string[] | undefined,
  from: DecoderPosition | undefined,
): Generator<Batch> {
  const names = fields ?? namesOf(records);
  const builders = names.map(() => new TextColumnBuilder());
  let start = typeof from?.record === "number" ? from.record : 0;
  do {
    const end = Math.min(start + BATCH_RECORDS, records.length);
    yield batchOf(records, start, end, names, builders);
    start = end;
  } while (start < records.length);
}

function batchOf(
  records: readonly SourceRecord[],
  start: number,
  end: number,
  names: readonly string[],
  builders: readonly TextColumnBuilder[],
): Batch {
  const count = end - start;
  const offsets = new Float64Array(count);
  for (const builder of builders) builder.reset(count);
  for (let r = 0; r < count; r++) {
    const record = records[start + r]!;
    offsets[r] = start + r;
    for (let f = 0; f < names.length; f++) {
      if (Object.hasOwn(record, names[f]!)) setValue(builders[f]!, r, record[names[f]!]);
    }
  }
  return {
    count,
    fields: names,
    columns: builders.map((builder) => builder.column()),
    types: names.map(() => undefined),
    offsets,
    rejected: [],
    next: end < records.length ? { record: end } : null,
  };
}

function setValue(builder: TextColumnBuilder, record: number, value: unknown): void {
  switch (typeof value) {
    case "undefined":
    case "function":
    case "symbol":
      return;
    case "string":
      return builder.setText(record, value, STRING | NON_ASCII);
    case "bigint":
      return builder.setText(record, value.toString(), NUMBER);
    case "boolean":
      return builder.setText(record, value ? "true" : "false", BOOLEAN);
    case "number":
      return Number.isFinite(value) ? builder.setText(record, String(value), NUMBER) : builder.setNull(record);
    case "object":
      return setObject(builder, record, value);
  }
}

function setObject(builder: TextColumnBuilder, record: number, value: object | null): void {
  if (value === null) builder.setNull(record);
  else if (value instanceof Uint8Array) builder.setText(record, Buffer.from(value).toString("base64"), STRING);
  else {
    const text = JSON.stringify(value, (_, member: unknown) =>
      typeof member === "bigint" ? rawNumber(member) : member,
    );
    // Dates, and whatever else says with toJSON that it is one plain value.
    if (text.startsWith('"')) builder.setText(record, JSON.parse(text) as string, STRING | NON_ASCII);
    else builder.setText(record, text, NESTED | NON_ASCII);
  }
}

/** JSON.rawJSON writes digits that a double would round (Node 21 and later; TypeScript does not declare it yet). */
function rawNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(value.toString());
}

function namesOf(records: readonly SourceRecord[]): readonly string[] {
  const names = new Set<string>();
  for (const record of records) for (const name of Object.keys(record)) names.add(name);
  return [...names];
}
