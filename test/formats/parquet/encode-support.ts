import { tableFromIPC } from "apache-arrow";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { createRequire } from "node:module";
import { writeFile } from "node:fs/promises";
import { readParquet } from "parquet-wasm/node";
import type { Column } from "../../../src/batch/batch.ts";
import { ByteWriter } from "../../../src/batch/byte-writer.ts";
import type { FieldType } from "../../../src/batch/field-type.ts";
import type { Encoder } from "../../../src/formats/format.ts";
import { createParquetEncoder } from "../../../src/formats/parquet/encode-parquet.ts";
import type { ParquetEncoderOptions } from "../../../src/formats/parquet/encode-parquet.ts";
import { readPageHeader } from "../../../src/formats/parquet/page-header.ts";
import type { PageHeader } from "../../../src/formats/parquet/page-header.ts";
import { ThriftReader } from "../../../src/formats/parquet/thrift-reader.ts";
import { binaryColumn, textColumn } from "../../support/batches.ts";
import type { Cell } from "../../support/batches.ts";
import type { Duck } from "./decode-support.ts";

/** A field, its column, and what readers should make of it: longs unscaled, days and instants as numbers, bytes in hex. */
export interface Sample {
  readonly name: string;
  readonly type: FieldType;
  readonly column: Column;
  readonly expected: readonly (string | null)[];
}

export function binarySample(name: string, type: FieldType, values: readonly (number | bigint | null)[]): Sample {
  const expected = values.map((value) => (value === null ? null : expectedNumber(type, value)));
  return { name, type, column: binaryColumn(type, values), expected };
}

export function textSample(name: string, cells: readonly Cell[], expected: readonly (string | null)[]): Sample {
  return { name, type: { name: "string" }, column: textColumn(cells), expected };
}

export function stringSample(name: string, texts: readonly (string | null)[]): Sample {
  return textSample(name, texts, texts);
}

export function cellSample(
  name: string,
  type: FieldType,
  cells: readonly Cell[],
  expected: Sample["expected"],
): Sample {
  return { name, type, column: textColumn(cells), expected };
}

/** The file with the records of the samples, handed over in steps of `step`. */
export function encode(
  samples: readonly Sample[],
  options: Partial<ParquetEncoderOptions> = {},
  step = Infinity,
): Buffer {
  const out = new ByteWriter(16);
  const encoder = createParquetEncoder(samples, { codec: "uncompressed", ...options });
  appendSamples(encoder, samples, out, step);
  encoder.finish(out);
  return out.take();
}

export function appendSamples(encoder: Encoder, samples: readonly Sample[], out: ByteWriter, step = Infinity): void {
  const count = samples[0]!.expected.length;
  const selection = Int32Array.from({ length: count }, (_, record) => record);
  const columns = samples.map(({ column }) => column);
  for (let at = 0; at < count; at += step) encoder.append(columns, selection, at, Math.min(at + step, count), out);
}

/** What a reader makes of a file: for each field its values. */
export type ReadValues = (string | null)[][];

export function expectedValues(samples: readonly Sample[]): ReadValues {
  return samples.map(({ expected }) => [...expected]);
}

export async function readWithDuckdb(duck: Duck, file: Buffer, samples: readonly Sample[]): Promise<ReadValues> {
  const path = duck.path();
  await writeFile(path, file);
  const columns = samples.map(({ name, type }) => duckdbExpression(`"${name.replaceAll('"', '""')}"`, type));
  const rows = await duck.texts(`SELECT ${columns.map((sql, i) => `${sql} AS c${i}`).join(", ")} FROM '${path}'`);
  return samples.map(({ type }, i) => rows.map((row) => (row[i] === null ? null : fromDuckdbText(type, row[i]!))));
}

/** Hyparquet's decimals go through a double, so they are not read. */
export async function readWithHyparquet(file: Buffer, samples: readonly Sample[]): Promise<ReadValues> {
  const columns = samples.filter(({ type }) => type.name !== "decimal").map(({ name }) => name);
  const keep = <T>(value: T): T => value;
  const rows = await parquetReadObjects({
    file: arrayBufferOf(file),
    columns,
    compressors,
    utf8: false,
    parsers: {
      timestampFromMilliseconds: keep,
      timestampFromMicroseconds: keep,
      timestampFromNanoseconds: keep,
      dateFromDays: keep,
      jsonFromBytes: (bytes) => Buffer.from(bytes).toString(),
    },
  });
  return samples.map(({ name, type, expected }) =>
    type.name === "decimal" ? [...expected] : rows.map((row) => asText(row[name])),
  );
}

export function arrayBufferOf(file: Buffer): ArrayBuffer {
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer;
}

export function readWithArrow(file: Buffer, samples: readonly Sample[]): ReadValues {
  const table = tableFromIPC(readParquet(file).intoIPCStream());
  return samples.map(({ type }, i) => {
    const vector = table.getChildAt(i)!;
    // The accessors of these types round to milliseconds, or want a scale.
    const raw = type.name === "timestamp" || type.name === "date" || type.name === "decimal";
    if (!raw) return Array.from(vector, asText);
    return vector.data.flatMap((data) =>
      Array.from({ length: data.length }, (_, record) =>
        data.getValid(record) ? rawArrowValue(type, data.values as RawValues, record) : null,
      ),
    );
  });
}

/** The pages of a file, by row group and column. */
export function pagesOf(file: Buffer): PageHeader[][][] {
  return parquetMetadata(arrayBufferOf(file)).row_groups.map(({ columns }) =>
    columns.map(({ meta_data: chunk }) => {
      const start = Number(chunk!.dictionary_page_offset ?? chunk!.data_page_offset);
      const end = start + Number(chunk!.total_compressed_size);
      const pages: PageHeader[] = [];
      for (let at = start; at < end;) {
        const reader = new ThriftReader(file, at);
        const page = readPageHeader(reader);
        pages.push(page);
        at = reader.offset + page.storedBytes;
      }
      return pages;
    }),
  );
}

/** Rows as parquetjs-lite gives them. */
export async function readWithParquetjsLite(file: Buffer): Promise<Record<string, unknown>[]> {
  const { ParquetReader } = createRequire(import.meta.url)("parquetjs-lite") as ParquetjsLite;
  const reader = await ParquetReader.openBuffer(file);
  const cursor = reader.getCursor();
  const rows: Record<string, unknown>[] = [];
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) rows.push(row);
  await reader.close();
  return rows;
}

interface ParquetjsLite {
  readonly ParquetReader: {
    openBuffer(file: Buffer): Promise<{
      getCursor(): { next(): Promise<Record<string, unknown> | null> };
      close(): Promise<void>;
    }>;
  };
}

type RawValues = Int32Array | BigInt64Array | Uint32Array;

function rawArrowValue(type: FieldType, values: RawValues, record: number): string {
  if (type.name !== "decimal") return String(values[record]);
  let value = 0n;
  for (let word = 3; word >= 0; word--) value = (value << 32n) | BigInt(values[record * 4 + word]!);
  return BigInt.asIntN(128, value).toString();
}

function expectedNumber(type: FieldType, value: number | bigint): string {
  if (type.name === "boolean") return String(value !== 0);
  return type.name === "float" ? asText(Math.fround(Number(value)))! : asText(value)!;
}

/** What readers give for a cell. */
type ReadCell = string | number | bigint | boolean | Uint8Array | null | undefined;

function asText(value: ReadCell): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return Object.is(value, -0) ? "-0" : String(value);
}

function duckdbExpression(name: string, type: FieldType): string {
  switch (type.name) {
    case "date":
      return `(${name} - DATE '1970-01-01')`;
    case "timestamp":
      return `epoch_${type.unit}(${name})`;
    case "float":
      return `${name}::DOUBLE`;
    case "binary":
      return `lower(hex(${name}))`;
    default:
      return name;
  }
}

function fromDuckdbText(type: FieldType, text: string): string {
  if (type.name === "decimal") return BigInt(text.replace(".", "")).toString();
  // DuckDB spells `1.0`, `1e+20`, `inf` and `nan`.
  if (type.name === "double" || type.name === "float") {
    return asText(Number(text.replace("inf", "Infinity").replace("nan", "NaN")))!;
  }
  return text;
}
