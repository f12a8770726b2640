import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeAll, Duck } from "./decode-support.ts";
import type { Decoded } from "./decode-support.ts";

let duck: Duck;
beforeAll(async () => {
  duck = await Duck.open();
});
afterAll(() => duck.close());

interface NestedCase {
  /** The value of record `i` in SQL. */
  readonly sql: string;
  /** The same type with texts as leaves, so that DuckDB's JSON holds every value exactly. */
  readonly texts: string;
}

const CASES: Readonly<Record<string, NestedCase>> = {
  list: {
    sql: "CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN [] WHEN 2 THEN [NULL] ELSE [i, NULL, i * 1000000007, -i] END",
    texts: "VARCHAR[]",
  },
  "list of lists": {
    sql: `CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN [] WHEN 2 THEN [[]] WHEN 3 THEN [NULL, ['ä' || i]]
          ELSE [['a', NULL, 'b' || i], [], NULL, ['"quoted"' || chr(10), '\\']] END`,
    texts: "VARCHAR[][]",
  },
  struct: {
    sql: `CASE WHEN i % 4 = 0 THEN NULL ELSE
          {'id': 9223372036854775807 - i, 'a "name"': CASE WHEN i % 3 = 0 THEN NULL ELSE 'x' || i END, '__proto__': i % 2 = 0} END`,
    texts: `STRUCT(id VARCHAR, "a ""name""" VARCHAR, "__proto__" VARCHAR)`,
  },
  "struct of structs": {
    sql: `CASE WHEN i % 4 = 0 THEN NULL ELSE {'within': CASE WHEN i % 3 = 0 THEN NULL ELSE {'deep': {'v': i}} END, 'n': i} END`,
    texts: "STRUCT(within STRUCT(deep STRUCT(v VARCHAR)), n VARCHAR)",
  },
  "list of structs": {
    sql: `CASE WHEN i % 5 = 0 THEN NULL ELSE list_transform(range(i % 4), x -> CASE WHEN x = 2 THEN NULL ELSE {
            'amount': ('12345678901234567890.' || lpad((i + x)::VARCHAR, 10, '0'))::DECIMAL(38,10),
            'small': (i / 10)::DECIMAL(9,1),
            'at': TIMESTAMP '2024-02-29 12:34:56.000001' + to_microseconds(i * 10),
            'on': DATE '2024-02-29' + i::INTEGER,
            'id': md5(i::VARCHAR)::UUID,
            'tags': list_transform(range(x), y -> 't' || y)
          } END) END`,
    texts: `STRUCT(amount VARCHAR, small VARCHAR, "at" VARCHAR, "on" VARCHAR, id VARCHAR, tags VARCHAR[])[]`,
  },
  map: {
    sql: `CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN MAP {} ELSE MAP {'k' || i: i, 'ü"': NULL} END`,
    texts: "MAP(VARCHAR, VARCHAR)",
  },
  "map of numbers to structs": {
    sql: "MAP {i: {'l': [i, NULL]}, -1: NULL}",
    texts: "MAP(VARCHAR, STRUCT(l VARCHAR[]))",
  },
  "struct of a list and a map": {
    sql: `{'l': CASE WHEN i % 3 = 0 THEN NULL ELSE [i % 2 = 0] END, 'm': MAP {'a': [MAP {'b': i}]}}`,
    texts: "STRUCT(l VARCHAR[], m MAP(VARCHAR, MAP(VARCHAR, VARCHAR)[]))",
  },
};

const FILES: Readonly<Record<string, string>> = {
  "version 1": "compression snappy, row_group_size 2048",
  "version 2": "compression zstd, parquet_version 'V2', dictionary_size_limit 1, string_dictionary_page_size_limit 1",
};

const RECORDS = 300;
const NAMES = Object.keys(CASES);

describe.each(Object.entries(FILES))("a file of DuckDB's, %s", (_, options) => {
  let decoded: Decoded;
  let expected: (string | null)[][];
  beforeAll(async () => {
    const columns = Object.entries(CASES).map(([name, { sql }]) => `${sql} AS "${name}"`);
    const select = `SELECT ${columns.join(", ")} FROM (SELECT range AS i FROM range(${RECORDS}))`;
    const { bytes, path } = await duck.write(select, options);
    decoded = await decodeAll(bytes);
    const asTexts = Object.entries(CASES).map(([name, { texts }]) => `to_json("${name}"::${texts})`);
    expected = await duck.texts(`SELECT ${asTexts.join(", ")} FROM '${path}'`);
  });

  it.each(NAMES)("has every value of a %s, exactly, as JSON", (name) => {
    const column = NAMES.indexOf(name);

    const own = decoded.records.map((record) => record[column]);

    expect(decoded.types[column]).toEqual({ name: "json" });
    expect(own).toHaveLength(RECORDS);
    expect(own.map((text) => text && parseWithTexts(text))).toEqual(
      expected.map((record) => record[column] && isoInstants(JSON.parse(record[column]))),
    );
  });
});

describe("nested fields of many records", () => {
  const length = (i: number): number => (i * 7) % 300;
  const SELECT = `SELECT range(i * 7 % 300) AS l, {'a': [i], 'b': 'x' || i} AS s FROM (SELECT range AS i FROM range(3000))`;
  let bytes: Buffer;
  let whole: Decoded;
  beforeAll(async () => {
    ({ bytes } = await duck.write(SELECT, "row_group_size 2048"));
    whole = await decodeAll(bytes);
  });

  it("are all there", () => {
    const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

    expect(whole.records).toEqual(
      range(3000).map((i) => [JSON.stringify(range(length(i))), JSON.stringify({ a: [i], b: `x${i}` })]),
    );
  });

  it("go on after any batch", async () => {
    let start = 0;
    for (const [b, from] of whole.nexts.entries()) {
      start += whole.counts[b]!;
      if (from === null) continue;

      const rest = await decodeAll(bytes, { from });

      expect(rest.records).toEqual(whole.records.slice(start));
    }
    expect(whole.nexts.length).toBeGreaterThan(2);
  });

  it("reject the records that are too large, and only those", async () => {
    const limit = 900;

    const { offsets, rejected } = await decodeAll(bytes, { fields: ["l"], maxRecordBytes: limit });

    const isLarge = (i: number): boolean => whole.records[i]![0]!.length > limit;
    expect(rejected.every(({ code }) => code === "RecordTooLarge")).toBe(true);
    expect(rejected.map(({ offset }) => offset)).toEqual(whole.offsets.filter(isLarge));
    expect(offsets).toEqual(whole.offsets.filter((i) => !isLarge(i)));
  });
});

/** JSON with the texts of its numbers and booleans in their place. */
function parseWithTexts(json: string): unknown {
  return JSON.parse(json, (_, value: unknown, context?: { source?: string }) =>
    typeof value === "number" || typeof value === "boolean" ? context!.source : value,
  );
}

function isoInstants(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(/"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{6})"/g, '"$1T$2"'));
}
