import { describe, expect, it } from "vitest";
import { unscaledDecimal } from "../../../src/formats/parquet/wide-decimal.ts";

describe("unscaledDecimal", () => {
  const exact: readonly [text: string, scale: number, unscaled: bigint][] = [
    ["0", 0, 0n],
    ["-0.00", 2, 0n],
    ["0e999999999999", 2, 0n],
    ["1.5", 2, 150n],
    ["-1.5", 1, -15n],
    ["1.500", 1, 15n],
    ["1.5e3", 0, 1500n],
    ["1500E-3", 1, 15n],
    ["12e+2", 3, 1_200_000n],
    ["0.0000000001", 10, 1n],
    ["99999999999999999999999999999999999999", 0, 10n ** 38n - 1n],
    ["-9.9999999999999999999999999999999999999e37", 0, 1n - 10n ** 38n],
  ];
  for (const [text, scale, unscaled] of exact) {
    it(`reads ${text} at scale ${scale}`, () => {
      expect(unscaledDecimal(text, scale)).toBe(unscaled);
    });
  }

  const refused: readonly [text: string, scale: number][] = [
    ["1.05", 1],
    ["1e-40", 10],
    ["1e38", 0],
    ["1e999999999", 0],
    ["", 0],
    ["abc", 0],
    ["1,5", 2],
  ];
  for (const [text, scale] of refused) {
    it(`refuses ${text} at scale ${scale}`, () => {
      expect(() => unscaledDecimal(text, scale)).toThrow(RangeError);
    });
  }
});
