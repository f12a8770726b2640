import { parquetMetadata } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FormatError } from "../../../src/formats/format.ts";
import type { ParquetEncoderOptions } from "../../../src/formats/parquet/encode-parquet.ts";
import { mergeParquet } from "../../../src/formats/parquet/merge-parquet.ts";
import type { ByteSource } from "../../../src/sdk/byte-source.ts";
import { Duck, memorySource } from "./decode-support.ts";
import {
  arrayBufferOf,
  binarySample,
  encode,
  readWithArrow,
  readWithDuckdb,
  readWithHyparquet,
  readWithParquetjsLite,
  stringSample,
} from "./encode-support.ts";
import type { ReadValues, Sample } from "./encode-support.ts";

/** A piece of `count` records, other ones for every seed. */
function piece(seed: number, count: number): readonly Sample[] {
  const numbers = Array.from({ length: count }, (_, i) => (i % 4 === 1 ? null : BigInt(seed * 1000 + i)));
  return [
    binarySample("n", { name: "int64" }, numbers),
    stringSample(
      "s",
      numbers.map((value) => (value === null ? null : `text ${value % 5n}`)),
    ),
    stringSample(
      "plain",
      Array.from({ length: count }, (_, i) => `${seed}:${i}`),
    ),
  ];
}

async function merge(sources: readonly ByteSource[]): Promise<Buffer> {
  const { ranges, footer } = await mergeParquet(sources);
  const bytes = ranges.map(({ from, to }, i) => sources[i]!.read(from, to - from));
  return Buffer.concat([...(await Promise.all(bytes)), footer]);
}

function concatenated(pieces: readonly (readonly Sample[])[]): ReadValues {
  return pieces[0]!.map((_, i) => pieces.flatMap((samples) => [...samples[i]!.expected]));
}

describe("mergeParquet", () => {
  let duck: Duck;
  beforeAll(async () => {
    duck = await Duck.open();
  });
  afterAll(() => duck.close());

  const cases: readonly [counts: number[], options: Partial<ParquetEncoderOptions>][] = [
    [[10], { codec: "snappy" }],
    [[10, 10], { codec: "zstd" }],
    [[5000, 1, 100], { codec: "uncompressed", rowGroupRecords: 999 }],
    [[3, 0, 3, 0], { codec: "snappy", rowGroupRecords: 2 }],
    [[0, 0], { codec: "snappy" }],
    [[100, 200, 300, 400, 500], { codec: "snappy", rowGroupRecords: 70 }],
  ];
  for (const [counts, options] of cases) {
    it(`gives the records of all pieces in order: ${counts.join(", ")} (${options.codec})`, async () => {
      const pieces = counts.map((count, seed) => piece(seed, count));

      const file = await merge(pieces.map((samples) => memorySource(encode(samples, options))));

      expect(await readWithDuckdb(duck, file, pieces[0]!)).toEqual(concatenated(pieces));
      expect(await readWithHyparquet(file, pieces[0]!)).toEqual(concatenated(pieces));
      expect(readWithArrow(file, pieces[0]!)).toEqual(concatenated(pieces));
    });
  }

  it("gives the file itself for a single piece", async () => {
    const file = encode(piece(1, 1000), { codec: "snappy", rowGroupRecords: 100 });

    expect((await merge([memorySource(file)])).equals(file)).toBe(true);
  });

  it("gives files that can be merged again", async () => {
    const pieces = [piece(1, 50), piece(2, 60), piece(3, 70)];
    const [first, ...others] = pieces.map((samples) => memorySource(encode(samples, { codec: "snappy" })));

    const file = await merge([first!, memorySource(await merge(others))]);

    expect(readWithArrow(file, pieces[0]!)).toEqual(concatenated(pieces));
  });

  it("keeps statistics and counts", async () => {
    const pieces = [piece(1, 10), piece(2, 20)];
    const file = await merge(pieces.map((samples) => memorySource(encode(samples, { codec: "snappy" }))));

    const { num_rows, row_groups } = parquetMetadata(arrayBufferOf(file));
    const statistics = row_groups.map(({ columns }) => columns[0]!.meta_data!.statistics!);

    expect(num_rows).toBe(30n);
    expect(row_groups.map((group) => group.num_rows)).toEqual([10n, 20n]);
    expect(statistics.map(({ min_value, max_value, null_count }) => [min_value, max_value, null_count])).toEqual([
      [1000n, 1008n, 3n],
      [2000n, 2019n, 5n],
    ]);
  });

  it("merges files for old readers to one that parquetjs-lite reads", async () => {
    const samples = [stringSample("s", ["a", null, "b", "a"])];
    const source = memorySource(encode(samples, { codec: "snappy", conservative: true }));

    const rows = await readWithParquetjsLite(await merge([source, source]));

    expect(rows.map(({ s }) => s)).toEqual(["a", undefined, "b", "a", "a", undefined, "b", "a"]);
  });

  it("refuses pieces with other fields", async () => {
    const one = memorySource(encode(piece(1, 3)), "one.parquet");
    const other = memorySource(encode([stringSample("s", ["a"])]), "other.parquet");

    await expect(mergeParquet([one, other])).rejects.toThrow(
      new FormatError("`other.parquet` has other fields than `one.parquet`."),
    );
  });

  it("refuses files of other writers, which may hold offsets that it does not know", async () => {
    const ours = memorySource(encode([stringSample("s", ["a"])]));
    const theirs = memorySource((await duck.write("SELECT 'a' AS s")).bytes, "theirs.parquet");

    await expect(mergeParquet([ours, theirs])).rejects.toThrow(
      /`theirs.parquet` cannot be merged: it was written by `DuckDB/,
    );
  });

  it("refuses what is no Parquet file, and nothing at all", async () => {
    await expect(mergeParquet([memorySource(Buffer.from("no Parquet file"))])).rejects.toThrow(FormatError);
    await expect(mergeParquet([])).rejects.toThrow("There is nothing to merge.");
  });
});
