import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/batch/byte-writer.ts";
import { instant, readDay, readInstant, writeDay } from "../../src/batch/instant-text.ts";

const MS_PER_DAY = 86_400_000;
const YEAR_0 = Date.parse("0000-01-01T00:00:00.000Z");
const YEAR_10000 = 253402300800000;

function read(text: string): number {
  // Digits behind the end must not be taken for the text's.
  return readInstant(Buffer.from(`${text}00`), 0, Buffer.byteLength(text));
}

/** What the text means by its grammar and the calendar of Date; NaN when it means nothing. */
function meaning(text: string): number {
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d(?::?\d\d)?)?)?$/.exec(text);
  if (parts === null) return Number.NaN;
  const [, day = "", time = "00:00:00", fraction = "", zone = "Z"] = parts;
  if (Number.isNaN(Date.parse(day)) || new Date(day).toISOString().slice(0, 10) !== day) return Number.NaN;
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time)) return Number.NaN;
  const [, sign, hours = "00", minutes = "00"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59) return Number.NaN;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  return Date.parse(`${day}T${time}Z`) + Number(fraction.padEnd(3, "0").slice(0, 3)) - offset;
}

describe("readInstant", () => {
  it("reads every instant that Date writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: YEAR_0, max: YEAR_10000 - 1 }), (ms) => {
        expect(read(new Date(ms).toISOString())).toBe(ms);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads what its grammar says and nothing else", () => {
    const two = fc
      .oneof(fc.integer({ min: 0, max: 99 }), fc.constantFrom(0, 2, 12, 23, 24, 28, 29, 30, 31, 59, 60))
      .map(pad);
    const texts = fc
      .tuple(
        fc.constantFrom("2024", "1900", "2000", "0000", "9999", "19x0"),
        two,
        two,
        fc.constantFrom("T", " ", "t", ""),
        two,
        two,
        two,
        fc.constantFrom("", ".", ".1", ".123", ".123456", ".1234567891", ",1"),
        fc.constantFrom("", "Z", "z", "+00:00", "-0130", "+14", "+24:00", "+1", "+01:60", "Zx"),
      )
      .map(
        ([year, month, day, t, h, m, s, fraction, zone]) =>
          `${year}-${month}-${day}${t}${h}:${m}:${s}${fraction}${zone}`,
      );
    const nearMiss = fc
      .tuple(fc.integer({ min: YEAR_0, max: YEAR_10000 - 1 }), fc.nat(24), fc.constantFrom("", "0", ":", "x"))
      .map(([ms, at, put]) => {
        const text = new Date(ms).toISOString();
        return text.slice(0, at) + put + text.slice(at + 1);
      });
    fc.assert(
      fc.property(fc.oneof(texts, nearMiss), (text) => {
        expect([text, read(text)]).toEqual([text, meaning(text)]);
      }),
      { numRuns: 3000 },
    );
  });

  it("keeps the nanoseconds beyond the millisecond", () => {
    const nanos = (fraction: string): number => {
      read(`2026-01-01T00:00:00${fraction}Z`);
      return instant.nanos;
    };

    expect(["", ".5", ".123", ".1234", ".123456789", ".1234567899", ".000000001"].map(nanos)).toEqual([
      0, 0, 0, 400_000, 456_789, 456_789, 1,
    ]);
  });

  it("tells whether there is a zone", () => {
    const hasZone = (text: string): boolean => {
      read(text);
      return instant.hasZone;
    };

    expect(
      ["2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5+01"].map(hasZone),
    ).toEqual([false, false, true, true]);
  });
});

describe("readDay", () => {
  it("counts the days of all years that ISO 8601 writes with four digits", () => {
    for (let year = 0; year <= 9999; year++) {
      for (const day of ["01-01", "02-28", "03-01", "12-31"]) {
        const text = `${String(year).padStart(4, "0")}-${day}`;
        if (readDay(Buffer.from(text), 0, 10) !== Date.parse(text) / MS_PER_DAY) throw new Error(text);
      }
    }
    const leap = (year: string): number => readDay(Buffer.from(`${year}-02-29`), 0, 10);

    expect(["2000", "2024", "1900", "2023", "0000"].map((year) => Number.isNaN(leap(year)))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });
});

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

describe("writeDay", () => {
  it("writes days in any order, near ones and some that are 4096 days apart", () => {
    const { bytes, view } = new ByteWriter(16);
    const day = fc.tuple(fc.integer({ min: -100, max: 700 }), fc.nat(3)).map(([far, near]) => far * 4096 + near);

    fc.assert(
      fc.property(fc.array(day, { minLength: 2, maxLength: 30 }), (days) => {
        const texts = days.map((day) => bytes.latin1Slice(0, writeDay(view, 0, day)));

        expect(texts).toEqual(days.map((day) => new Date(day * MS_PER_DAY).toISOString().split("T")[0]));
      }),
      { numRuns: 500 },
    );
  });
});
