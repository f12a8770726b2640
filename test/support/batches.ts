import { DOUBLE, INT, LONG, PADDING, TEXT } from "../../src/batch/batch.ts";
import type { Batch, BinaryColumn, Column, TextColumn } from "../../src/batch/batch.ts";
import { cellJson, cellKind, cellText } from "../../src/batch/cell.ts";
import {
  ABSENT,
  BINARY,
  BOOLEAN,
  DOUBLED,
  ESCAPED,
  JSON_SAFE,
  NESTED,
  NON_ASCII,
  NULL,
  NUMBER,
  STRING,
} from "../../src/batch/cell-kind.ts";
import type { FieldType } from "../../src/batch/field-type.ts";
import { TextColumnBuilder } from "../../src/batch/text-column-builder.ts";

/** A number by its text, an object or array by its JSON text, bytes, or a string as a format wraps it. */
export type Cell =
  | undefined
  | null
  | boolean
  | string
  | { readonly number: string }
  | { readonly json: string }
  | { readonly bytes: Uint8Array }
  /** The inside of a JSON string, escapes and all. */
  | { readonly escaped: string }
  /** The inside of a quoted CSV cell, with doubled quotes. */
  | { readonly doubled: string };

export const number = (text: string | number): Cell => ({ number: String(text) });
export const json = (value: unknown): Cell => ({ json: JSON.stringify(value) });

/** A text column as a decoder of text makes it: ABSENT for undefined. */
export function textColumn(cells: readonly Cell[]): TextColumn {
  const builder = new TextColumnBuilder();
  builder.reset(cells.length);
  cells.forEach((cell, record) => setCell(builder, record, cell));
  return tight(builder.column(), cells.length);
}

/** A binary column; null for no value. Longs are bigints, everything else numbers. */
export function binaryColumn(type: FieldType, cells: readonly (number | bigint | null)[]): BinaryColumn {
  const valid = Uint8Array.from(cells, (cell) => (cell === null ? 0 : 1));
  const values = cells.map((cell) => cell ?? 0);
  switch (type.name) {
    case "int64":
    case "timestamp":
    case "decimal": {
      const longs = BigInt64Array.from(values, BigInt);
      return { form: LONG, type, valid, values: longs, words: new Int32Array(longs.buffer) };
    }
    case "double":
    case "float":
      return { form: DOUBLE, type, valid, values: Float64Array.from(values, Number) };
    default:
      return { form: INT, type, valid, values: Int32Array.from(values, Number) };
  }
}

export function batchOf(fields: readonly (readonly [name: string, column: Column])[], count: number): Batch {
  return {
    count,
    fields: fields.map(([name]) => name),
    columns: fields.map(([, column]) => column),
    types: fields.map(([, column]) => (column.form === TEXT ? undefined : column.type)),
    offsets: Float64Array.from({ length: count }, (_, record) => 1000 + record * 10),
    rejected: [],
    next: null,
  };
}

/** A batch of text columns from records; fields in the order first seen. */
export function recordsBatch(records: readonly (readonly (readonly [name: string, cell: Cell])[])[]): Batch {
  const names = [...new Set(records.flatMap((record) => record.map(([name]) => name)))];
  return batchOf(
    names.map((name) => [name, textColumn(records.map((record) => record.find(([key]) => key === name)?.[1]))]),
    records.length,
  );
}

/** A cell's value again: text unwrapped, numbers and JSON by their text. */
export function cellOf(column: Column, record: number): Cell {
  const kind = cellKind(column, record);
  if (kind === ABSENT) return undefined;
  if (kind === NULL) return null;
  const text = cellText(column, record)!;
  if (kind === NUMBER) return { number: text };
  if (kind === BOOLEAN) return text === "true";
  return kind === NESTED ? { json: text } : text;
}

/** The selected records as members and their JSON text, absent ones left out. */
export function recordsOf(
  fields: readonly string[],
  columns: readonly Column[],
  selection: Int32Array,
  count: number,
): readonly ReadonlyMap<string, string>[] {
  return Array.from(selection.subarray(0, count), (record) => {
    const members = fields.map((name, i) => [name, cellJson(columns[i]!, record)] as const);
    return new Map(members.filter((member): member is readonly [string, string] => member[1] !== undefined));
  });
}

function setCell(builder: TextColumnBuilder, record: number, cell: Cell): void {
  if (cell === undefined) return;
  if (cell === null) builder.setNull(record);
  else if (typeof cell === "boolean") builder.setText(record, String(cell), BOOLEAN);
  else if (typeof cell === "string") builder.setText(record, cell, STRING | asciiFlag(cell));
  else if ("number" in cell) builder.setText(record, cell.number, NUMBER);
  else if ("json" in cell) builder.setText(record, cell.json, NESTED | NON_ASCII);
  else if ("escaped" in cell)
    builder.setText(record, cell.escaped, STRING | ESCAPED | JSON_SAFE | asciiFlag(cell.escaped));
  else if ("doubled" in cell) builder.setText(record, cell.doubled, STRING | DOUBLED | asciiFlag(cell.doubled));
  else {
    const start = builder.out.length;
    builder.out.append(cell.bytes);
    builder.setSpan(record, BINARY, start);
  }
}

function asciiFlag(text: string): number {
  return Buffer.byteLength(text) === text.length ? 0 : NON_ASCII;
}

/** The column in arrays of its own size, and with garbage behind its bytes, as there is in a decoder's block. */
function tight({ kinds, starts, ends, bytes }: TextColumn, count: number): TextColumn {
  const used = ends.subarray(0, count).reduce((most, end) => Math.max(most, end), 0);
  const own = Buffer.alloc(used + PADDING, '9"');
  bytes.copy(own, 0, 0, used);
  return {
    form: TEXT,
    kinds: kinds.slice(0, count),
    starts: starts.slice(0, count),
    ends: ends.slice(0, count),
    bytes: own,
    view: new DataView(own.buffer, own.byteOffset, own.length),
  };
}
