import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FieldType } from "../../../src/batch/field-type.ts";
import { FormatError } from "../../../src/formats/format.ts";
import {
  ConvertedType,
  Encoding,
  LogicalType,
  PhysicalType,
  Repetition,
} from "../../../src/formats/parquet/parquet-types.ts";
import { decodeAll, Duck } from "./decode-support.ts";
import {
  byteArrays,
  dictionaryPage,
  i32,
  optionalPage,
  plainPage,
  struct,
  text,
  tinyParquet,
  uint32,
} from "./tiny-parquet.ts";
import type { TinyChunk, TinyElement, TinyPage } from "./tiny-parquet.ts";

/* Files that no writer at hand makes, written by hand. Where DuckDB reads them too, it is asked whether they are right. */

let duck: Duck;
beforeAll(async () => {
  duck = await Duck.open();
});
afterAll(() => duck.close());

const { OPTIONAL, REPEATED, REQUIRED } = Repetition;
const { BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, INT32, INT64, INT96 } = PhysicalType;

/** A file of one required column. */
function oneColumn(element: Omit<TinyElement, "name">, values: number, ...pages: readonly TinyPage[]): Buffer {
  return tinyParquet({
    schema: [{ name: "v", ...element }],
    fields: 1,
    records: values,
    chunks: [{ values, pages }],
  });
}

function int64s(...values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => bytes.writeBigInt64LE(BigInt.asIntN(64, value), i * 8));
  return bytes;
}

function int32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeInt32LE(value | 0, i * 4));
  return bytes;
}

/** INT96: nanoseconds of the day, Julian day. */
function int96(nanos: bigint, day: number): Buffer {
  return Buffer.concat([int64s(nanos), int32s(day)]);
}

const hex = (...values: readonly string[]): Buffer => Buffer.from(values.join(""), "hex");
const decimal = (precision: number, scale: number): FieldType => ({ name: "decimal", precision, scale });

interface RareCase {
  readonly element: Omit<TinyElement, "name">;
  readonly body: Buffer;
  readonly type: FieldType;
  readonly texts: readonly string[];
}

const CASES: Readonly<Record<string, RareCase>> = {
  INT96: {
    element: { type: INT96 },
    body: Buffer.concat([int96(0n, 2_440_588), int96(86_399_999_999_999n, 2_440_587), int96(1n, 2_460_000)]),
    type: { name: "timestamp", unit: "ns", utc: true },
    texts: ["1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999999999Z", "2023-02-24T00:00:00.000000001Z"],
  },
  FLOAT16: {
    element: { type: FIXED_LEN_BYTE_ARRAY, length: 2, logical: { [LogicalType.FLOAT16]: struct({}) } },
    body: hex("003c", "00c0", "0100", "ff7b", "007c", "00fc", "007e", "ff03"),
    type: { name: "float" },
    texts: ["1", "-2", "5.9604645e-8", "65504", "Infinity", "-Infinity", "NaN", "0.00006097555"],
  },
  "DECIMAL in BYTE_ARRAY, short": {
    element: { type: BYTE_ARRAY, converted: ConvertedType.DECIMAL, precision: 18, scale: 2 },
    body: byteArrays(
      hex("7b"),
      hex("ff85"),
      hex("000000000000000000007b"),
      hex("ffffffffffffffffff85"),
      hex("8000000000000000"),
      hex(""),
    ),
    type: decimal(18, 2),
    texts: ["1.23", "-1.23", "1.23", "-1.23", "-92233720368547758.08", "0.00"],
  },
  "DECIMAL in BYTE_ARRAY, long": {
    element: { type: BYTE_ARRAY, converted: ConvertedType.DECIMAL, precision: 30, scale: 3 },
    body: byteArrays(hex("7b"), hex("ff85"), hex("0de0b6b3a763fffffff0"), hex("")),
    type: decimal(30, 3),
    texts: ["0.123", "-0.123", "65535999999999999999.984", "0.000"],
  },
  "DECIMAL in FIXED_LEN_BYTE_ARRAY": {
    element: {
      type: FIXED_LEN_BYTE_ARRAY,
      length: 5,
      logical: { [LogicalType.DECIMAL]: struct({ 1: i32(1), 2: i32(11) }) },
    },
    body: hex("000000007b", "ffffffff85", "7fffffffff"),
    type: decimal(11, 1),
    texts: ["12.3", "-12.3", "54975581388.7"],
  },
  "DECIMAL in INT64 that says that it is wider": {
    element: { type: INT64, converted: ConvertedType.DECIMAL, precision: 19, scale: 2 },
    body: int64s(9_223_372_036_854_775_807n, -1n),
    type: decimal(19, 2),
    texts: ["92233720368547758.07", "-0.01"],
  },
  "TIME in milliseconds": {
    element: { type: INT32, converted: ConvertedType.TIME_MILLIS },
    body: int32s(0, 1, 86_399_999, 43_200_000, 86_400_000),
    type: { name: "string" },
    texts: ["00:00:00", "00:00:00.001", "23:59:59.999", "12:00:00", "24:00:00"],
  },
  "TIME in nanoseconds": {
    element: {
      type: INT64,
      logical: { [LogicalType.TIME]: struct({ 1: { bool: true }, 2: struct({ 3: struct({}) }) }) },
    },
    body: int64s(1n, 1_000n, 1_000_000n, 86_399_999_999_999n),
    type: { name: "string" },
    texts: ["00:00:00.000000001", "00:00:00.000001", "00:00:00.001", "23:59:59.999999999"],
  },
  "TIMESTAMP of old writers, which is UTC": {
    element: { type: INT64, converted: ConvertedType.TIMESTAMP_MILLIS },
    body: int64s(0n, -1n),
    type: { name: "timestamp", unit: "ms", utc: true },
    texts: ["1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z"],
  },
  "text of fixed length": {
    element: { type: FIXED_LEN_BYTE_ARRAY, length: 3, converted: ConvertedType.UTF8 },
    body: Buffer.from("abcä1"),
    type: { name: "string" },
    texts: ["abc", "ä1"],
  },
  INTERVAL: {
    element: { type: FIXED_LEN_BYTE_ARRAY, length: 12, converted: ConvertedType.INTERVAL },
    body: int32s(1, 2, 3),
    type: { name: "binary" },
    texts: ["AQAAAAIAAAADAAAA"],
  },
  "an annotation that does not go with its type": {
    element: { type: INT32, converted: ConvertedType.UTF8 },
    body: int32s(7),
    type: { name: "int32" },
    texts: ["7"],
  },
  "an annotation that nobody knows": {
    element: { type: BYTE_ARRAY, logical: { 99: struct({}) } },
    body: byteArrays("abc"),
    type: { name: "binary" },
    texts: ["YWJj"],
  },
};

describe("a column of", () => {
  it.each(Object.entries(CASES))("%s", async (_, { element, body, type, texts }) => {
    const { types, records, rejected } = await decodeAll(
      oneColumn(element, texts.length, plainPage(texts.length, body)),
    );

    expect(types).toEqual([type]);
    expect(records.map(([value]) => value)).toEqual(texts);
    expect(rejected).toEqual([]);
  });

  it("type UNKNOWN has no values", async () => {
    const element = { type: INT32, repetition: OPTIONAL, logical: { [LogicalType.UNKNOWN]: struct({}) } };

    const { records } = await decodeAll(oneColumn(element, 3, optionalPage(3, [0], Buffer.alloc(0))));

    expect(records).toEqual([[null], [null], [null]]);
  });

  it("INT96 is what DuckDB reads", async () => {
    const values = [int96(45_296_000_000_123n, 2_415_021), int96(0n, 2_440_588), int96(86_399_000_000_000n, 2_488_070)];
    const file = oneColumn({ type: INT96 }, 3, plainPage(3, Buffer.concat(values)));

    const { records } = await decodeAll(file);

    const theirs = await duck.texts(`SELECT epoch_ms(v)::BIGINT FROM '${await duck.keep(file)}'`);
    expect(records.map(([value]) => String(Date.parse(value!)))).toEqual(theirs.map(([value]) => value));
  });
});

describe("a value that cannot be had rejects its record:", () => {
  const utf8 = { type: BYTE_ARRAY, converted: ConvertedType.UTF8 };
  const bad = Buffer.from([0x61, 0xff]);
  const cut = Buffer.from("ä").subarray(0, 1);

  it("text that is not UTF-8 in a page of values", async () => {
    const body = byteArrays("a", bad, "ä", cut, Buffer.from([0xa4]), "z");

    const { records, offsets, rejected } = await decodeAll(oneColumn(utf8, 6, plainPage(6, body)));

    expect(records).toEqual([["a"], ["ä"], ["z"]]);
    expect(offsets).toEqual([0, 2, 5]);
    expect(rejected.map(({ code, offset, field }) => [code, offset, field])).toEqual([
      ["InvalidEncoding", 1, "v"],
      ["InvalidEncoding", 3, "v"],
      ["InvalidEncoding", 4, "v"],
    ]);
  });

  it("text that is not UTF-8 in a dictionary, between nulls", async () => {
    const indexes = Buffer.from([1, (1 << 1) | 1, 0b101101]);
    const file = tinyParquet({
      schema: [{ name: "v", ...utf8, repetition: OPTIONAL }],
      fields: 1,
      records: 8,
      chunks: [
        {
          values: 8,
          pages: [
            dictionaryPage(2, byteArrays("good", bad)),
            optionalPage(8, [0b01110111], indexes, Encoding.RLE_DICTIONARY),
          ],
        },
      ],
    });

    const { records, offsets, rejected } = await decodeAll(file);

    expect(records).toEqual([["good"], [null], ["good"], [null]]);
    expect(offsets).toEqual([1, 3, 5, 7]);
    expect(rejected.map(({ offset }) => offset)).toEqual([0, 2, 4, 6]);
  });

  it("a decimal with more digits than its type", async () => {
    const element = { type: BYTE_ARRAY, converted: ConvertedType.DECIMAL, precision: 18, scale: 0 };
    const body = byteArrays(hex("01"), hex("008000000000000000"), hex("ff7fffffffffffffff"), hex("02"));

    const { records, rejected } = await decodeAll(oneColumn(element, 4, plainPage(4, body)));

    expect(records).toEqual([["1"], ["2"]]);
    expect(rejected.map(({ code, offset }) => [code, offset])).toEqual([
      ["TypeMismatch", 1],
      ["TypeMismatch", 2],
    ]);
  });

  it("an instant in INT96 that nanoseconds cannot count", async () => {
    const body = Buffer.concat([int96(0n, 0), int96(0n, 2_440_589), int96(0n, 5_000_000)]);

    const { records, rejected } = await decodeAll(oneColumn({ type: INT96 }, 3, plainPage(3, body)));

    expect(records).toEqual([["1970-01-02T00:00:00.000Z"]]);
    expect(rejected.map(({ offset }) => offset)).toEqual([0, 2]);
  });

  it("a time of more than a day, or before it", async () => {
    const element = { type: INT32, converted: ConvertedType.TIME_MILLIS };

    const { records, rejected } = await decodeAll(oneColumn(element, 3, plainPage(3, int32s(-1, 5, 86_400_001))));

    expect(records).toEqual([["00:00:00.005"]]);
    expect(rejected.map(({ offset }) => offset)).toEqual([0, 2]);
  });

  it("of several columns once, and takes it out of all of them", async () => {
    const good = byteArrays("a", "b", "c", "d");
    const mixed = byteArrays("e", bad, bad, "h");
    const chunk = (...pages: TinyPage[]): TinyChunk => ({ values: 4, pages });
    const file = tinyParquet({
      schema: [
        { name: "n", type: INT64 },
        { name: "good", ...utf8 },
        { name: "mixed", ...utf8 },
        { name: "also", ...utf8 },
      ],
      fields: 4,
      records: 4,
      chunks: [
        chunk(plainPage(4, int64s(1n, 2n, 3n, 4n))),
        chunk(plainPage(4, good)),
        chunk(plainPage(4, mixed)),
        chunk(plainPage(4, mixed)),
      ],
    });

    const { records, rejected } = await decodeAll(file, { fields: ["n", "good", "mixed", "also", "good", "none"] });

    expect(records).toEqual([
      ["1", "a", "e", "e", "a", undefined],
      ["4", "d", "h", "h", "d", undefined],
    ]);
    expect(rejected.map(({ offset, field }) => [offset, field])).toEqual([
      [1, "mixed"],
      [2, "mixed"],
    ]);
  });
});

describe("pages", () => {
  const element = { type: INT32 };

  it("of any number of values make up a chunk", async () => {
    const pages = [[], [1], [2, 3], [], [4]].map((values) => plainPage(values.length, int32s(...values)));

    const { records, counts } = await decodeAll(oneColumn(element, 4, ...pages));

    expect(records).toEqual([["1"], ["2"], ["3"], ["4"]]);
    expect(counts).toEqual([1, 2, 1]);
  });

  it("of an unknown type are passed by", async () => {
    const unknown: TinyPage = { header: { 1: i32(1), 6: struct({}) }, body: Buffer.from("an index") };

    const { records } = await decodeAll(oneColumn(element, 1, unknown, plainPage(1, int32s(9))));

    expect(records).toEqual([["9"]]);
  });

  it("are checked when they have a checksum", async () => {
    const page = (checksum: number): TinyPage => {
      const { header, body } = plainPage(1, Buffer.from([1, 2, 3, 4]));
      return { header: { 4: i32(checksum), ...header }, body };
    };
    // CRC-32 of 01 02 03 04 is b63cfbcd.
    const good = 0xb63cfbcd | 0;

    await expect(decodeAll(oneColumn(element, 1, page(good)))).resolves.toMatchObject({ records: [["67305985"]] });
    await expect(decodeAll(oneColumn(element, 1, page(good + 1)))).rejects.toThrow(/checksum/);
  });

  it("whose values end too early fail with their place", async () => {
    const failure = decodeAll(oneColumn(element, 2, plainPage(2, int32s(1))));

    await expect(failure).rejects.toThrow(FormatError);
    await expect(failure).rejects.toThrow("`memory.parquet`: row group 0, column `v` cannot be read");
  });

  it("whose levels are greater than any can be fail", async () => {
    const levels = Buffer.from([1 << 1, 2]);
    const page = plainPage(1, Buffer.concat([uint32(levels.length), levels, int32s(1)]));

    await expect(decodeAll(oneColumn({ type: INT32, repetition: OPTIONAL }, 1, page))).rejects.toThrow(
      "a value has more than 1 bits",
    );
  });

  it("whose values of a fixed length have another fail", async () => {
    // Two lengths, 2 and 3, as DELTA_BINARY_PACKED: the first, then one block of the difference 1.
    const lengths = Buffer.from([0x80, 1, 1, 2, 4, 2, 0]);
    const page = plainPage(2, Buffer.concat([lengths, Buffer.from("abcde")]), Encoding.DELTA_LENGTH_BYTE_ARRAY);

    await expect(decodeAll(oneColumn({ type: BYTE_ARRAY }, 2, page))).resolves.toMatchObject({
      records: [["YWI="], ["Y2Rl"]],
    });
    await expect(decodeAll(oneColumn({ type: FIXED_LEN_BYTE_ARRAY, length: 2 }, 2, page))).rejects.toThrow(
      "a value of 2 bytes has 3",
    );
  });

  it("that are missing fail", async () => {
    await expect(decodeAll(oneColumn(element, 2, plainPage(1, int32s(1))))).rejects.toThrow(FormatError);
  });

  it("that name an entry that the dictionary does not have fail", async () => {
    const pages = [dictionaryPage(1, int32s(5)), plainPage(1, Buffer.from([1, 2, 1]), Encoding.RLE_DICTIONARY)];

    await expect(decodeAll(oneColumn(element, 1, ...pages))).rejects.toThrow("the dictionary has no entry 1");
  });

  it("without values may leave out the width of their indexes", async () => {
    const file = tinyParquet({
      schema: [{ name: "v", type: INT32, repetition: OPTIONAL }],
      fields: 1,
      records: 2,
      chunks: [
        {
          values: 2,
          pages: [dictionaryPage(1, int32s(5)), optionalPage(2, [0], Buffer.alloc(0), Encoding.RLE_DICTIONARY)],
        },
      ],
    });

    const { records } = await decodeAll(file);

    expect(records).toEqual([[null], [null]]);
  });
});

describe("a column that is elsewhere", () => {
  const file = (extra: TinyChunk["extra"]): Buffer =>
    tinyParquet({
      schema: [
        { name: "open", type: INT32 },
        { name: "closed", type: INT32 },
      ],
      fields: 2,
      records: 1,
      chunks: [
        { values: 1, pages: [plainPage(1, int32s(1))] },
        { values: 1, pages: [plainPage(1, int32s(2))], ...(extra && { extra }) },
      ],
    });

  it.each([
    ["encrypted", { 8: struct({ 1: struct({}) }) }, /encrypted/],
    ["in another file", { 1: text("other.parquet") }, /another file/],
  ])("%s, fails only when it is asked for", async (_, extra, message) => {
    const bytes = file(extra);

    await expect(decodeAll(bytes)).rejects.toThrow(message);
    await expect(decodeAll(bytes, { fields: ["open"] })).resolves.toMatchObject({ records: [["1"]] });
  });
});

describe("lists of old writers", () => {
  const leaf = { name: "element", type: INT32 };
  /** One record with [1, 2], one with []. */
  const levels = (repetition: readonly number[], definition: readonly number[]): Buffer =>
    Buffer.concat([repetition, definition].flatMap((bytes) => [uint32(bytes.length), Buffer.from(bytes)]));

  it("a repeated value is a list that is never null", async () => {
    // Levels of one bit: repetition 0 1 0, definition 1 1 0.
    const body = Buffer.concat([levels([3, 0b010], [3, 0b011]), int32s(1, 2)]);
    const file = tinyParquet({
      schema: [{ name: "v", type: INT32, repetition: REPEATED }],
      fields: 1,
      records: 2,
      chunks: [{ values: 3, pages: [plainPage(3, body)] }],
    });

    const { records, types } = await decodeAll(file);

    expect(types).toEqual([{ name: "json" }]);
    expect(records).toEqual([["[1,2]"], ["[]"]]);
    expect(await duck.texts(`SELECT to_json(v) FROM '${await duck.keep(file)}'`)).toEqual(records);
  });

  // The rules of https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists, where DuckDB has its own.
  const annotated = { repetition: OPTIONAL, children: 1, converted: ConvertedType.LIST };

  it.each([
    [
      "a list of two levels",
      [
        { name: "v", ...annotated },
        { ...leaf, repetition: REPEATED },
      ],
      "[1,2]",
    ],
    [
      "a list whose elements are structs named array",
      [
        { name: "v", ...annotated },
        { name: "array", repetition: REPEATED, children: 1 },
        { ...leaf, name: "x" },
      ],
      '[{"x":1},{"x":2}]',
    ],
    [
      "a list whose elements are structs named after it",
      [
        { name: "v", ...annotated },
        { name: "v_tuple", repetition: REPEATED, children: 1 },
        { ...leaf, name: "x" },
      ],
      '[{"x":1},{"x":2}]',
    ],
    [
      "a list of three levels",
      [
        { name: "v", ...annotated },
        { name: "bag", repetition: REPEATED, children: 1 },
        { ...leaf, name: "x" },
      ],
      "[1,2]",
    ],
  ] as [string, TinyElement[], string][])("%s", async (_, schema, expected) => {
    // Definition levels of two bits: 2 2, then 1 (empty), then 0 (null).
    const body = Buffer.concat([levels([3, 0b0010], [3, 0b00011010, 0]), int32s(1, 2)]);
    const file = tinyParquet({ schema, fields: 1, records: 3, chunks: [{ values: 4, pages: [plainPage(4, body)] }] });

    const { records } = await decodeAll(file);

    expect(records).toEqual([[expected], ["[]"], [null]]);
  });

  it("a list may begin on one page and end on another", async () => {
    const page = (repetition: number, ...values: number[]): TinyPage =>
      plainPage(values.length, Buffer.concat([levels([3, repetition], [3, 0xff]), int32s(...values)]));
    const file = tinyParquet({
      schema: [{ name: "v", type: INT32, repetition: REPEATED }],
      fields: 1,
      records: 2,
      chunks: [{ values: 6, pages: [page(0b10, 1, 2), page(0b11, 3, 4), page(0b10, 5, 6)] }],
    });

    const { records } = await decodeAll(file);

    expect(records).toEqual([["[1,2,3,4]"], ["[5,6]"]]);
  });

  it("a value that is not UTF-8 rejects its record", async () => {
    const values = byteArrays("a", Buffer.from([0xff]), "c");
    const file = tinyParquet({
      schema: [{ name: "v", type: BYTE_ARRAY, repetition: REPEATED, converted: ConvertedType.UTF8 }],
      fields: 1,
      records: 2,
      chunks: [{ values: 3, pages: [plainPage(3, Buffer.concat([levels([3, 0b010], [3, 0b111]), values]))] }],
    });

    const { records, offsets, rejected } = await decodeAll(file);

    expect(records).toEqual([['["c"]']]);
    expect(offsets).toEqual([1]);
    expect(rejected).toMatchObject([{ code: "InvalidEncoding", offset: 0, field: "v" }]);
  });
});

describe("maps of old writers", () => {
  const schema = (keyRepetition: number): TinyElement[] => [
    { name: "v", repetition: REQUIRED, children: 1, converted: ConvertedType.MAP_KEY_VALUE },
    { name: "map", repetition: REPEATED, children: 2 },
    { name: "key", type: BYTE_ARRAY, repetition: keyRepetition, converted: ConvertedType.UTF8 },
    { name: "value", type: INT32 },
  ];
  const runs = (...bytes: number[]): Buffer => Buffer.concat([uint32(bytes.length), Buffer.from(bytes)]);

  it("a key that comes twice stays twice", async () => {
    const keys = Buffer.concat([runs(3, 0b10), runs(4, 1), byteArrays("k", "k")]);
    const values = Buffer.concat([runs(3, 0b10), runs(4, 1), int32s(1, 2)]);
    const file = tinyParquet({
      schema: schema(REQUIRED),
      fields: 1,
      records: 1,
      chunks: [keys, values].map((body) => ({ values: 2, pages: [plainPage(2, body)] })),
    });

    const { records } = await decodeAll(file);

    expect(records).toEqual([['{"k":1,"k":2}']]);
  });

  it("a key that is null rejects its record", async () => {
    // Definition levels of two bits for the key: 2 1, then 2.
    const keys = Buffer.concat([runs(3, 0b010), runs(3, 0b100110, 0), byteArrays("a", "b")]);
    const values = Buffer.concat([runs(3, 0b010), runs(6, 1), int32s(1, 2, 3)]);
    const file = tinyParquet({
      schema: schema(OPTIONAL),
      fields: 1,
      records: 2,
      chunks: [keys, values].map((body) => ({ values: 3, pages: [plainPage(3, body)] })),
    });

    const { records, rejected } = await decodeAll(file);

    expect(records).toEqual([['{"b":3}']]);
    expect(rejected).toMatchObject([{ code: "MalformedRecord", offset: 0 }]);
  });

  it("columns that do not agree how many entries there are fail", async () => {
    const keys = Buffer.concat([runs(3, 0b10), runs(4, 1), byteArrays("a", "b")]);
    const values = Buffer.concat([runs(3, 0b110), runs(6, 1), int32s(1, 2, 3)]);
    const file = tinyParquet({
      schema: schema(REQUIRED),
      fields: 1,
      records: 1,
      chunks: [
        { values: 2, pages: [plainPage(2, keys)] },
        { values: 3, pages: [plainPage(3, values)] },
      ],
    });

    await expect(decodeAll(file)).rejects.toThrow("its levels do not agree");
  });
});
