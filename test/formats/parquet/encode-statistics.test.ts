import { parquetMetadata } from "hyparquet";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FieldType } from "../../../src/batch/field-type.ts";
import { number } from "../../support/batches.ts";
import { Duck } from "./decode-support.ts";
import { arrayBufferOf, binarySample, cellSample, encode, stringSample } from "./encode-support.ts";
import type { Sample } from "./encode-support.ts";

const MICROS: FieldType = { name: "timestamp", unit: "us", utc: false };
const DECIMAL: FieldType = { name: "decimal", precision: 10, scale: 2 };
const WIDE: FieldType = { name: "decimal", precision: 38, scale: 2 };

describe("statistics", () => {
  let duck: Duck;
  beforeAll(async () => {
    duck = await Duck.open();
  });
  afterAll(() => duck.close());

  const stored = async (sample: Sample, options = {}): Promise<string> => {
    const path = duck.path();
    await writeFile(path, encode([sample], options));
    return path;
  };

  const boundsOf = async (sample: Sample): Promise<(string | null)[]> => {
    const path = await stored(sample);
    const columns = "stats_min_value, stats_max_value, stats_null_count";
    return (await duck.texts(`SELECT ${columns} FROM parquet_metadata('${path}')`))[0]!;
  };

  const cases: readonly [sample: Sample, min: string | null, max: string | null, nulls: string][] = [
    [binarySample("boolean", { name: "boolean" }, [1, null, 1]), "true", "true", "1"],
    [binarySample("boolean", { name: "boolean" }, [1, 0, null]), "false", "true", "1"],
    [binarySample("int32", { name: "int32" }, [3, -2147483648, 2147483647]), "-2147483648", "2147483647", "0"],
    [binarySample("date", { name: "date" }, [0, -1, null]), "1969-12-31", "1970-01-01", "1"],
    [
      binarySample("int64", { name: "int64" }, [4294967296n, 4294967295n, 2147483648n]),
      "2147483648",
      "4294967296",
      "0",
    ],
    [binarySample("int64", { name: "int64" }, [-1n, -4294967296n, 1n]), "-4294967296", "1", "0"],
    [
      binarySample("timestamp", MICROS, [null, 1n, -1n]),
      "1969-12-31 23:59:59.999999",
      "1970-01-01 00:00:00.000001",
      "1",
    ],
    [binarySample("decimal", DECIMAL, [-150n, 225n, null]), "-1.50", "2.25", "1"],
    [cellSample("wide", WIDE, [number("-1.5"), number("2.25"), null], ["-150", "225", null]), "-1.50", "2.25", "1"],
    [binarySample("double", { name: "double" }, [1.5, -2.5, null]), "-2.5", "1.5", "1"],
    [binarySample("float", { name: "float" }, [1.5, -2.5, null]), "-2.5", "1.5", "1"],
    [binarySample("all null", { name: "double" }, [null, null]), null, null, "2"],
    [stringSample("string", ["b", "ab", "a", null, "ä"]), "a", "ä", "1"],
    [stringSample("string", ["", "a"]), "", "a", "0"],
    [stringSample("all null", [null, null]), null, null, "2"],
    [stringSample("64 bytes", ["a".repeat(64), "b".repeat(64)]), "a".repeat(64), "b".repeat(64), "0"],
    [stringSample("a long minimum", ["a".repeat(65), "b"]), null, "b", "0"],
    [stringSample("a long maximum", ["a", "b".repeat(65)]), "a", null, "0"],
  ];
  for (const [sample, min, max, nulls] of cases) {
    it(`has the bounds and nulls of ${sample.name}: ${sample.expected.join(", ").slice(0, 50)}`, async () => {
      expect(await boundsOf(sample)).toEqual([min, max, nulls]);
    });
  }

  const doubles: readonly [values: number[], bounds: number[]][] = [
    [[0], [-0, 0]],
    [[-0], [-0, 0]],
    [
      [-0, 0],
      [-0, 0],
    ],
    [
      [Infinity, -Infinity],
      [-Infinity, Infinity],
    ],
  ];
  for (const [values, bounds] of doubles) {
    it(`covers both zeros and the infinities: ${values.join(", ")}`, () => {
      const file = encode([binarySample("d", { name: "double" }, values)]);

      const statistics = parquetMetadata(arrayBufferOf(file)).row_groups[0]!.columns[0]!.meta_data!.statistics!;

      expect([statistics.min_value, statistics.max_value]).toEqual(bounds);
    });
  }

  it("has no bounds where there is a NaN, which some readers order above all numbers", async () => {
    const sample = binarySample("d", { name: "double" }, [1, NaN, 2]);
    const path = await stored(sample);

    expect((await boundsOf(sample)).slice(0, 2)).toEqual([null, null]);
    expect(await duck.texts(`SELECT count(*) FROM '${path}' WHERE d > 1e300`)).toEqual([["1"]]);
  });

  it("orders text by unsigned bytes, not by UTF-16", async () => {
    expect((await boundsOf(stringSample("s", ["\uff5e", "🚀", "é"]))).slice(0, 2)).toEqual(["é", "🚀"]);
  });

  it("keeps the bounds of values in dictionaries, in plain pages and of both in one chunk", async () => {
    const repeated = Array.from({ length: 20_000 }, (_, i) => `m${i % 7}`);
    const unique = Array.from({ length: 40_000 }, (_, i) => `n${i}`);
    const tests: [string[], string, string][] = [
      [repeated, "m0", "m6"],
      [unique, "n0", "n9999"],
      [[...repeated, ...unique], "m0", "n9999"],
      [[...repeated, "a", ...unique, "z"], "a", "z"],
    ];
    for (const [texts, min, max] of tests) {
      expect((await boundsOf(stringSample("s", texts))).slice(0, 2)).toEqual([min, max]);
    }
  });

  it("starts afresh in every row group", async () => {
    const path = await stored(binarySample("i", { name: "int32" }, [9, 8, 1, 2, null, null]), { rowGroupRecords: 2 });

    const bounds = await duck.texts(
      `SELECT stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata('${path}') ORDER BY row_group_id`,
    );

    expect(bounds).toEqual([
      ["8", "9", "0"],
      ["1", "2", "0"],
      [null, null, "2"],
    ]);
  });

  it("never makes a reader that skips row groups lose a record", async () => {
    const values = Array.from({ length: 200 }, (_, i) => (i % 11 === 0 ? null : ((i * 7919) % 61) - 30));
    const longs = values.map((value) => (value === null ? null : BigInt(value) * 3_000_000_007n));
    const texts = values.map((value) => (value === null ? null : `${value < 0 ? "ü" : "a"}${"x".repeat(value + 40)}`));
    const samples: readonly Sample[] = [
      binarySample("v", { name: "int32" }, values),
      binarySample("v", { name: "date" }, values),
      binarySample("v", { name: "int64" }, longs),
      binarySample("v", { name: "timestamp", unit: "ms", utc: false }, longs),
      binarySample("v", { name: "timestamp", unit: "ns", utc: false }, longs),
      binarySample(
        "v",
        DECIMAL,
        longs.map((value) => value && value / 100n),
      ),
      binarySample("v", { name: "double" }, values),
      binarySample("v", { name: "float" }, values),
      binarySample(
        "v",
        { name: "boolean" },
        values.map((value) => value && Number(value > 20)),
      ),
      stringSample("v", texts),
    ];
    for (const sample of samples) {
      const path = await stored(sample, { rowGroupRecords: 3 });
      const distinct = await duck.texts(`SELECT v, count(*) FROM '${path}' GROUP BY v HAVING v IS NOT NULL`);
      const filters = distinct.map(([value]) => `(SELECT count(*) FROM '${path}' WHERE v = '${value}')`);

      const found = await duck.texts(`SELECT ${filters.map((sql, i) => `${sql} AS c${i}`).join(", ")}`);

      expect(found[0]).toEqual(distinct.map(([, count]) => count));
    }
  });
});
