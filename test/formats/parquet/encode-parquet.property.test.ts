import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FieldType } from "../../../src/batch/field-type.ts";
import type { Cell } from "../../support/batches.ts";
import { Duck } from "./decode-support.ts";
import {
  binarySample,
  cellSample,
  encode,
  expectedValues,
  readWithArrow,
  readWithDuckdb,
  readWithHyparquet,
} from "./encode-support.ts";
import type { Sample } from "./encode-support.ts";

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
/** Instants that DuckDB, which counts microseconds, can tell. */
const INSTANT = { min: -(2n ** 48n), max: 2n ** 48n };

/** The types of machine numbers, and what values their columns hold. */
const BINARY_TYPES: readonly (readonly [FieldType, fc.Arbitrary<number | bigint>])[] = [
  [{ name: "boolean" }, fc.constantFrom(0, 1)],
  [{ name: "int32" }, fc.integer()],
  [{ name: "date" }, fc.integer({ min: -700_000, max: 2_000_000 })],
  [{ name: "int64" }, fc.bigInt(INT64)],
  [{ name: "timestamp", unit: "ms", utc: false }, fc.bigInt(INSTANT)],
  [{ name: "timestamp", unit: "us", utc: true }, fc.bigInt(INSTANT)],
  [{ name: "timestamp", unit: "ns", utc: false }, fc.bigInt(INSTANT)],
  [{ name: "decimal", precision: 18, scale: 7 }, fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n })],
  [{ name: "float" }, fc.float({ noNaN: true })],
  [{ name: "double" }, fc.double()],
];

const samplesOf = (count: number): fc.Arbitrary<Sample[]> =>
  fc.array(fc.oneof(...BINARY_TYPES.map(([type, value]) => binarySamples(type, value, count)), textSamples(count)), {
    minLength: 1,
    maxLength: 4,
  });

function binarySamples(type: FieldType, value: fc.Arbitrary<number | bigint>, count: number): fc.Arbitrary<Sample> {
  return fc
    .array(fc.option(value), { minLength: count, maxLength: count })
    .map((values) => binarySample(type.name, type, values));
}

/** Strings as different formats wrap them, drawn from a few or from all. */
function textSamples(count: number): fc.Arbitrary<Sample> {
  const text = fc.oneof(
    fc.constantFrom("", "a", "ab", "abc", "abcd", "x".repeat(300)),
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary", maxLength: 80 }),
  );
  const cell = fc.tuple(text, fc.constantFrom("plain", "escaped", "doubled"));
  return fc.array(fc.option(cell), { minLength: count, maxLength: count }).map((cells) =>
    cellSample(
      "text",
      { name: "string" },
      cells.map((each) => each && wrapped(...each)),
      cells.map((each) => each && Buffer.from(each[0]).toString()),
    ),
  );
}

function wrapped(text: string, wrap: string): Cell {
  if (wrap === "escaped") return { escaped: JSON.stringify(text).slice(1, -1) };
  return wrap === "doubled" ? { doubled: text.replaceAll('"', '""') } : text;
}

const tables = fc.integer({ min: 1, max: 40 }).chain((count) =>
  fc.record({
    samples: samplesOf(count).map((samples) => samples.map((sample, i) => ({ ...sample, name: `f${i}` }))),
    codec: fc.constantFrom("snappy" as const, "zstd" as const, "uncompressed" as const),
    rowGroupRecords: fc.constantFrom(1, 3, 8, 9, 1000),
    rowGroupBytes: fc.constantFrom(1, 100, undefined),
    step: fc.constantFrom(1, 7, 1000),
  }),
);

describe("createParquetEncoder", () => {
  let duck: Duck;
  beforeAll(async () => {
    duck = await Duck.open();
  });
  afterAll(() => duck.close());

  it("writes any table so that Arrow and hyparquet read the same", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ({ samples, step, ...options }) => {
        const file = encode(samples, options, step);

        expect(readWithArrow(file, samples)).toEqual(expectedValues(samples));
        expect(await readWithHyparquet(file, samples)).toEqual(expectedValues(samples));
      }),
      { numRuns: 80 },
    );
  });

  it("writes any table so that DuckDB reads the same", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ({ samples, step, ...options }) => {
        const file = encode(samples, options, step);

        expect(await readWithDuckdb(duck, file, samples)).toEqual(expectedValues(samples));
      }),
      { numRuns: 30 },
    );
  });

  it("writes any table for old readers so that DuckDB reads the same texts and numbers", async () => {
    const kept = ["boolean", "int32", "date", "int64", "float", "double", "string"];
    await fc.assert(
      fc.asyncProperty(tables, async ({ samples, step, ...options }) => {
        const same = samples.filter(({ type }) => kept.includes(type.name));
        fc.pre(same.length > 0);
        const file = encode(same, { ...options, conservative: true }, step);

        expect(await readWithDuckdb(duck, file, same)).toEqual(expectedValues(same));
      }),
      { numRuns: 30 },
    );
  });
});
