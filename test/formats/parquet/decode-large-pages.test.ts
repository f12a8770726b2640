import * as fc from "fast-check";
import { snappyCompressor } from "hysnappy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crc32 } from "node:zlib";
import { BATCH_RECORDS } from "../../../src/batch/batch.ts";
import { decodeParquet } from "../../../src/formats/parquet/decode-parquet.ts";
import { FormatError } from "../../../src/formats/format.ts";
import { Codec, PhysicalType } from "../../../src/formats/parquet/parquet-types.ts";
import { decodeAll, Duck, memorySource } from "./decode-support.ts";
import { byteArrays, i32, optionalPage, plainPage, struct, tinyParquet, uint32, varint } from "./tiny-parquet.ts";
import type { TinyPage } from "./tiny-parquet.ts";

/*
 * Pages of plain values that are longer than 256 KiB are decompressed a few values at a time.
 */

const compress = snappyCompressor();

let duck: Duck;
beforeAll(async () => {
  duck = await Duck.open();
});
afterAll(() => duck.close());

/** Pages of one column of texts, each of which is a value of its record or, in optional pages, may be null. */
function textFile(pages: readonly TinyPage[], values: number, codec: number, repetition = 0): Buffer {
  const schema = [{ name: "t", type: PhysicalType.BYTE_ARRAY, converted: 0, repetition }];
  return tinyParquet({ schema, fields: 1, records: values, chunks: [{ pages, values, codec }] });
}

function compressed(page: TinyPage): TinyPage {
  return { ...page, body: Buffer.from(compress(page.body)), plainBytes: page.body.length };
}

/** Texts that compress somewhat, some of them longer than 127 bytes. */
function someTexts(count: number): string[] {
  let state = 7;
  const next = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0);
  return Array.from({ length: count }, (_, i) => `${i}: ${"Straße ".repeat(next() % 30)}${next()} ${next()}`);
}

function texts(decoded: Awaited<ReturnType<typeof decodeAll>>): unknown[] {
  return decoded.records.map(([text]) => text);
}

describe("a large page", () => {
  const columns = `i AS n, CASE WHEN i % 5 = 0 THEN NULL ELSE 'ä' || repeat(md5(i::VARCHAR), (i % 9)::INTEGER) END AS t,
    CASE WHEN i % 3 < 2 THEN NULL ELSE i / 7 END AS f, i::DECIMAL(30,2) AS d, i::HUGEINT::VARCHAR::BLOB AS b,
    [i, NULL, i * 3] AS l, {'a': md5(i::VARCHAR), 'b': i} AS s, md5(i::VARCHAR)::UUID AS u`;
  const select = `SELECT ${columns} FROM (SELECT range AS i FROM range(100000))`;

  it.each(["uncompressed", "snappy"])("of any type is read whole when %s", async (codec) => {
    const options = `compression ${codec}, dictionary_size_limit 1, row_group_size 60000`;
    const { bytes, path } = await duck.write(select, options);
    const plain = ["n", "t", "f", "d", "u"];

    const { records, counts } = await decodeAll(bytes, { fields: plain });
    const nested = await decodeAll(bytes, { fields: ["l", "s"] });

    const expected = await duck.texts(`SELECT n, t, f::VARCHAR AS f, d, u FROM '${path}'`);
    expect(records.map(([n, t, , d, u]) => [n, t, d, u])).toEqual(expected.map(([n, t, , d, u]) => [n, t, d, u]));
    expect(records.map(([, , f]) => f && Number(f))).toEqual(expected.map(([, , f]) => f && Number(f)));
    expect(nested.records).toEqual(await duck.texts(`SELECT to_json(l)::VARCHAR, to_json(s)::VARCHAR FROM '${path}'`));
    expect(Math.min(...counts.slice(0, 20))).toBe(BATCH_RECORDS);
  });

  it("is gone on with wherever it was left", async () => {
    const { bytes } = await duck.write(select, "compression snappy, dictionary_size_limit 1");
    const whole = await decodeAll(bytes, { fields: ["t", "f", "l"] });

    for (let b = 0; b < whole.nexts.length - 1; b += 7) {
      const rest = await decodeAll(bytes, { fields: ["t", "f", "l"], from: whole.nexts[b]! });
      const before = whole.counts.slice(0, b + 1).reduce((sum, count) => sum + count, 0);

      expect(rest.records).toEqual(whole.records.slice(before));
    }
  });

  it("is read a step at a time", async () => {
    const values = someTexts(40_000);
    const bytes = textFile([plainPage(values.length, byteArrays(...values))], values.length, Codec.UNCOMPRESSED);
    const source = memorySource(bytes);

    const batches = decodeParquet(source, { maxRecordBytes: 1 << 24 });
    await batches.next();
    await batches.return(undefined);

    expect(bytes.length).toBeGreaterThan(4 * 1024 * 1024);
    expect(source.reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2.5 * 1024 * 1024);
  });

  it("may have nulls behind its last value", async () => {
    const values = someTexts(4000);
    const levels = [...Array.from({ length: 500 }, () => 0xff), ...Array.from({ length: 500 }, () => 0)];
    const page = plainPage(
      8000,
      Buffer.concat([uint32(levels.length + 2), varint(1001n + 1000n), Buffer.from(levels), byteArrays(...values)]),
    );

    const decoded = await decodeAll(textFile([compressed(page)], 8000, Codec.SNAPPY, 1));

    expect(texts(decoded)).toEqual([...values, ...Array.from({ length: 4000 }, () => null)]);
  });

  it("of version 2 has its levels before what is compressed", async () => {
    const values = someTexts(8000);
    const levels = Buffer.concat([varint(2001n), Buffer.alloc(1000, 0xff)]);
    const body = byteArrays(...values);
    const page = {
      header: {
        1: i32(3),
        8: struct({ 1: i32(8000), 2: i32(0), 3: i32(8000), 4: i32(0), 5: i32(levels.length), 6: i32(0) }),
      },
      body: Buffer.concat([levels, compress(body)]),
      plainBytes: levels.length + body.length,
    };

    const decoded = await decodeAll(textFile([page], 8000, Codec.SNAPPY, 1));

    expect(texts(decoded)).toEqual(values);
  });

  it("may be followed by another, and come before a small one", async () => {
    const values = someTexts(12_000);
    const pages = [values.slice(0, 5000), values.slice(5000, 11_990), values.slice(11_990)].map((part) =>
      compressed(plainPage(part.length, byteArrays(...part))),
    );

    expect(texts(await decodeAll(textFile(pages, 12_000, Codec.SNAPPY)))).toEqual(values);
  });

  it("may be one value", async () => {
    const value = someTexts(30_000).join("\n");

    const decoded = await decodeAll(textFile([compressed(plainPage(1, byteArrays(value)))], 1, Codec.SNAPPY));

    expect(texts(decoded)).toEqual([value]);
  });

  it("may copy from further back than is kept", async () => {
    const values = someTexts(6000);
    const body = byteArrays(...values);
    // One literal, then copies of its first 600,000 bytes, 60 at a time, with offsets of four bytes.
    const literal = Buffer.concat([Buffer.from([62 << 2]), uint32(body.length - 1).subarray(0, 3), body]);
    const copy = Buffer.concat([Buffer.from([(59 << 2) | 3]), uint32(body.length)]);
    const copied = byteArrays(...values.slice(0, 4000));
    const copies = Math.floor(copied.length / 60);
    const rest = copied.subarray(copies * 60);
    const tail = Buffer.concat([Buffer.from([(rest.length - 1) << 2]), rest]);
    const elements = [literal, ...Array.from({ length: copies }, () => copy), ...(rest.length > 0 ? [tail] : [])];
    const plainBytes = body.length + copied.length;
    const stored = Buffer.concat([varint(BigInt(plainBytes)), ...elements]);
    const page = { ...plainPage(10_000, stored), plainBytes };

    const decoded = await decodeAll(textFile([page], 10_000, Codec.SNAPPY));

    expect(texts(decoded)).toEqual([...values, ...values.slice(0, 4000)]);
  });

  it("rejects the records whose text is not UTF-8, whether it is short or long", async () => {
    const values: (string | Buffer)[] = someTexts(5000);
    values[3000] = Buffer.from([0x61, 0xff]);
    values[4000] = Buffer.concat([Buffer.alloc(200, 0x61), Buffer.from([0xc3])]);
    const page = compressed(plainPage(5000, byteArrays(...values)));

    const { rejected, records } = await decodeAll(textFile([page], 5000, Codec.SNAPPY));

    expect(rejected.map(({ code, offset }) => [code, offset])).toEqual([
      ["InvalidEncoding", 3000],
      ["InvalidEncoding", 4000],
    ]);
    expect(records.length).toBe(4998);
  });

  it.each([
    ["has", 0],
    ["does not have", 1],
  ])("that %s the checksum of its header is known by it", async (_, error) => {
    const page = compressed(plainPage(5000, byteArrays(...someTexts(5000))));
    const checked = {
      ...page,
      header: { 1: page.header[1], 4: i32((crc32(page.body) | 0) ^ error), 5: page.header[5] },
    };
    const decoding = decodeAll(textFile([checked], 5000, Codec.SNAPPY));

    if (error === 0) expect((await decoding).records.length).toBe(5000);
    else await expect(decoding).rejects.toThrow(/checksum/);
  });
});

describe("a large page that is damaged", () => {
  const values = someTexts(4000);
  const good = compressed(plainPage(4000, byteArrays(...values)));
  const optional = optionalPage(4000, Array.from({ length: 500 }, () => 0xff).slice(0, 63), byteArrays(...values));

  it("gives its records or fails with a FormatError, whatever bytes have changed", async () => {
    const edit = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        const body = Buffer.from(good.body);
        for (const [place, byte] of edits) body[Math.floor(place * body.length)] = byte;
        await decodeOrRefuse(textFile([{ ...good, body }], 4000, Codec.SNAPPY));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["ends early", { ...good, body: good.body.subarray(0, -1000) }, 4000],
    ["is longer than its header says", { ...good, plainBytes: good.plainBytes! - 5 }, 4000],
    ["has fewer values than its header says", good, 4001],
    ["has levels that end behind it", { ...optional, body: Buffer.concat([uint32(1 << 30), optional.body]) }, 504],
  ] as const)("fails with a FormatError when it %s", async (_, page, count) => {
    const isOptional = count === 504;
    const header = { ...page.header, 5: struct({ 1: i32(count), 2: i32(0), 3: i32(3), 4: i32(3) }) };
    const bytes = textFile(
      [{ ...page, header }],
      count,
      isOptional ? Codec.UNCOMPRESSED : Codec.SNAPPY,
      Number(isOptional),
    );

    await expect(decodeAll(bytes)).rejects.toThrow(FormatError);
  });
});

async function decodeOrRefuse(bytes: Buffer): Promise<void> {
  try {
    await decodeAll(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}
