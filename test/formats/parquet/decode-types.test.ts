import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FieldType } from "../../../src/batch/field-type.ts";
import { readParquetSchema } from "../../../src/formats/parquet/read-parquet-schema.ts";
import { decodeAll, Duck, memorySource } from "./decode-support.ts";
import type { Decoded } from "./decode-support.ts";

/** DuckDB is the oracle: the same file, read by DuckDB as text, holds the same values. */
let duck: Duck;
beforeAll(async () => {
  duck = await Duck.open();
});
afterAll(() => duck.close());

interface TypeCase {
  readonly type: FieldType;
  /** The value of record `i` in SQL. */
  readonly sql: string;
  /** DuckDB's text of a value in our spelling, or what both spellings have in common. */
  readonly spell?: (text: string) => string;
}

/** ISO 8601 with as many decimals as there are digits to show. */
function instant(text: string): string {
  return text
    .replace(" ", "T")
    .replace("+00", "Z")
    .replace(/(\.\d*?)0+(?=Z?$)/, "$1")
    .replace(/\.(?=Z?$)/, "");
}

const number = (text: string): string => String(Number(text));
const time = (text: string): string => text.replace(/(\.\d*?)0+$/, "$1");
const base64 = (text: string): string =>
  Buffer.from(
    text.replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString("base64");

const timestamp = (unit: "ms" | "us" | "ns", utc = false): FieldType => ({ name: "timestamp", unit, utc });
const decimal = (precision: number, scale: number): FieldType => ({ name: "decimal", precision, scale });

const MICROS = "TIMESTAMP '1969-12-31 23:00:00.000001' + to_microseconds(i * 86400000001)";
const SECONDS = "TIMESTAMP '1969-12-31 23:00:00' + to_seconds(i * 86401)";

const CASES: Readonly<Record<string, TypeCase>> = {
  boolean: { type: { name: "boolean" }, sql: "i % 3 = 0" },
  "boolean, in runs": { type: { name: "boolean" }, sql: "i // 500 % 2 = 0" },
  tinyint: { type: { name: "int32" }, sql: "(i % 200 - 100)::TINYINT" },
  smallint: { type: { name: "int32" }, sql: "(i * 7 % 60000 - 30000)::SMALLINT" },
  integer: { type: { name: "int32" }, sql: "(i * 1234567 % 4294967296 - 2147483648)::INTEGER" },
  "integer, ascending": { type: { name: "int32" }, sql: "i::INTEGER" },
  bigint: { type: { name: "int64" }, sql: "i * 1611686018427387 - 2500" },
  "bigint, at both ends": {
    type: { name: "int64" },
    sql: "CASE i % 2 WHEN 0 THEN 9223372036854775807 - i ELSE -9223372036854775808 + i END",
  },
  utinyint: { type: { name: "int32" }, sql: "(i % 256)::UTINYINT" },
  usmallint: { type: { name: "int32" }, sql: "(65535 - i)::USMALLINT" },
  uinteger: { type: { name: "int64" }, sql: "(4294967295 - i)::UINTEGER" },
  ubigint: { type: decimal(20, 0), sql: "18446744073709551615::UBIGINT - i::UBIGINT" },
  hugeint: { type: { name: "double" }, sql: "i::HUGEINT * 1000000000000000000000", spell: number },
  float: { type: { name: "float" }, sql: "(i / 7)::FLOAT", spell: number },
  double: { type: { name: "double" }, sql: "i / 7 - 100", spell: number },
  "double, not finite": {
    type: { name: "double" },
    sql: "CASE i % 3 WHEN 0 THEN 'nan' WHEN 1 THEN 'infinity' ELSE '-infinity' END::DOUBLE",
    spell: (text) => text.replace("nan", "NaN").replace("inf", "Infinity").replace("Infinityinity", "Infinity"),
  },
  "decimal of 4 digits": { type: decimal(4, 1), sql: "(i % 1000 / 10 - 50)::DECIMAL(4,1)" },
  "decimal of 9 digits": { type: decimal(9, 2), sql: "(i * -10.07)::DECIMAL(9,2)" },
  "decimal of 18 digits": { type: decimal(18, 4), sql: "(99999999999999.9999 - i)::DECIMAL(18,4)" },
  "decimal of 38 digits": {
    type: decimal(38, 10),
    sql: "('-1234567890123456789012345678.' || lpad(i::VARCHAR, 10, '0'))::DECIMAL(38,10)",
  },
  date: { type: { name: "date" }, sql: "DATE '1600-02-28' + (i * 91)::INTEGER" },
  time: { type: { name: "string" }, sql: "TIME '00:00:00' + to_microseconds(i * 17280001)", spell: time },
  timestamp: { type: timestamp("us"), sql: MICROS, spell: instant },
  timestamptz: { type: timestamp("us", true), sql: `(${MICROS})::TIMESTAMPTZ`, spell: instant },
  timestamp_s: { type: timestamp("us"), sql: `(${SECONDS})::TIMESTAMP_S`, spell: instant },
  timestamp_ms: { type: timestamp("ms"), sql: `(${SECONDS} + to_milliseconds(7))::TIMESTAMP_MS`, spell: instant },
  timestamp_ns: { type: timestamp("ns"), sql: "make_timestamp_ns(i * 1234567891234 - 999)", spell: instant },
  varchar: { type: { name: "string" }, sql: `'wört 東京 ' || i || chr(10) || '"\\,' || repeat('x', i % 300)` },
  "varchar, ascii": { type: { name: "string" }, sql: "'https://www.example.com/' || i" },
  "varchar, few": { type: { name: "string" }, sql: "CASE i % 4 WHEN 0 THEN '' ELSE 'ä' || i % 5 END" },
  "varchar, one": { type: { name: "string" }, sql: "'always'" },
  blob: { type: { name: "binary" }, sql: "encode('wört ' || i)", spell: base64 },
  uuid: { type: { name: "string" }, sql: "md5(i::VARCHAR)::UUID" },
  enum: {
    type: { name: "string" },
    sql: `(CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b,c' ELSE 'd"' END)::ENUM('a', 'b,c', 'd"')`,
  },
  json: { type: { name: "string" }, sql: `('{"a":' || i || '}')::JSON` },
  "all null": { type: { name: "int32" }, sql: "NULL::INTEGER" },
};

/** One file of each: a column per case, twice: `i` everywhere, and null in every seventh record. */
const FILES: Readonly<Record<string, string>> = {
  "version 1": "compression snappy, row_group_size 2048",
  "version 1, without dictionaries": "compression uncompressed, dictionary_size_limit 1",
  "version 2": "compression zstd, parquet_version 'V2', row_group_size 2048",
  "version 2, without dictionaries":
    "compression snappy, parquet_version 'V2', dictionary_size_limit 1, string_dictionary_page_size_limit 1",
};

const RECORDS = 2100;

function selectAll(): string {
  const columns = Object.entries(CASES).flatMap(([name, { sql }]) => [
    `${sql} AS "${name}"`,
    `CASE WHEN i % 7 = 3 THEN NULL ELSE ${sql} END AS "${name}, with nulls"`,
  ]);
  return `SELECT ${columns.join(", ")} FROM (SELECT range::BIGINT AS i FROM range(${RECORDS}))`;
}

describe.each(Object.entries(FILES))("a file of DuckDB's, %s", (_, options) => {
  let decoded: Decoded;
  let expected: (string | null)[][];
  let schema: Awaited<ReturnType<typeof readParquetSchema>>;
  beforeAll(async () => {
    const { bytes, path } = await duck.write(selectAll(), options);
    decoded = await decodeAll(bytes);
    schema = await readParquetSchema(memorySource(bytes));
    expected = await duck.texts(`SELECT * FROM '${path}'`);
  });

  it("gives every record once, in order", () => {
    expect(decoded.offsets).toEqual(Array.from({ length: RECORDS }, (_, i) => i));
    expect(decoded.rejected).toEqual([]);
  });

  it("is described as it is decoded", () => {
    expect(schema.records).toBe(RECORDS);
    expect(schema.fields.map(({ name }) => name)).toEqual(decoded.fields);
    expect(schema.fields.map(({ type }) => type)).toEqual(decoded.types);
  });

  it.each(Object.entries(CASES))("has DuckDB's values of %s", (name, { type, spell = (text: string) => text }) => {
    for (const field of [name, `${name}, with nulls`]) {
      const column = decoded.fields.indexOf(field);
      const own = decoded.records.map((record) => record[column]);
      const theirs = expected.map((record) => record[column] ?? null);

      expect(decoded.types[column]).toEqual(type);
      // Times and numbers may be spelled in more than one way.
      const common = spell === instant || spell === number || spell === time ? spell : (text: string) => text;
      expect(own.map((text) => text && common(text))).toEqual(theirs.map((text) => text && spell(text)));
    }
  });
});
