import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ByteWriter } from "../../../src/batch/byte-writer.ts";
import { createParquetEncoder } from "../../../src/formats/parquet/encode-parquet.ts";
import { decodeParquet } from "../../../src/formats/parquet/decode-parquet.ts";
import { Duck, memorySource } from "./decode-support.ts";
import {
  binarySample,
  cellSample,
  encode,
  expectedValues,
  readWithArrow,
  readWithDuckdb,
  readWithHyparquet,
  stringSample,
  textSample,
} from "./encode-support.ts";
import type { Sample } from "./encode-support.ts";
import { json, number } from "../../support/batches.ts";

const CODECS = ["snappy", "zstd", "uncompressed"] as const;

const SAMPLES: readonly Sample[] = [
  binarySample("boolean", { name: "boolean" }, [1, null, 0, 1]),
  binarySample("int32", { name: "int32" }, [-2147483648, 2147483647, null, 0]),
  binarySample("date", { name: "date" }, [-25567, 0, 20000, null]),
  binarySample("int64", { name: "int64" }, [-(2n ** 63n), 2n ** 63n - 1n, null, 9007199254740993n]),
  binarySample("float", { name: "float" }, [1.1, null, -Infinity, 3.4028234663852886e38]),
  binarySample("double", { name: "double" }, [0.1, Number.MAX_VALUE, null, 5e-324]),
  binarySample("decimal 18,4", { name: "decimal", precision: 18, scale: 4 }, [999999999999999999n, -1n, null, 0n]),
  binarySample("decimal 5,0", { name: "decimal", precision: 5, scale: 0 }, [99999n, null, -99999n, 1n]),
  binarySample("utc ms", { name: "timestamp", unit: "ms", utc: true }, [-1n, 0n, null, 1700000000123n]),
  binarySample("local ms", { name: "timestamp", unit: "ms", utc: false }, [null, -62135596800000n, 1n, 2n]),
  binarySample("utc us", { name: "timestamp", unit: "us", utc: true }, [-1n, null, 1700000000123456n, 0n]),
  binarySample("local us", { name: "timestamp", unit: "us", utc: false }, [253402300799999999n, null, 0n, -1n]),
  binarySample("local ns", { name: "timestamp", unit: "ns", utc: false }, [1700000000123456789n, null, -1n, 1n]),
  cellSample(
    "decimal 38,10",
    { name: "decimal", precision: 38, scale: 10 },
    [number("9999999999999999999999999999.9999999999"), number("-1.5e3"), null, number("-0.0000000001")],
    ["99999999999999999999999999999999999999", "-15000000000000", null, "-1"],
  ),
  stringSample("string", ["", "Ångström 東京 🚀", null, "x".repeat(5000)]),
  textSample(
    "any cell",
    [{ escaped: 'a\\n\\"\\u00fc\\ud83d\\ude80' }, { doubled: 'say ""hi""' }, number("1.10"), undefined],
    ['a\n"ü🚀', 'say "hi"', "1.10", null],
  ),
  textSample(
    "other cells",
    [true, json({ a: [1, "b"] }), { bytes: Buffer.from([0, 255, 128]) }, "plain"],
    ["true", '{"a":[1,"b"]}', "AP+A", "plain"],
  ),
  cellSample(
    "json",
    { name: "json" },
    [json({ a: 1 }), json([1, 2]), null, json(null)],
    ['{"a":1}', "[1,2]", null, "null"],
  ),
  cellSample(
    "binary",
    { name: "binary" },
    [{ bytes: Buffer.from([0, 255]) }, "text", null, undefined],
    ["00ff", "74657874", null, null],
  ),
  binarySample("no value", { name: "int32" }, [null, null, null, null]),
  stringSample("no text", [null, null, null, null]),
  stringSample('naïve "name"', ["a", "b", "c", "d"]),
];

describe("createParquetEncoder", () => {
  let duck: Duck;
  beforeAll(async () => {
    duck = await Duck.open();
  });
  afterAll(() => duck.close());

  for (const codec of CODECS) {
    it(`writes every type so that DuckDB reads it back (${codec})`, async () => {
      const file = encode(SAMPLES, { codec });

      expect(await readWithDuckdb(duck, file, SAMPLES)).toEqual(expectedValues(SAMPLES));
    });

    it(`writes every type so that hyparquet reads it back (${codec})`, async () => {
      const file = encode(SAMPLES, { codec });

      expect(await readWithHyparquet(file, SAMPLES)).toEqual(expectedValues(SAMPLES));
    });

    it(`writes every type so that Arrow reads it back (${codec})`, () => {
      const file = encode(SAMPLES, { codec });

      expect(readWithArrow(file, SAMPLES)).toEqual(expectedValues(SAMPLES));
    });
  }

  it("tells readers the type of every field", async () => {
    const path = duck.path();
    await writeFile(path, encode(SAMPLES));

    const types = await duck.texts(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${path}')`);

    expect(Object.fromEntries(types)).toEqual({
      boolean: "BOOLEAN",
      int32: "INTEGER",
      date: "DATE",
      int64: "BIGINT",
      float: "FLOAT",
      double: "DOUBLE",
      "decimal 18,4": "DECIMAL(18,4)",
      "decimal 5,0": "DECIMAL(5,0)",
      "utc ms": "TIMESTAMP WITH TIME ZONE",
      "local ms": "TIMESTAMP",
      "utc us": "TIMESTAMP WITH TIME ZONE",
      "local us": "TIMESTAMP",
      "local ns": "TIMESTAMP_NS",
      "decimal 38,10": "DECIMAL(38,10)",
      string: "VARCHAR",
      "any cell": "VARCHAR",
      "other cells": "VARCHAR",
      json: "JSON",
      binary: "BLOB",
      "no value": "INTEGER",
      "no text": "VARCHAR",
      'naïve "name"': "VARCHAR",
    });
  });

  it("writes only the selected records, in the order of the selection", async () => {
    const sample = stringSample("s", ["a", "b", "c", "d"]);
    const out = new ByteWriter();
    const encoder = createParquetEncoder([sample], { codec: "snappy" });
    encoder.append([sample.column], Int32Array.of(9, 3, 1, 1, 9), 1, 4, out);
    encoder.finish(out);

    expect(await readWithHyparquet(out.take(), [sample])).toEqual([["d", "b", "b"]]);
  });

  it("writes what our own decoder reads into columns that can be written again", async () => {
    const out = new ByteWriter();
    const encoder = createParquetEncoder(SAMPLES, { codec: "snappy" });
    const decoded = decodeParquet(memorySource(encode(SAMPLES, { codec: "zstd" })), { maxRecordBytes: 1 << 20 });
    for await (const { columns, count, types } of decoded) {
      // JSON text is a string to the decoder.
      expect(types).toEqual(SAMPLES.map(({ type }) => (type.name === "json" ? { name: "string" } : type)));
      encoder.append(
        columns,
        Int32Array.from({ length: count }, (_, record) => record),
        0,
        count,
        out,
      );
    }
    encoder.finish(out);

    expect(readWithArrow(out.take(), SAMPLES)).toEqual(expectedValues(SAMPLES));
  });

  it("writes a file without records", async () => {
    const empty = SAMPLES.map((sample) => ({ ...sample, expected: [] }));

    const file = encode(empty);

    expect(await readWithDuckdb(duck, file, empty)).toEqual(expectedValues(empty));
    expect(await readWithHyparquet(file, empty)).toEqual(expectedValues(empty));
    expect(readWithArrow(file, empty)).toEqual(expectedValues(empty));
  });

  it("keeps data that is named like a member of every object", async () => {
    const samples = ["__proto__", "constructor", "", "toString"].map((name) => stringSample(name, [name, null]));

    const file = encode(samples);

    expect(readWithArrow(file, samples)).toEqual(expectedValues(samples));
  });
});
