import { parquetMetadata } from "hyparquet";
import { describe, expect, it } from "vitest";
import { TEXT } from "../../../src/batch/batch.ts";
import type { TextColumn } from "../../../src/batch/batch.ts";
import { ByteWriter } from "../../../src/batch/byte-writer.ts";
import { BINARY, STRING } from "../../../src/batch/cell-kind.ts";
import { hashSpan } from "../../../src/formats/parquet/byte-span.ts";
import { createParquetEncoder } from "../../../src/formats/parquet/encode-parquet.ts";
import type { ParquetEncoderOptions } from "../../../src/formats/parquet/encode-parquet.ts";
import {
  appendSamples,
  arrayBufferOf,
  binarySample,
  encode,
  expectedValues,
  pagesOf,
  readWithArrow,
  readWithHyparquet,
  stringSample,
} from "./encode-support.ts";
import type { Sample } from "./encode-support.ts";

const MIB = 1024 * 1024;
const PLAIN = 0;
const RLE_DICTIONARY = 8;

const COUNT = 1000;
const RECORDS: readonly Sample[] = [
  binarySample(
    "i",
    { name: "int32" },
    Array.from({ length: COUNT }, (_, i) => (i % 3 === 0 ? null : i)),
  ),
  stringSample(
    "s",
    Array.from({ length: COUNT }, (_, i) => (i % 5 === 0 ? null : `value ${i % 50}`)),
  ),
];

/** Texts drawn from `distinct` ones, the same every time (the generator mulberry32). */
function repeated(count: number, distinct: number): string[] {
  let seed = 0;
  return Array.from({ length: count }, () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return `value ${((mixed ^ (mixed >>> 14)) >>> 0) % distinct}`;
  });
}

function recordsOfGroups(file: Buffer): number[] {
  return parquetMetadata(arrayBufferOf(file)).row_groups.map(({ num_rows }) => Number(num_rows));
}

describe("row groups", () => {
  it("end at the given number of records", () => {
    const file = encode(RECORDS, { rowGroupRecords: 300 });

    expect(recordsOfGroups(file)).toEqual([300, 300, 300, 100]);
    expect(readWithArrow(file, RECORDS)).toEqual(expectedValues(RECORDS));
  });

  it("have one record each if that is asked for", async () => {
    const file = encode(RECORDS, { rowGroupRecords: 1 });

    expect(recordsOfGroups(file)).toEqual(Array.from({ length: COUNT }, () => 1));
    expect(await readWithHyparquet(file, RECORDS)).toEqual(expectedValues(RECORDS));
  });

  it("end when they hold the given bytes", () => {
    const texts = Array.from({ length: 5000 }, (_, i) => `${i}`.padEnd(100, "."));
    const samples = [stringSample("s", texts)];

    const file = encode(samples, { rowGroupBytes: 64 * 1024 });

    expect(recordsOfGroups(file).length).toBeGreaterThanOrEqual(7);
    expect(recordsOfGroups(file).length).toBeLessThanOrEqual(8);
    expect(readWithArrow(file, samples)).toEqual([texts]);
  });

  it("are held back until they end, and counted", () => {
    const out = new ByteWriter();
    const encoder = createParquetEncoder(RECORDS, { codec: "uncompressed", rowGroupRecords: 2 * COUNT });
    expect(encoder.heldBytes).toBe(0);

    appendSamples(encoder, RECORDS, out);
    const heldByOne = encoder.heldBytes;
    const writtenByOne = out.length;
    appendSamples(encoder, RECORDS, out);

    expect(writtenByOne).toBeLessThanOrEqual(4);
    expect(heldByOne).toBeGreaterThan(COUNT * 4);
    expect(encoder.heldBytes).toBe(0);
    expect(out.length).toBeGreaterThan(heldByOne);
  });

  it("are held back compressed, page by page", () => {
    const texts = Array.from({ length: 400 }, (_, i) => `${i}`.padEnd(20_000, "."));
    const sample = stringSample("s", texts);
    const out = new ByteWriter();
    const encoder = createParquetEncoder([sample], { codec: "zstd" });

    appendSamples(encoder, [sample], out);

    // 8 MB of values: all but the last page take next to nothing, and a page has 1 MiB.
    expect(encoder.heldBytes).toBeLessThan(1.1 * MIB);
  });
});

describe("pages", () => {
  it("hold at most 1 MiB of values", () => {
    const count = 150_000;
    const samples = [
      binarySample(
        "l",
        { name: "int64" },
        Array.from({ length: count }, (_, i) => (i % 10 === 0 ? null : BigInt(i))),
      ),
      stringSample(
        "s",
        Array.from({ length: count }, (_, i) => `number ${i}`),
      ),
      stringSample("d", repeated(count, 8000)),
    ];

    const file = encode(samples, { rowGroupRecords: count, codec: "snappy" }, 2048);

    const pages = pagesOf(file);
    expect(pages).toHaveLength(1);
    for (const column of pages[0]!) {
      for (const page of column) expect(page.plainBytes).toBeLessThanOrEqual(MIB + count / 8 + 16);
    }
    expect(pages[0]!.map((column) => column.length)).toEqual([2, 3, 2]);
    expect(readWithArrow(file, samples)).toEqual(expectedValues(samples));
  });

  it("hold a single value however large it is", async () => {
    const huge = "Ω".repeat(2 * MIB);
    const samples = [stringSample("s", ["small", huge, null, huge, "small"])];
    for (const codec of ["snappy", "zstd", "uncompressed"] as const) {
      const file = encode(samples, { codec });

      expect(await readWithHyparquet(file, samples)).toEqual(expectedValues(samples));
    }
  });

  it("hold a single value in a row group of its own", () => {
    const samples = [stringSample("s", ["x".repeat(5 * MIB), "y".repeat(5 * MIB)])];

    const file = encode(samples, { rowGroupBytes: MIB, codec: "uncompressed" }, 1);

    expect(recordsOfGroups(file)).toEqual([1, 1]);
    expect(pagesOf(file).map(([pages]) => pages!.map(({ values }) => values))).toEqual([[1], [1]]);
    expect(readWithArrow(file, samples)).toEqual(expectedValues(samples));
  });

  it("hold nulls before a value that is too large for a dictionary", () => {
    const samples = [stringSample("s", [null, null, "x".repeat(2 * MIB), null])];

    const file = encode(samples);

    expect(pagesOf(file)[0]![0]!.map(({ values, encoding }) => [values, encoding])).toEqual([[4, PLAIN]]);
    expect(readWithArrow(file, samples)).toEqual(expectedValues(samples));
  });

  it("cannot hold a value of more than 1 GiB", () => {
    for (const kind of [STRING, BINARY]) {
      const column: TextColumn = {
        form: TEXT,
        kinds: Uint8Array.of(kind),
        starts: Int32Array.of(0),
        ends: Int32Array.of(1024 * MIB + 1),
        bytes: Buffer.alloc(32),
        view: new DataView(new ArrayBuffer(32)),
      };
      const encoder = createParquetEncoder([{ name: "s", type: { name: "string" } }], { codec: "snappy" });

      expect(() => encoder.append([column], Int32Array.of(0), 0, 1, new ByteWriter())).toThrow(
        "A value of 1073741825 bytes is too large for a Parquet page.",
      );
    }
  });
});

describe("dictionaries", () => {
  const encodingsOf = (texts: readonly (string | null)[], options: Partial<ParquetEncoderOptions> = {}): number[] => {
    const samples = [stringSample("s", texts)];
    const file = encode(samples, { rowGroupRecords: 500_000, ...options }, 1000);
    expect(readWithArrow(file, samples)).toEqual([texts]);
    return pagesOf(file)[0]![0]!.map(({ encoding }) => encoding);
  };
  const unique = (count: number): string[] => Array.from({ length: count }, (_, i) => `unique ${i}`);

  it("hold each value once", () => {
    const [dictionary, data] = pagesOf(encode([stringSample("s", [...repeated(100, 7), null])]))[0]![0]!;

    expect(dictionary).toMatchObject({ type: 2, values: 7 });
    expect(data).toMatchObject({ type: 0, values: 101, encoding: RLE_DICTIONARY });
  });

  for (const distinct of [1, 2, 3, 255, 256, 257, 511, 512, 513, 514, 4096, 8000]) {
    it(`are used for ${distinct} distinct values`, () => {
      expect(encodingsOf(repeated(distinct * 5, distinct))).toEqual([PLAIN, RLE_DICTIONARY]);
    });
  }

  it("are used for a few values that are all distinct", () => {
    expect(encodingsOf(unique(1000))).toEqual([PLAIN, RLE_DICTIONARY]);
  });

  it("are given up, from the chunk's start, when nearly every value is a new one", () => {
    expect(encodingsOf(unique(5000))).toEqual([PLAIN]);
    expect(encodingsOf(unique(5000).flatMap((text) => [null, text]))).toEqual([PLAIN]);
  });

  it("are given up later when most values are new ones", () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => `value ${i % 4 === 0 ? 0 : i}`);

    expect(new Set(encodingsOf(texts))).toEqual(new Set([PLAIN]));
  });

  it("end in the middle of a chunk when they have paid until then", () => {
    expect(encodingsOf([...repeated(20_000, 100), null, ...unique(40_000)])).toEqual([PLAIN, RLE_DICTIONARY, PLAIN]);
  });

  it("end when they are full", () => {
    const texts = Array.from({ length: 120_000 }, (_, i) => `value ${Math.floor(i / 3)}`);
    const encodings = encodingsOf(texts);

    expect(encodings.slice(0, 2)).toEqual([PLAIN, RLE_DICTIONARY]);
    expect(new Set(encodings.slice(2))).toEqual(new Set([PLAIN]));
  });

  it("hold at most 1 MiB", () => {
    const texts = [...repeated(1000, 100), ...unique(1000)].map((text) => text.padEnd(5000, "-"));
    const [dictionary, data, ...rest] = pagesOf(encode([stringSample("s", texts)]))[0]![0]!;

    expect(dictionary!.type).toBe(2);
    expect(dictionary!.plainBytes).toBeLessThanOrEqual(MIB);
    expect(data!.encoding).toBe(RLE_DICTIONARY);
    expect(rest.length).toBeGreaterThan(3);
  });

  it("are given up for values that are made to have the same place in the hash table", () => {
    const texts: string[] = [];
    const bytes = Buffer.alloc(16);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; texts.length < 300; i++) {
      const length = bytes.write(i.toString(36));
      if ((hashSpan(view, 0, length) & 0xfff) === 0) texts.push(i.toString(36));
    }

    expect(encodingsOf(texts)).toEqual([PLAIN]);
    expect(encodingsOf([...repeated(1000, 3), ...texts])).toEqual([PLAIN, RLE_DICTIONARY, PLAIN]);
  });

  it("start anew in every row group", () => {
    const samples = [stringSample("s", [...unique(3000), ...repeated(3000, 3), ...repeated(3000, 4)])];

    const file = encode(samples, { rowGroupRecords: 3000 });

    const encodings = pagesOf(file).map(([pages]) => pages!.map(({ encoding }) => encoding));
    expect(encodings).toEqual([[PLAIN], [PLAIN, RLE_DICTIONARY], [PLAIN, RLE_DICTIONARY]]);
    expect(pagesOf(file).map(([pages]) => pages![0]!.values)).toEqual([3000, 3, 4]);
    expect(readWithArrow(file, samples)).toEqual(expectedValues(samples));
  });
});
