import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LONG } from "../../src/batch/batch.ts";
import type { LongColumn } from "../../src/batch/batch.ts";
import { cellText } from "../../src/batch/cell.ts";
import type { FieldType, TimeUnit } from "../../src/batch/field-type.ts";

const UNITS: readonly (readonly [TimeUnit, bigint])[] = [
  ["ms", 1n],
  ["us", 1000n],
  ["ns", 1_000_000n],
];

describe("a timestamp as text", () => {
  for (const [unit, perMs] of UNITS) {
    it(`in ${unit} is exact, before 1970 and after, to the last digit`, () => {
      const range = 2n ** 62n / (unit === "ms" ? 2n ** 12n : 1n);
      fc.assert(
        fc.property(fc.bigInt({ min: -range, max: range }), (value) => {
          const ms = (value - (((value % perMs) + perMs) % perMs)) / perMs;
          if (ms < -62_135_596_800_000n || ms > 253_402_300_799_999n) return;
          const rest = Number(value - ms * perMs);
          const digits =
            unit === "ms" || rest === 0 ? "" : trimThousands(String(rest).padStart(unit === "us" ? 3 : 6, "0"));
          const expected = new Date(Number(ms)).toISOString().replace("Z", `${digits}Z`);

          expect(cellText(longColumn(value, { name: "timestamp", unit, utc: true }), 0)).toBe(expected);
        }),
        { numRuns: 500 },
      );
    });
  }

  it("has no Z when it is local", () => {
    expect(cellText(longColumn(0n, { name: "timestamp", unit: "us", utc: false }), 0)).toBe("1970-01-01T00:00:00.000");
  });
});

describe("a decimal as text", () => {
  it("has all its digits", () => {
    const type: FieldType = { name: "decimal", precision: 18, scale: 4 };
    expect(cellText(longColumn(-999_999_999_999_999_999n, type), 0)).toBe("-99999999999999.9999");
    expect(cellText(longColumn(5n, type), 0)).toBe("0.0005");
    expect(cellText(longColumn(10_000n, type), 0)).toBe("1.0000");
  });
});

/** Nanoseconds that are whole microseconds are written as those. */
function trimThousands(digits: string): string {
  return digits.length === 6 && digits.endsWith("000") ? digits.slice(0, 3) : digits;
}

function longColumn(value: bigint, type: FieldType): LongColumn {
  const values = BigInt64Array.of(value);
  return { form: LONG, type, valid: Uint8Array.of(1), values, words: new Int32Array(values.buffer) };
}
