import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ABSENT, CSV_SAFE, JSON_SAFE, NON_ASCII, STRING } from "../../../src/batch/cell-kind.ts";
import { BATCH_RECORDS, TEXT } from "../../../src/batch/batch.ts";
import type { DecoderPosition } from "../../../src/batch/batch.ts";
import { FormatError } from "../../../src/formats/format.ts";
import { decodeParquet } from "../../../src/formats/parquet/decode-parquet.ts";
import { readFooter } from "../../../src/formats/parquet/read-footer.ts";
import { readParquetSchema } from "../../../src/formats/parquet/read-parquet-schema.ts";
import { decodeAll, Duck, memorySource } from "./decode-support.ts";

let duck: Duck;
beforeAll(async () => {
  duck = await Duck.open();
});
afterAll(() => duck.close());

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("decodeParquet", () => {
  it.each(["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4", "lz4_raw"])("reads %s pages", async (codec) => {
    const { bytes, path } = await duck.write(
      "SELECT i::INTEGER AS n, 'wört ' || repeat('ab', i % 50) AS t FROM (SELECT range AS i FROM range(3000))",
      `compression ${codec}`,
    );

    const { records } = await decodeAll(bytes);

    expect(records).toEqual(await duck.texts(`SELECT * FROM '${path}'`));
  });

  it("cuts batches at their limit and at the ends of row groups", async () => {
    const { bytes } = await duck.write("SELECT range AS n FROM range(7000)", "row_group_size 6144");

    const { counts, offsets } = await decodeAll(bytes);

    const [inFirst, inSecond] = [6144, 7000 - 6144];
    expect(counts).toEqual([...Array.from({ length: inFirst / BATCH_RECORDS }, () => BATCH_RECORDS), inSecond]);
    expect(offsets).toEqual(range(0, 7000));
  });

  it("says where to go on after every batch, and null after the last", async () => {
    const { bytes } = await duck.write("SELECT range AS n FROM range(3000)", "row_group_size 2048");

    const { nexts } = await decodeAll(bytes);

    expect(nexts).toEqual([{ rowGroup: 0, record: BATCH_RECORDS }, { rowGroup: 1, record: 0 }, null]);
  });

  it("goes on at any record of any row group", async () => {
    const { bytes, path } = await duck.write(
      "SELECT range AS n, CASE WHEN range % 3 = 0 THEN NULL ELSE 'x' || range END AS t, [range] AS l FROM range(4200)",
      "row_group_size 2048",
    );
    const whole = await duck.texts(`SELECT n, t, to_json(l) FROM '${path}'`);

    for (const record of [0, 1, 1000, 2047, 2048, 3333, 4095, 4096, 4199]) {
      const from = { rowGroup: Math.floor(record / 2048), record: record % 2048 };
      const { records, offsets } = await decodeAll(bytes, { from });

      expect(records).toEqual(whole.slice(record));
      expect(offsets).toEqual(range(record, 4200));
    }
  });

  it("refuses a position that the object does not have", async () => {
    const { bytes } = await duck.write("SELECT range AS n FROM range(10)");

    const positions: DecoderPosition[] = [
      { rowGroup: 1, record: 0 },
      { rowGroup: 0, record: 10 },
      { rowGroup: 0, record: -1 },
      { rowGroup: 0, record: 0.5 },
      { offset: 3 },
    ];

    for (const from of positions) {
      await expect(decodeAll(bytes, { from })).rejects.toThrow(FormatError);
    }
  });

  it("gives one empty batch for an object without records", async () => {
    const { bytes } = await duck.write("SELECT range AS n, 'x' AS t, [1] AS l FROM range(0)");

    const { fields, types, counts, nexts } = await decodeAll(bytes, { fields: ["l", "none", "n", "t"] });

    expect(fields).toEqual(["l", "none", "n", "t"]);
    expect(types).toEqual([{ name: "json" }, undefined, { name: "int64" }, { name: "string" }]);
    expect(counts).toEqual([0]);
    expect(nexts).toEqual([null]);
  });

  it("gives the asked fields in the asked order, and unknown ones as absent", async () => {
    const { bytes } = await duck.write("SELECT 1 AS a, 'x' AS b, [2] AS c FROM range(3)");

    const { fields, records } = await decodeAll(bytes, { fields: ["c", "z", "a", "c"] });

    expect(fields).toEqual(["c", "z", "a", "c"]);
    expect(records).toEqual(Array.from({ length: 3 }, () => ["[2]", undefined, "1", "[2]"]));
  });

  it("counts the records when no asked field is there", async () => {
    const { bytes } = await duck.write("SELECT 1 AS a FROM range(1500)");

    for (const fields of [[], ["z"]]) {
      const { records, counts } = await decodeAll(bytes, { fields });

      expect(counts).toEqual([BATCH_RECORDS, 1500 - BATCH_RECORDS]);
      expect(records[0]).toEqual(fields.map(() => undefined));
    }
  });

  it("reads names that are no names of objects", async () => {
    const { bytes } = await duck.write(
      `SELECT 1 AS "__proto__", 2 AS "constructor", 3 AS " ", {'__proto__': 4} AS "a.b"`,
    );

    const { fields, records } = await decodeAll(bytes);

    expect(fields).toEqual(["__proto__", "constructor", " ", "a.b"]);
    expect(records).toEqual([["1", "2", "3", '{"__proto__":4}']]);
  });

  it("marks what encoders need not look at", async () => {
    const { bytes } = await duck.write(`
      SELECT v FROM (VALUES ('plain'), ('a,b'), ('a\\b'), ('a"b'), ('ä'), ('a' || chr(10)), ('')) t(v), range(100)`);
    const kinds = new Map<string, number>();

    for await (const batch of decodeParquet(memorySource(bytes), { maxRecordBytes: 1000 })) {
      const [column] = batch.columns;
      if (column?.form !== TEXT) throw new Error("The column is not text.");
      for (let r = 0; r < batch.count; r++) {
        kinds.set(column.bytes.toString("utf8", column.starts[r], column.ends[r]), column.kinds[r]!);
      }
    }

    expect(Object.fromEntries(kinds)).toEqual({
      plain: STRING | JSON_SAFE | CSV_SAFE,
      "a,b": STRING | JSON_SAFE,
      "a\\b": STRING | CSV_SAFE,
      'a"b': STRING,
      ä: STRING | JSON_SAFE | CSV_SAFE | NON_ASCII,
      "a\n": STRING,
      "": STRING | JSON_SAFE,
    });
  });

  it("marks columns of unlike text as it finds them", async () => {
    const { bytes } = await duck.write(
      "SELECT 'ascii ' || range AS a, 'ünicode ' || range AS u FROM range(3000)",
      "dictionary_size_limit 1",
    );

    for await (const batch of decodeParquet(memorySource(bytes), { maxRecordBytes: 1000 })) {
      const kinds = batch.columns.map((column) => (column.form === TEXT ? column.kinds[batch.count - 1] : undefined));
      expect(kinds).toEqual([STRING, STRING | NON_ASCII]);
    }
  });

  it("leaves absent cells absent in every batch", async () => {
    const { bytes } = await duck.write("SELECT range AS n FROM range(5000)");

    for await (const batch of decodeParquet(memorySource(bytes), { fields: ["z"], maxRecordBytes: 1000 })) {
      const [column] = batch.columns;
      expect(column?.form === TEXT && column.kinds.subarray(0, batch.count).every((kind) => kind === ABSENT)).toBe(
        true,
      );
    }
  });

  it("rejects records that are too large, and gives the others", async () => {
    const { bytes } = await duck.write(
      "SELECT repeat('x', i * 10) AS a, repeat('y', i * 10) AS b, i AS n FROM (SELECT range AS i FROM range(100))",
    );

    const { records, rejected, offsets } = await decodeAll(bytes, { maxRecordBytes: 1008 });

    expect(records.map(([, , n]) => Number(n))).toEqual(range(0, 51));
    expect(offsets).toEqual(range(0, 51));
    expect(rejected.map(({ code, offset }) => [code, offset])).toEqual(
      range(51, 100).map((offset) => ["RecordTooLarge", offset]),
    );
  });
});

describe("the reads of decodeParquet", () => {
  it("are one for a small object", async () => {
    const { bytes } = await duck.write("SELECT range AS n, 'x' || range AS t FROM range(1000)");
    const source = memorySource(bytes);

    await readParquetSchema(source);

    expect(source.reads).toHaveLength(1);
  });

  it("take small neighbouring chunks together", async () => {
    const { bytes } = await duck.write(
      "SELECT range AS a, range + 1 AS b, range + 2 AS c, range + 3 AS d FROM range(10000)",
      "row_group_size 2048, compression uncompressed",
    );
    const source = memorySource(bytes);

    await decodeAll(source);

    expect(source.reads).toHaveLength(1 + 5);
  });

  it("begin with the next row group as soon as all of one has been read, and with no other", async () => {
    const { bytes } = await duck.write("SELECT range AS n FROM range(80000)", "row_group_size 20480");
    const { rowGroups } = await readFooter(memorySource(bytes));
    const source = memorySource(bytes);

    const batches = decodeParquet(source, { maxRecordBytes: 1 << 24 });
    await batches.next();
    await batches.return(undefined);

    const [first, second, third] = rowGroups.map(({ chunks }) => chunks[0]!.start);
    expect(source.reads.slice(1).map(({ from }) => from)).toEqual([first, second]);
    expect(third).toBeGreaterThan(second!);
  });

  it("leave out the fields that are not asked for", async () => {
    const { bytes } = await duck.write(
      "SELECT i AS n, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS t FROM (SELECT range AS i FROM range(30000))",
      "compression uncompressed",
    );
    const source = memorySource(bytes);

    await decodeAll(source, { fields: ["n"] });

    const read = source.reads.reduce((sum, { length }) => sum + length, 0);
    expect(read).toBeLessThan(64 * 1024 + 30000 * 9);
  });

  it("take each byte once, also of pages that are longer than a step", async () => {
    const { bytes, path } = await duck.write(
      "SELECT md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS t, range AS n FROM range(60000)",
      "compression uncompressed, row_group_size 60000",
    );
    const source = memorySource(bytes);

    const { records } = await decodeAll(source);

    const [tail, ...chunks] = source.reads;
    expect(records).toEqual(await duck.texts(`SELECT * FROM '${path}'`));
    expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(bytes.length);
    expect(tail).toEqual({ from: bytes.length - 64 * 1024, length: 64 * 1024 });
    expect(chunks.length).toBeGreaterThan(2);
  });
});
