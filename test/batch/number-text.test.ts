import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/batch/byte-writer.ts";
import { decimal, splitDouble, writeDecimal, writeDouble, writeInt } from "../../src/batch/number-text.ts";

const { bytes, view } = new ByteWriter(64);

/** What is written behind other text, which must stay. */
function written(write: (at: number) => number): string {
  bytes.fill("#");
  const end = write(3);
  expect(bytes.latin1Slice(0, 3)).toBe("###");
  return bytes.latin1Slice(3, end);
}

const doubles = fc.oneof(
  fc.double(),
  fc.tuple(fc.maxSafeInteger(), fc.nat(6)).map(([digits, scale]) => digits / 10 ** scale),
  fc.tuple(fc.integer({ min: -20_000_000, max: 20_000_000 }), fc.nat(6)).map(([digits, scale]) => digits / 10 ** scale),
  fc.constantFrom(0, 0.999_999, 0.0001, 0.001, 0.0015, 1e15, 999_999_999_999_999, 1e11, 99_999_999_999.9999),
);

describe("a double", () => {
  it("is written as the shortest text that reads back as the same", () => {
    fc.assert(
      fc.property(doubles, (value) => {
        const expected = Object.is(value, -0) ? "-0.0" : String(value);

        expect(written((at) => writeDouble(view, at, value))).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it("is split into what that text spells", () => {
    fc.assert(
      fc.property(doubles, (value) => {
        if (!splitDouble(value)) return;
        const { mantissa, scale } = decimal;

        expect(Number.isSafeInteger(mantissa)).toBe(true);
        expect(written((at) => writeDecimal(view, at, mantissa, scale))).toBe(String(value));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([0.5, -0.25, 1234.5, 0.001, -99_999.9999, 7, -1e14])("such as %d is one that can be split", (value) => {
    expect(splitDouble(value)).toBe(true);
  });
});

describe("an integer", () => {
  it("is written in digits", () => {
    const integers = fc.oneof(
      fc.maxSafeInteger(),
      fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: -2, max: 2 })).map(([e, more]) => 10 ** e + more),
    );

    fc.assert(
      fc.property(integers, (value) => {
        expect(written((at) => writeInt(view, at, value))).toBe(String(value));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a decimal", () => {
  it("has all its decimals", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(22), (mantissa, scale) => {
        const digits = String(Math.abs(mantissa)).padStart(scale + 1, "0");
        const point = digits.length - scale;
        const expected = `${mantissa < 0 ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? "." : ""}${digits.slice(point)}`;

        expect(written((at) => writeDecimal(view, at, mantissa, scale))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
