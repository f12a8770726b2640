import { parquetMetadata } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ByteWriter } from "../../../src/batch/byte-writer.ts";
import type { FieldType } from "../../../src/batch/field-type.ts";
import { createParquetEncoder } from "../../../src/formats/parquet/encode-parquet.ts";
import { json, number } from "../../support/batches.ts";
import { Duck } from "./decode-support.ts";
import {
  arrayBufferOf,
  binarySample,
  cellSample,
  encode,
  pagesOf,
  readWithDuckdb,
  readWithParquetjsLite,
  stringSample,
} from "./encode-support.ts";
import type { Sample } from "./encode-support.ts";

const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const MILLIS: FieldType = { name: "timestamp", unit: "ms", utc: true };
const NANOS: FieldType = { name: "timestamp", unit: "ns", utc: true };

/** Each field with what parquetjs-lite gives for it; a null is a member that its records do not have. */
const CASES: readonly [sample: Sample, values: readonly unknown[]][] = [
  [binarySample("boolean", { name: "boolean" }, [1, null, 0]), [true, undefined, false]],
  [binarySample("int32", { name: "int32" }, [-2147483648, null, 7]), [-2147483648, undefined, 7]],
  [binarySample("date", { name: "date" }, [-1, null, 1]), [new Date(-86_400_000), undefined, new Date(86_400_000)]],
  [
    binarySample("int64", { name: "int64" }, [-(2n ** 63n), null, 2n ** 53n + 1n]),
    [-(2n ** 63n), undefined, 2n ** 53n + 1n],
  ],
  [binarySample("float", { name: "float" }, [0.5, null, -2]), [0.5, undefined, -2]],
  [binarySample("double", { name: "double" }, [0.1, null, 1e300]), [0.1, undefined, 1e300]],
  [
    binarySample("decimal", { name: "decimal", precision: 18, scale: 2 }, [999999999999999999n, null, -5n]),
    ["9999999999999999.99", undefined, "-0.05"],
  ],
  [
    cellSample("wide", { name: "decimal", precision: 38, scale: 3 }, [number("1e30"), null, number("-0.5")], []),
    [`1${"0".repeat(30)}.000`, undefined, "-0.500"],
  ],
  [binarySample("ms", MILLIS, [-1n, null, 1_700_000_000_123n]), [new Date(-1), undefined, new Date(1_700_000_000_123)]],
  [
    binarySample("us", { name: "timestamp", unit: "us", utc: false }, [1000n, null, 1_700_000_000_123_000n]),
    [new Date(1), undefined, new Date(1_700_000_000_123)],
  ],
  [
    binarySample("ns", NANOS, [-1n, null, 1_700_000_000_123_456_789n]),
    ["1969-12-31T23:59:59.999999999Z", undefined, "2023-11-14T22:13:20.123456789Z"],
  ],
  [stringSample("string", ["", null, "Ångström 🚀"]), ["", undefined, "Ångström 🚀"]],
  [
    cellSample("json", { name: "json" }, [json({ a: [1] }), null, json("text")], []),
    ['{"a":[1]}', undefined, '"text"'],
  ],
  [
    cellSample(
      "binary",
      { name: "binary" },
      [{ bytes: Buffer.from([0, 255, 128]) }, null, { bytes: Buffer.of(255) }],
      [],
    ),
    [Buffer.from([0, 255, 128]), undefined, Buffer.of(255)],
  ],
];
const SAMPLES = CASES.map(([sample]) => ({ ...sample, expected: ["", "", ""] }));

describe("the conservative profile", () => {
  let duck: Duck;
  beforeAll(async () => {
    duck = await Duck.open();
  });
  afterAll(() => duck.close());

  for (const codec of ["snappy", "uncompressed"] as const) {
    it(`is read by parquetjs-lite, every type and null (${codec})`, async () => {
      const rows = await readWithParquetjsLite(encode(SAMPLES, { codec, conservative: true }));

      const values = SAMPLES.map(({ name }) => rows.map((row) => row[name]));
      expect(values).toEqual(CASES.map(([, expected]) => expected));
    });
  }

  it("is read by parquetjs-lite over many row groups, with nulls everywhere", async () => {
    const texts = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? null : `value ${i % 17}`));
    const numbers = texts.map((text, i) => (text === null ? i : null));
    const samples = [stringSample("s", texts), binarySample("n", { name: "int32" }, numbers)];

    const rows = await readWithParquetjsLite(
      encode(samples, { codec: "snappy", conservative: true, rowGroupRecords: 7 }),
    );

    expect(rows.map(({ s }) => s ?? null)).toEqual(texts);
    expect(rows.map(({ n }) => n ?? null)).toEqual(numbers);
  });

  it("is read by parquetjs-lite where all is null, and where there is no record", async () => {
    const samples = [stringSample("s", [null, null]), binarySample("n", { name: "double" }, [null, null])];
    const none = samples.map((sample) => ({ ...sample, expected: [] }));

    expect(await readWithParquetjsLite(encode(samples, { conservative: true }))).toEqual([{}, {}]);
    expect(await readWithParquetjsLite(encode(none, { conservative: true }))).toEqual([]);
  });

  it("never mixes dictionary and plain pages in a chunk", async () => {
    const texts = Array.from({ length: 30_000 }, (_, i) => (i < 20_000 ? `value ${i % 100}` : `unique ${i}`));
    const samples = [stringSample("s", texts)];
    const file = encode(samples, { codec: "snappy", conservative: true, rowGroupRecords: 25_000 });

    const encodings = pagesOf(file).map(([pages]) => [...new Set(pages!.map(({ encoding }) => encoding))]);
    const rows = await readWithParquetjsLite(file);

    expect(encodings).toEqual([[PLAIN_DICTIONARY], [PLAIN]]);
    expect(rows.map(({ s }) => s)).toEqual(texts);
  });

  it("writes a chunk plainly from its start when its dictionary is full", async () => {
    const texts = Array.from({ length: 70_000 }, (_, i) => `value ${Math.floor(i / 2)}`);
    const samples = [stringSample("s", texts)];
    const file = encode(samples, { codec: "snappy", conservative: true });

    const encodings = pagesOf(file).map(([pages]) => [...new Set(pages!.map(({ encoding }) => encoding))]);

    expect(encodings).toEqual([[PLAIN]]);
    expect(await readWithDuckdb(duck, file, samples)).toEqual([texts]);
  });

  it("ends row groups by their bytes before compression, which old readers hold decoded", () => {
    const texts = Array.from({ length: 2000 }, () => "x".repeat(996));
    const file = encode([stringSample("s", texts)], { conservative: true, rowGroupBytes: 512 * 1000 });

    const records = parquetMetadata(arrayBufferOf(file)).row_groups.map(({ num_rows }) => Number(num_rows));

    expect(records).toEqual([512, 512, 512, 464]);
  });

  it("declares format version 1 and only types from before the logical types", async () => {
    const metadata = parquetMetadata(arrayBufferOf(encode(SAMPLES, { conservative: true })));

    expect(metadata.version).toBe(1);
    expect(metadata.schema.slice(1).map(({ type, converted_type }) => [type, converted_type])).toEqual([
      ["BOOLEAN", undefined],
      ["INT32", undefined],
      ["INT32", "DATE"],
      ["INT64", undefined],
      ["FLOAT", undefined],
      ["DOUBLE", undefined],
      ["BYTE_ARRAY", "UTF8"],
      ["BYTE_ARRAY", "UTF8"],
      ["INT64", "TIMESTAMP_MICROS"],
      ["INT64", "TIMESTAMP_MICROS"],
      ["BYTE_ARRAY", "UTF8"],
      ["BYTE_ARRAY", "UTF8"],
      ["BYTE_ARRAY", "UTF8"],
      ["BYTE_ARRAY", undefined],
    ]);
  });

  it("refuses an instant that microseconds cannot tell instead of changing it", () => {
    const sample = binarySample("ms", MILLIS, [2n ** 62n]);
    const encoder = createParquetEncoder([sample], { codec: "snappy", conservative: true });

    expect(() => encoder.append([sample.column], Int32Array.of(0), 0, 1, new ByteWriter())).toThrow(RangeError);
  });
});
