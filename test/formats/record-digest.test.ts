import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column } from "../../src/batch/batch.ts";
import { ByteWriter } from "../../src/batch/byte-writer.ts";
import type { FieldType } from "../../src/batch/field-type.ts";
import { RecordSum } from "../../src/batch/record-sum.ts";
import { createCsvEncoder, csvHeader } from "../../src/formats/csv/encode-csv.ts";
import { createJsonEncoder } from "../../src/formats/json/encode-json.ts";
import { createParquetEncoder } from "../../src/formats/parquet/encode-parquet.ts";
import { decodeParquet } from "../../src/formats/parquet/decode-parquet.ts";
import { createRecordDigest } from "../../src/formats/record-digest.ts";
import { binaryColumn, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";

/** The digest of texts as records. */
function sumOf(records: readonly string[]): RecordSum {
  const sum = new RecordSum();
  for (const record of records) {
    const bytes = Buffer.from(record);
    sum.add(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  }
  return sum;
}

/** The digest of a text file that comes in pieces, cut at these places. */
function digestOf(format: "json" | "csv", file: Buffer, cuts: readonly number[] = []): RecordSum {
  const digest = createRecordDigest(format);
  let from = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), file.length]) {
    const to = Math.max(from, Math.min(cut, file.length));
    digest.addBytes(file.subarray(from, to));
    from = to;
  }
  return digest.finish();
}

const TEXTS = fc.array(fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", "é", "\\") }), { maxLength: 30 });
const CUTS = fc.array(fc.nat(300), { maxLength: 8 });

describe("RecordSum", () => {
  it("does not depend on the order of records, but on how often each is there", () => {
    expect(sumOf(["a", "b", "b"]).digest).toBe(sumOf(["b", "a", "b"]).digest);
    expect(sumOf(["a", "b", "b"]).digest).not.toBe(sumOf(["a", "a", "b"]).digest);
    expect(sumOf(["a", "b", "b"]).digest).not.toBe(sumOf(["a"]).digest);
    expect(sumOf([]).digest).toBe("0".repeat(32));
  });

  it("adds up", () => {
    const sum = sumOf(["a", "b"]);
    sum.addDigest(2, sumOf(["c", "d"]).digest);

    expect([sum.records, sum.digest]).toEqual([4, sumOf(["d", "c", "b", "a"]).digest]);
  });
});

describe("the digest of a text file", () => {
  it("is that of its JSON lines, wherever the bytes are cut", () => {
    fc.assert(
      fc.property(TEXTS, CUTS, (texts, cuts) => {
        const out = new ByteWriter(16);
        createJsonEncoder(["t"]).append([textColumn(texts)], everyRecord(texts.length), 0, texts.length, out);

        const sum = digestOf("json", out.take(), cuts);

        expect([sum.records, sum.digest]).toEqual([
          texts.length,
          sumOf(texts.map((t) => JSON.stringify({ t }))).digest,
        ]);
      }),
    );
  });

  it("is that of its CSV records without the header, whatever their cells hold, wherever the bytes are cut", () => {
    fc.assert(
      fc.property(TEXTS, CUTS, (texts, cuts) => {
        const fields = ['the "header"', "b\n"];
        const columns = [textColumn(texts), textColumn(texts.map(() => "x"))];
        const file = (from: number, to: number) => {
          const out = new ByteWriter(16);
          const encoder = createCsvEncoder(fields);
          encoder.append(columns, everyRecord(texts.length), from, to, out);
          encoder.finish(out);
          return out.take();
        };
        const lines = texts.map((_, i) =>
          file(i, i + 1)
            .subarray(csvHeader(fields).length, -1)
            .toString(),
        );

        const sum = digestOf("csv", file(0, texts.length), cuts);

        expect([sum.records, sum.digest]).toEqual([texts.length, sumOf(lines).digest]);
      }),
    );
  });

  it("counts what stands behind the last line end", () => {
    expect(digestOf("json", Buffer.from('{"a":1}\n{"a":2')).records).toBe(2);
    expect(digestOf("csv", Buffer.from("a\n")).records).toBe(0);
    expect(digestOf("csv", Buffer.from("")).records).toBe(0);
  });
});

interface Field {
  readonly type: FieldType;
  readonly column: Column;
}

const COUNT = 20;
const longs = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
const NUMBERS: readonly (readonly [FieldType, fc.Arbitrary<number | bigint>])[] = [
  [{ name: "boolean" }, fc.constantFrom(0, 1)],
  [{ name: "int32" }, fc.integer()],
  [{ name: "date" }, fc.integer({ min: -700_000, max: 700_000 })],
  [{ name: "int64" }, longs],
  [{ name: "timestamp", unit: "ms", utc: true }, longs],
  [{ name: "timestamp", unit: "us", utc: false }, longs],
  [{ name: "timestamp", unit: "ns", utc: true }, longs],
  [{ name: "decimal", precision: 18, scale: 3 }, fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n })],
  [{ name: "decimal", precision: 7, scale: 2 }, fc.bigInt({ min: -9_999_999n, max: 9_999_999n })],
  [{ name: "float" }, fc.float()],
  [{ name: "double" }, fc.double()],
];
const CELLS: readonly (readonly [FieldType, fc.Arbitrary<Cell>])[] = [
  [{ name: "string" }, fc.string({ unit: "grapheme" })],
  [{ name: "string" }, fc.string().map((text): Cell => ({ escaped: JSON.stringify(text).slice(1, -1) }))],
  [{ name: "string" }, fc.string().map((text): Cell => ({ doubled: text.replaceAll('"', '""') }))],
  [{ name: "string" }, fc.uint8Array().map((bytes): Cell => ({ bytes }))],
  [{ name: "json" }, fc.json().map((json): Cell => ({ json }))],
  [{ name: "binary" }, fc.uint8Array().map((bytes): Cell => ({ bytes }))],
  [{ name: "decimal", precision: 38, scale: 4 }, fc.integer().map((n): Cell => ({ number: `${n}.50` }))],
];
const FIELD: fc.Arbitrary<Field> = fc.oneof(
  ...NUMBERS.map(([type, value]) =>
    column(fc.option(value)).map((cells) => ({ type, column: binaryColumn(type, cells) })),
  ),
  ...CELLS.map(([type, cell]) => column(fc.option(cell)).map((cells) => ({ type, column: textColumn(cells) }))),
);

describe("the digest of Parquet", () => {
  it("is the same of the records that are written as of those that are read, of every type", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(FIELD, { minLength: 1, maxLength: 6 }), async (fields) => {
        const read = await digestOfParquet(parquetOf(fields));

        expect([read.records, read.digest]).toEqual([COUNT, digestOfFields(fields).digest]);
      }),
    );
  });

  it("changes with any value, and with two that change places", () => {
    const types: readonly FieldType[] = [{ name: "string" }, { name: "int64" }];
    const fields = (texts: readonly (string | null)[], numbers: readonly (bigint | null)[]) =>
      digestOfFields(
        [
          { type: types[0]!, column: textColumn(texts) },
          { type: types[1]!, column: binaryColumn(types[1]!, numbers) },
        ],
        2,
      ).digest;

    const digests = [
      fields(["a", "b"], [1n, 2n]),
      fields(["a", "b"], [2n, 1n]),
      fields(["a", ""], [1n, 2n]),
      fields(["a", null], [1n, 2n]),
      fields(["a", "b"], [1n, null]),
      fields(["a", "b"], [1n, 2n ** 33n + 2n]),
    ];

    expect(new Set(digests).size).toBe(digests.length);
    expect(fields(["b", "a"], [2n, 1n])).toBe(digests[0]);
  });
});

function column<Value>(cell: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> {
  return fc.array(cell, { minLength: COUNT, maxLength: COUNT });
}

function parquetOf(fields: readonly Field[]): Buffer {
  const out = new ByteWriter(16);
  const named = fields.map(({ type }, i) => ({ name: `f${i}`, type }));
  const encoder = createParquetEncoder(named, { codec: "snappy", rowGroupRecords: 7 });
  encoder.append(
    fields.map((field) => field.column),
    everyRecord(COUNT),
    0,
    COUNT,
    out,
  );
  encoder.finish(out);
  return out.take();
}

function digestOfFields(fields: readonly Field[], count = COUNT): RecordSum {
  const digest = createRecordDigest(
    "parquet",
    fields.map(({ type }) => type),
  );
  digest.addRecords(
    fields.map((field) => field.column),
    everyRecord(count),
    0,
    count,
  );
  return digest.finish();
}

async function digestOfParquet(file: Buffer): Promise<RecordSum> {
  const source = {
    name: "file",
    size: file.length,
    async *stream(from = 0) {
      yield file.subarray(from);
    },
    read: (from: number, length: number) => Promise.resolve(Buffer.from(file.subarray(from, from + length))),
  };
  let digest = createRecordDigest("parquet");
  let begun = false;
  for await (const { columns, types, count, rejected } of decodeParquet(source, { maxRecordBytes: 1 << 20 })) {
    expect(rejected).toEqual([]);
    if (!begun) digest = createRecordDigest("parquet", types as readonly FieldType[]);
    begun = true;
    digest.addRecords(columns, everyRecord(count), 0, count);
  }
  return digest.finish();
}

function everyRecord(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, record) => record);
}
