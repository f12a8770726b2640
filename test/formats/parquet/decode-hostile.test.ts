import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FormatError } from "../../../src/formats/format.ts";
import { decodeParquet } from "../../../src/formats/parquet/decode-parquet.ts";
import { MAX_PAGE_BYTES } from "../../../src/formats/parquet/page-header.ts";
import { Codec, Encoding, PhysicalType } from "../../../src/formats/parquet/parquet-types.ts";
import { decodeAll, Duck, memorySource } from "./decode-support.ts";
import {
  dictionaryPage,
  i32,
  i64,
  plainPage,
  struct,
  tinyParquet,
  uint32,
  varint,
  writeStruct,
} from "./tiny-parquet.ts";
import type { TinyPage } from "./tiny-parquet.ts";

const OPTIONS = [
  "compression uncompressed",
  "compression snappy",
  "compression gzip",
  "compression lz4_raw",
  "compression zstd, parquet_version 'V2'",
  "compression uncompressed, parquet_version 'V2', dictionary_size_limit 1, string_dictionary_page_size_limit 1",
];
const RECORDS = 40;
const SELECT = `
  SELECT i AS n, CASE WHEN i % 3 = 0 THEN NULL ELSE i * 1000 END::INTEGER AS m, 'ä' || i AS t, 'v' || (i % 3) AS d,
    i % 2 = 0 AS b, i / 7 AS f, (i * 1.01)::DECIMAL(30,2) AS dec, [i, NULL, i + 1] AS l, {'a': i, 'b': ['x' || i]} AS s,
    MAP {'k' || i: i} AS mp, md5(i::VARCHAR)::UUID AS u, TIME '00:00:01' AS tm, encode('b' || i) AS bl
  FROM (SELECT range AS i FROM range(${RECORDS}))`;

let files: Buffer[] = [];
beforeAll(async () => {
  const duck = await Duck.open();
  for (const options of OPTIONS) files.push((await duck.write(SELECT, options)).bytes);
  await duck.close();
});
afterAll(() => {
  files = [];
});

/** Decodes; a `FormatError` is an answer, anything else that is thrown is not. Returns how many records there were. */
async function decodeOrRefuse(bytes: Buffer): Promise<number | FormatError> {
  let records = 0;
  try {
    for await (const batch of decodeParquet(memorySource(bytes), { maxRecordBytes: 1 << 20 })) {
      records += batch.count + batch.rejected.length;
    }
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  return records;
}

describe("a damaged file", () => {
  it("gives its records or fails with a FormatError, whatever bytes have changed", async () => {
    const edit = fc.tuple(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
    );
    const damage = fc.record({
      file: fc.nat(OPTIONS.length - 1),
      inFooter: fc.boolean(),
      edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
    });

    await fc.assert(
      fc.asyncProperty(damage, async ({ file, inFooter, edits }) => {
        const bytes = Buffer.from(files[file]!);
        const end = bytes.length - 8;
        const start = inFooter ? end - bytes.readUInt32LE(end) : 0;
        for (const [place, byte] of edits) bytes[start + Math.floor(place * (end - start))] = byte;

        const answer = await decodeOrRefuse(bytes);

        expect(answer instanceof FormatError || answer === RECORDS).toBe(true);
      }),
      { numRuns: 2500 },
    );
  });

  it("fails wherever it is cut off", async () => {
    for (const bytes of files) {
      for (let length = 0; length < bytes.length; length += 13) {
        expect(await decodeOrRefuse(bytes.subarray(0, length))).toBeInstanceOf(FormatError);
      }
    }
  });

  it("that lacks bytes in the middle gives its records or fails with a FormatError", async () => {
    for (const bytes of files) {
      for (let at = 4; at < bytes.length; at += 61) {
        const answer = await decodeOrRefuse(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 3)]));
        expect(answer instanceof FormatError || answer === RECORDS).toBe(true);
      }
    }
  });
});

describe("what is no Parquet file", () => {
  it.each([
    ["nothing", Buffer.alloc(0), /0 bytes are too few/],
    ["text", Buffer.from("id,name\n1,a\n2,b\n"), /does not end in `PAR1`/],
    ["a file with an encrypted footer", Buffer.from("PARE        \u0004\0\0\0PARE"), /is encrypted/],
    [
      "a footer that is longer than the file",
      Buffer.concat([Buffer.from("PAR1    "), uint32(9), Buffer.from("PAR1")]),
      /its footer has 9 bytes/,
    ],
    [
      "an empty footer",
      Buffer.concat([Buffer.from("PAR1"), uint32(0), Buffer.from("PAR1")]),
      /the footer cannot be understood/,
    ],
  ])("%s is refused by its name", async (_, bytes, message) => {
    await expect(decodeAll(bytes)).rejects.toThrow(message);
    await expect(decodeAll(bytes)).rejects.toThrow("`memory.parquet`");
  });

  it("is refused when its size is unknown", async () => {
    const source = { ...memorySource(files[0]!), size: undefined };

    await expect(decodeAll(source)).rejects.toThrow(/size is unknown/);
  });
});

describe("a footer that lies", () => {
  const footer = (fields: Parameters<typeof writeStruct>[0], tail = Buffer.alloc(0)): Buffer => {
    const body = Buffer.concat([writeStruct(fields), tail]);
    return Buffer.concat([Buffer.from("PAR1"), body, uint32(body.length), Buffer.from("PAR1")]);
  };

  it("about the length of a list is refused before memory is allocated for it", async () => {
    const body = Buffer.concat([Buffer.from([0x29, 0xfc]), varint(2n ** 31n)]);
    const bytes = Buffer.concat([Buffer.from("PAR1"), body, uint32(body.length), Buffer.from("PAR1")]);

    await expect(decodeAll(bytes)).rejects.toThrow(/end too early/);
  });

  it("about a schema of endless depth is refused", async () => {
    const groups = Array.from({ length: 5000 }, () => struct({ 3: i32(0), 4: { text: "g" }, 5: i32(1) }));

    await expect(decodeAll(footer({ 2: { list: groups }, 3: i64(0), 4: { list: [] } }))).rejects.toThrow(
      /nests deeper/,
    );
  });

  it("with structures of endless depth is refused", async () => {
    const nested = Buffer.alloc(100_000, 0x1c);

    await expect(decodeAll(footer({ 1: i32(1) }, nested))).rejects.toThrow(FormatError);
  });

  it("about how many records there are is refused", async () => {
    const file = (records: number, values: number): Buffer =>
      tinyParquet({
        schema: [{ name: "v", type: PhysicalType.INT32 }],
        fields: 1,
        records,
        chunks: [{ values, pages: [plainPage(1, Buffer.alloc(4))] }],
      });

    await expect(decodeAll(file(2 ** 50, 1), { fields: [] })).rejects.toThrow(/1 values for 1125899906842624 records/);
    await expect(decodeAll(file(2, 2))).rejects.toThrow(FormatError);
  });
});

describe("a page that lies about its size", () => {
  const file = (codec: number, page: TinyPage, values = 1): Buffer =>
    tinyParquet({
      schema: [{ name: "v", type: PhysicalType.INT32 }],
      fields: 1,
      records: values,
      chunks: [{ values, codec, pages: [page] }],
    });

  it("by more than the limit is refused before it is decompressed", async () => {
    const page = { ...plainPage(1, Buffer.alloc(4)), plainBytes: MAX_PAGE_BYTES + 1 };

    await expect(decodeAll(file(Codec.SNAPPY, page))).rejects.toThrow(/larger than the limit/);
  });

  it.each(Object.entries(Codec))("is refused when compressed as %s", async (_, codec) => {
    const page = { ...plainPage(1, Buffer.from([4, 12, 1, 2, 3, 4])), plainBytes: 1 << 20 };

    await expect(decodeAll(file(codec, page))).rejects.toThrow(FormatError);
  });

  it("with a dictionary of more entries than it has bytes is refused", async () => {
    const page = dictionaryPage(2 ** 31 - 1, Buffer.alloc(4));

    await expect(decodeAll(file(Codec.UNCOMPRESSED, page))).rejects.toThrow(/ends before its last entry/);
  });

  it("with more deltas than values is refused before memory is allocated for them", async () => {
    const body = Buffer.concat([varint(128n), varint(4n), varint(2n ** 40n), varint(0n)]);

    await expect(decodeAll(file(Codec.UNCOMPRESSED, plainPage(1, body, Encoding.DELTA_BINARY_PACKED)))).rejects.toThrow(
      /at most 1 values says that it has 1099511627776/,
    );
  });

  it("with deltas in blocks of no size is refused", async () => {
    for (const [block, parts] of [
      [0n, 0n],
      [128n, 0n],
      [0n, 4n],
      [7n, 1n],
      [2n ** 60n, 1n],
    ] as const) {
      const body = Buffer.concat([varint(block), varint(parts), varint(5n), varint(0n), Buffer.alloc(40)]);
      const page = plainPage(5, body, Encoding.DELTA_BINARY_PACKED);

      const answer = await decodeOrRefuse(file(Codec.UNCOMPRESSED, page, 5));

      expect(answer instanceof FormatError || answer === 5).toBe(true);
    }
  });

  it("by values that share long prefixes is refused before it is written out", async () => {
    // The prefixes grow by 4,000 from value to value, and what comes after them is empty.
    const count = 100_000;
    const rising = (step: bigint): Buffer =>
      Buffer.concat([
        varint(1n << 40n),
        varint(1n),
        varint(BigInt(count)),
        varint(0n),
        varint(step * 2n),
        Buffer.from([0]),
      ]);
    const body = Buffer.concat([rising(4000n), rising(0n)]);
    const bytes = tinyParquet({
      schema: [{ name: "v", type: PhysicalType.BYTE_ARRAY }],
      fields: 1,
      records: count,
      chunks: [{ values: count, pages: [plainPage(count, body, Encoding.DELTA_BYTE_ARRAY)] }],
    });

    await expect(decodeAll(bytes)).rejects.toThrow(/larger than the limit/);
  });
});

it("passes on what the source throws", async () => {
  const failure = new Error("The network is down.");
  const source = memorySource(files[0]!);
  let reads = 0;
  const failing = {
    ...source,
    read: (from: number, length: number) => (reads++ === 0 ? source.read(from, length) : Promise.reject(failure)),
  };

  await expect(decodeAll(failing)).rejects.toBe(failure);
});
