import { FixedSizeBinary, Table, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import type { Vector } from "apache-arrow";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
  Compression,
  Encoding,
  Table as WasmTable,
  writeParquet,
  WriterPropertiesBuilder,
  WriterVersion,
} from "parquet-wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG, TEXT } from "../../../src/batch/batch.ts";
import type { Column } from "../../../src/batch/batch.ts";
import { decodeParquet } from "../../../src/formats/parquet/decode-parquet.ts";
import { decodeAll, Duck, memorySource } from "./decode-support.ts";

let duck: Duck;
beforeAll(async () => {
  duck = await Duck.open();
});
afterAll(() => duck.close());

const RECORDS = 3000;
const numbers = Array.from({ length: RECORDS }, (_, i) => i);

interface WrittenColumn {
  readonly vector: () => Vector;
  readonly texts: readonly (string | null)[];
  /** The encodings that arrow-rs has for the type, besides PLAIN and the dictionary. */
  readonly encodings: readonly Encoding[];
}

function column<T>(
  of: (i: number) => T,
  vector: (values: T[]) => Vector,
  text: (value: NonNullable<T>) => string,
  ...encodings: Encoding[]
): WrittenColumn {
  const values = numbers.map(of);
  const texts = values.map((value) => (value === null || value === undefined ? null : text(value)));
  return { vector: () => vector(values), texts, encodings };
}

const { DELTA_BINARY_PACKED, DELTA_BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, BYTE_STREAM_SPLIT, RLE } = Encoding;
const utf8 = (values: (string | null)[]): Vector => vectorFromArray(values, new Utf8());
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const TEXT_ENCODINGS = [DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY];
const NUMBER_ENCODINGS = [DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT];

const COLUMNS: Readonly<Record<string, WrittenColumn>> = {
  "texts with nulls": column(
    (i) => (i % 5 === 0 ? null : `https://www.example.com/ä/${"x".repeat(i % 40)}/${i}`),
    utf8,
    String,
    ...TEXT_ENCODINGS,
  ),
  "few texts": column((i) => `v${i % 3}`, utf8, String, ...TEXT_ENCODINGS),
  "bytes of fixed length": column(
    (i) => Uint8Array.of(i & 255, i >> 8, 7),
    (values) => vectorFromArray(values, new FixedSizeBinary(3)),
    base64,
    DELTA_BYTE_ARRAY,
    BYTE_STREAM_SPLIT,
  ),
  "rising integers": column(
    (i) => i * 3,
    (v) => vectorFromArray(Int32Array.from(v)),
    String,
    ...NUMBER_ENCODINGS,
  ),
  // The differences have 33 bits.
  "wild integers": column(
    (i) => (i % 2 === 0 ? 0x7fffffff - i : i - 0x80000000),
    (v) => vectorFromArray(Int32Array.from(v)),
    String,
    ...NUMBER_ENCODINGS,
  ),
  "long integers": column(
    (i) => BigInt(i) ** 4n * (i % 3 === 0 ? 1n : -1n),
    (v) => vectorFromArray(BigInt64Array.from(v)),
    String,
    ...NUMBER_ENCODINGS,
  ),
  "wild long integers": column(
    (i) => (i % 2 === 0 ? (1n << 63n) - 1n - BigInt(i) : BigInt(i) - (1n << 63n)),
    (v) => vectorFromArray(BigInt64Array.from(v)),
    String,
    ...NUMBER_ENCODINGS,
  ),
  doubles: column(
    (i) => i / 7 + 0.1,
    (v) => vectorFromArray(Float64Array.from(v)),
    String,
    BYTE_STREAM_SPLIT,
  ),
  "booleans in runs": column(
    (i) => i % 1000 < 500 || i % 3 === 0,
    (v) => vectorFromArray(v),
    String,
    RLE,
  ),
};

function write(vector: Vector, properties: WriterPropertiesBuilder): Buffer {
  const ipc = tableToIPC(new Table({ v: vector }), "stream");
  return Buffer.from(writeParquet(WasmTable.fromIPCStream(ipc), properties.build()));
}

describe("a file of arrow-rs's", () => {
  const cases = Object.entries(COLUMNS).flatMap(([name, { encodings }]) =>
    [undefined, Encoding.PLAIN, ...encodings].flatMap((encoding) =>
      [WriterVersion.V1, WriterVersion.V2].map(
        (version) => [name, encoding === undefined ? "a dictionary" : Encoding[encoding], version, encoding] as const,
      ),
    ),
  );

  it.each(cases)("has the values of %s in the encoding %s, version %i", async (name, _, version, encoding) => {
    const { vector, texts } = COLUMNS[name]!;
    let properties = new WriterPropertiesBuilder()
      .setWriterVersion(version)
      .setCompression(Compression.SNAPPY)
      .setDictionaryEnabled(encoding === undefined)
      // Many small pages.
      .setDataPageSizeLimit(2000)
      .setWriteBatchSize(128);
    if (encoding !== undefined) properties = properties.setColumnEncoding("v", encoding);
    const bytes = write(vector(), properties);

    const { records } = await decodeAll(bytes);

    expect(records.map(([value]) => value)).toEqual(texts);
  });

  it.each(["SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW", "UNCOMPRESSED"] as const)(
    "compressed as %s",
    async (codec) => {
      const { vector, texts } = COLUMNS["texts with nulls"]!;
      const bytes = write(vector(), new WriterPropertiesBuilder().setCompression(Compression[codec]));

      const { records } = await decodeAll(bytes);

      expect(records.map(([value]) => value)).toEqual(texts);
    },
  );

  it("is cut where a page of any column ends, and read in steps", async () => {
    const texts = numbers.map((i) => `${i}`.repeat(400));
    const ipc = tableToIPC(new Table({ long: utf8(texts), short: utf8(numbers.map(String)) }), "stream");
    const properties = new WriterPropertiesBuilder()
      .setDictionaryEnabled(false)
      .setCompression(Compression.UNCOMPRESSED)
      .setDataPageSizeLimit(100_000)
      .setWriteBatchSize(50);
    const bytes = Buffer.from(writeParquet(WasmTable.fromIPCStream(ipc), properties.build()));
    const source = memorySource(bytes);

    const { records, counts, nexts } = await decodeAll(source);

    expect(records).toEqual(numbers.map((i) => [texts[i], String(i)]));
    expect(counts.length).toBeGreaterThan(20);
    expect(Math.max(...source.reads.map(({ length }) => length))).toBeLessThanOrEqual(1024 * 1024);
    for (const b of [0, 7, counts.length - 2]) {
      const start = counts.slice(0, b + 1).reduce((sum, count) => sum + count, 0);
      await expect(decodeAll(bytes, { from: nexts[b]! })).resolves.toMatchObject({ records: records.slice(start) });
    }
  });
});

describe("a file of parquetjs-lite's", () => {
  const parquet = createRequire(import.meta.url)("parquetjs-lite") as {
    ParquetSchema: new (fields: object) => object;
    ParquetWriter: {
      openFile(
        schema: object,
        path: string,
      ): Promise<{ appendRow(row: object): Promise<void>; close(): Promise<void> }>;
    };
  };

  it.each(["UNCOMPRESSED", "SNAPPY", "GZIP"])(
    "compressed as %s has the values that were written",
    async (compression) => {
      const path = duck.path();
      const schema = new parquet.ParquetSchema({
        text: { type: "UTF8", compression },
        maybe: { type: "UTF8", optional: true, compression },
        count: { type: "INT32", compression },
        ok: { type: "BOOLEAN", compression },
        price: { type: "DOUBLE", compression },
        at: { type: "TIMESTAMP_MILLIS", compression },
        tags: { type: "UTF8", repeated: true, compression },
        lines: {
          repeated: true,
          fields: { sku: { type: "UTF8", compression }, n: { type: "INT64", optional: true, compression } },
        },
      });
      const writer = await parquet.ParquetWriter.openFile(schema, path);
      for (let i = 0; i < 300; i++) {
        await writer.appendRow({
          text: `ä${i}`,
          ...(i % 3 === 0 ? {} : { maybe: `m${i}` }),
          count: -i,
          ok: i % 2 === 0,
          price: i / 8,
          at: new Date(1_700_000_000_000 + i),
          tags: Array.from({ length: i % 3 }, (_, t) => `t${t}`),
          lines: i % 4 === 0 ? [] : [{ sku: "a", n: i }, { sku: "b" }],
        });
      }
      await writer.close();

      const { records } = await decodeAll(await readFile(path));

      expect(records).toEqual(
        Array.from({ length: 300 }, (_, i) => [
          `ä${i}`,
          i % 3 === 0 ? null : `m${i}`,
          String(-i),
          String(i % 2 === 0),
          String(i / 8),
          new Date(1_700_000_000_000 + i).toISOString(),
          JSON.stringify(Array.from({ length: i % 3 }, (_, t) => `t${t}`)),
          JSON.stringify(
            i % 4 === 0
              ? []
              : [
                  { sku: "a", n: i },
                  { sku: "b", n: null },
                ],
          ),
        ]),
      );
    },
  );
});

describe("three million flights", () => {
  /** A sum that depends on every value and on where it stands. */
  const checksum = (value: string): string => `sum((file_row_number % 1009) * (${value}))`;
  const letters = (field: string): string => `ord(${field}[1]) * 65536 + ord(${field}[2]) * 256 + ord(${field}[3])`;

  it("have the checksums that DuckDB computes", async () => {
    const path = fileURLToPath(new URL("../data/flights-3m.parquet", import.meta.resolve("vega-datasets")));
    const values = [
      "epoch_us(date) // 60000000 % 99991",
      "delay",
      "distance",
      letters("origin"),
      letters("destination"),
    ];
    const [theirs] = await duck.texts(
      `SELECT count(*), ${values.map(checksum).join(", ")} FROM read_parquet('${path}', file_row_number = true)`,
    );

    let count = 0;
    const sums = [0, 0, 0, 0, 0];
    for await (const batch of decodeParquet(memorySource(await readFile(path)), { maxRecordBytes: 1000 })) {
      for (const [c, column] of batch.columns.entries()) {
        for (let r = 0; r < batch.count; r++) sums[c]! += (batch.offsets[r]! % 1009) * summand(column, r);
      }
      count += batch.count;
    }

    expect([count, ...sums].map(String)).toEqual(theirs);
  });
});

/** The cell as the number that the sums are made of. */
function summand(column: Column, record: number): number {
  if (column.form === LONG) {
    const value = column.words[record * 2 + 1]! * 2 ** 32 + (column.words[record * 2]! >>> 0);
    return column.type.name === "timestamp" ? Math.floor(value / 60_000_000) % 99_991 : value;
  }
  if (column.form !== TEXT) throw new Error("There is another column.");
  const start = column.starts[record]!;
  return column.ends[record]! - start === 3 ? column.bytes.readUIntBE(start, 3) : Number.NaN;
}
