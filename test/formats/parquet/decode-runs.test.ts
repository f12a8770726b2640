import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PADDING } from "../../../src/batch/batch.ts";
import { HybridReader } from "../../../src/formats/parquet/hybrid-reader.ts";
import { PagePart } from "../../../src/formats/parquet/page-part.ts";
import { unpackDeltas } from "../../../src/formats/parquet/unpack-deltas.ts";
import { varint } from "./tiny-parquet.ts";

function pagePart(...parts: readonly Uint8Array[]): PagePart {
  const bytes = Buffer.concat(parts);
  // What stands behind the values must not matter.
  return new PagePart(Buffer.concat([bytes, Buffer.alloc(PADDING, 0xff)]), 0, bytes.length);
}

/** The lowest `width` bits of each value, one after the other. */
function packBits(values: readonly bigint[], width: number): Buffer {
  let bits = 0n;
  values.forEach((value, i) => (bits |= BigInt.asUintN(width, value) << BigInt(i * width)));
  const bytes = Buffer.alloc(Math.ceil((values.length * width) / 8));
  for (let b = 0; b < bytes.length; b++) bytes[b] = Number((bits >> BigInt(b * 8)) & 0xffn);
  return bytes;
}

interface Run {
  readonly packed: boolean;
  readonly values: readonly number[];
}

function writeRun({ packed, values }: Run, width: number): Buffer {
  if (packed) return Buffer.concat([varint(BigInt(values.length / 8) * 2n + 1n), packBits(values.map(BigInt), width)]);
  const value = Buffer.alloc(4);
  value.writeInt32LE(values[0]!);
  return Buffer.concat([varint(BigInt(values.length) * 2n), value.subarray(0, Math.ceil(width / 8))]);
}

const runsOfWidth = (width: number): fc.Arbitrary<readonly Run[]> => {
  const value = fc.nat(2 ** width - 1).map((n) => n | 0);
  const packed = fc
    .integer({ min: 1, max: 4 })
    .chain((groups) => fc.array(value, { minLength: groups * 8, maxLength: groups * 8 }))
    .map((values) => ({ packed: true, values }));
  const repeated = fc
    .tuple(value, fc.integer({ min: 1, max: 40 }))
    .map(([v, count]) => ({ packed: false, values: Array.from({ length: count }, () => v) }));
  return fc.array(fc.oneof(packed, repeated), { minLength: 1, maxLength: 6 });
};

describe("HybridReader", () => {
  it("reads any runs of any width, in steps of any size", () => {
    const sample = fc
      .integer({ min: 1, max: 32 })
      .chain((width) =>
        fc.record({ width: fc.constant(width), runs: runsOfWidth(width), step: fc.integer({ min: 1, max: 50 }) }),
      );

    fc.assert(
      fc.property(sample, ({ width, runs, step }) => {
        const values = runs.flatMap((run) => run.values);
        const reader = new HybridReader();
        reader.reset(pagePart(...runs.map((run) => writeRun(run, width))), width);

        const read: number[] = [];
        const out = new Int32Array(step);
        while (read.length < values.length) {
          const count = Math.min(step, values.length - read.length);
          reader.read(out, count);
          read.push(...out.subarray(0, count));
        }

        expect(read).toEqual(values);
      }),
      { numRuns: 500 },
    );
  });

  it("reads values of no bits, which are all zero, from no bytes", () => {
    const reader = new HybridReader();
    reader.reset(pagePart(), 0);
    const out = Int32Array.of(7, 7, 7);

    reader.read(out, 2);

    expect([...out]).toEqual([0, 0, 7]);
  });

  it("reads a last run whose filling up is missing", () => {
    const reader = new HybridReader();
    reader.reset(pagePart(Buffer.from([(1 << 1) | 1, 0x21])), 4);
    const out = new Int32Array(2);

    reader.read(out, 2);

    expect([...out]).toEqual([1, 2]);
    expect(() => reader.read(out, 1)).toThrow(/ends before its last value/);
  });

  it("refuses more values than there are", () => {
    const reader = new HybridReader();
    reader.reset(pagePart(Buffer.from([3 << 1, 1])), 1);

    expect(() => reader.read(new Int32Array(4), 4)).toThrow(/ends before its last value/);
  });
});

/** DELTA_BINARY_PACKED with blocks of 128 values in 4 miniblocks. */
function packDeltas(values: readonly bigint[]): Buffer {
  const zigzag = (value: bigint): Buffer => varint(value < 0n ? -value * 2n - 1n : value * 2n);
  const parts = [varint(128n), varint(4n), varint(BigInt(values.length)), zigzag(values[0] ?? 0n)];
  const deltas = values.slice(1).map((value, i) => BigInt.asIntN(64, value - values[i]!));
  for (let b = 0; b < deltas.length; b += 128) {
    const block = deltas.slice(b, b + 128);
    const least = block.reduce((min, delta) => (delta < min ? delta : min));
    const rests = block.map((delta) => BigInt.asUintN(64, delta - least));
    const minis = [0, 32, 64, 96].map((at) => rests.slice(at, at + 32));
    const widths = minis.map((mini) =>
      mini.reduce((width, rest) => Math.max(width, rest === 0n ? 0 : rest.toString(2).length), 0),
    );
    parts.push(zigzag(least), Buffer.from(widths));
    for (const [m, mini] of minis.entries()) {
      if (mini.length > 0) parts.push(packBits([...mini, ...Array<bigint>(32 - mini.length).fill(0n)], widths[m]!));
    }
  }
  return Buffer.concat(parts);
}

describe("unpackDeltas", () => {
  const long = fc.oneof(
    fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
    fc.bigInt({ min: -100n, max: 100n }),
    fc.constantFrom(-(1n << 63n), (1n << 63n) - 1n, -1n, 0n, 1n << 32n, -(1n << 32n)),
  );

  it("gives back any 64-bit integers, and stands behind them", () => {
    fc.assert(
      fc.property(fc.array(long, { maxLength: 300 }), (numbers) => {
        const values = pagePart(packDeltas(numbers), Buffer.from("next"));

        const words = unpackDeltas(values, 2, 300);

        expect([...new BigInt64Array(words.buffer)]).toEqual(numbers);
        expect(values.bytes.toString("latin1", values.at, values.end)).toBe("next");
      }),
      { numRuns: 300 },
    );
  });

  it("gives back any 32-bit integers from the same bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 300 }), (numbers) => {
        const words = unpackDeltas(pagePart(packDeltas(numbers.map(BigInt))), 1, 300);

        expect([...words]).toEqual(numbers);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses full blocks that end too early", () => {
    const bytes = packDeltas(Array.from({ length: 257 }, (_, i) => BigInt(i * i)));

    for (let length = 0; length < bytes.length; length++) {
      expect(() => unpackDeltas(pagePart(bytes.subarray(0, length)), 2, 257)).toThrow(/ends before its last value/);
    }
  });
});
