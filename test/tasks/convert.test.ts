import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DOUBLE, INT, LONG, TEXT } from "../../src/batch/batch.ts";
import type { Column } from "../../src/batch/batch.ts";
import { BINARY, KIND } from "../../src/batch/cell-kind.ts";
import type { FieldType } from "../../src/batch/field-type.ts";
import { createConverter } from "../../src/tasks/convert.ts";
import { binaryColumn, cellOf, json, number, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";

const ms = { name: "timestamp", unit: "ms", utc: true } as const;
const us = { name: "timestamp", unit: "us", utc: true } as const;
const ns = { name: "timestamp", unit: "ns", utc: false } as const;
const cents = { name: "decimal", precision: 12, scale: 2 } as const;
const wide = { name: "decimal", precision: 38, scale: 2 } as const;
const INT64_MAX = 2n ** 63n - 1n;

const REJECTED = "rejected";

/** The machine value of one converted cell: null, a number, a bigint, or the text of a text column. */
function converted(type: FieldType, column: Column, sourceType?: FieldType): unknown {
  const converter = createConverter([type], { names: ["f"], sourceTypes: [sourceType] });
  const result = converter.convert([column], Int32Array.of(0), 1, Float64Array.of(5));
  if (result.count === 0) return REJECTED;
  const [out] = result.columns;
  if (out!.form === TEXT) return cellOf(out!, 0);
  expect(out!.type).toEqual(type);
  return out!.valid[0] === 0 ? null : out!.values[0];
}

function ofCell(type: FieldType, cell: Cell, sourceType?: FieldType): unknown {
  return converted(type, textColumn([cell]), sourceType);
}

describe("text becomes machine numbers", () => {
  const cases: readonly [type: FieldType, cell: Cell, value: unknown][] = [
    [{ name: "boolean" }, true, 1],
    [{ name: "boolean" }, "FALSE", 0],
    [{ name: "boolean" }, "True", 1],
    [{ name: "boolean" }, number(1), 1],
    [{ name: "boolean" }, "0", 0],
    [{ name: "boolean" }, "yes", REJECTED],
    [{ name: "boolean" }, number(2), REJECTED],
    [{ name: "int32" }, number("2147483647"), 2147483647],
    [{ name: "int32" }, number("-2147483648"), -2147483648],
    [{ name: "int32" }, number("2147483648"), REJECTED],
    [{ name: "int32" }, number("-2147483649"), REJECTED],
    [{ name: "int32" }, number("1e3"), 1000],
    [{ name: "int32" }, "+007", 7],
    [{ name: "int32" }, number("12.0"), 12],
    [{ name: "int32" }, number("12.5"), REJECTED],
    [{ name: "int32" }, number("1e99"), REJECTED],
    [{ name: "int32" }, number("1e999999999"), REJECTED],
    [{ name: "int32" }, { escaped: "\\u0037" }, 7],
    [{ name: "int32" }, " 7", REJECTED],
    [{ name: "int32" }, "seven", REJECTED],
    [{ name: "int32" }, true, REJECTED],
    [{ name: "int32" }, json([1]), REJECTED],
    [{ name: "int32" }, { bytes: Buffer.from([0xd3, 0x4d, 0x34]) }, REJECTED],
    [{ name: "int64" }, { bytes: Buffer.from([0xd3, 0x4d, 0x34]) }, REJECTED],
    [{ name: "double" }, { bytes: Buffer.from([0xd3, 0x4d, 0x34]) }, REJECTED],
    [wide, { bytes: Buffer.from([0xd3, 0x4d, 0x34]) }, REJECTED],
    [wide, number("1e36"), REJECTED],
    [wide, number("-1e36"), REJECTED],
    [{ name: "int64" }, number("9007199254740993"), 9007199254740993n],
    [{ name: "int64" }, number("-1"), -1n],
    [{ name: "int64" }, number("4294967296"), 4294967296n],
    [{ name: "int64" }, "9223372036854775807", INT64_MAX],
    [{ name: "int64" }, number("-9223372036854775808"), -INT64_MAX - 1n],
    [{ name: "int64" }, number("9223372036854775808"), REJECTED],
    [{ name: "int64" }, number("9007199254740993.0e0"), 9007199254740993n],
    [{ name: "int64" }, number("0.1"), REJECTED],
    [{ name: "double" }, number("0.1"), 0.1],
    [{ name: "double" }, number("0.1000000000000000055511151231257827"), 0.1],
    [{ name: "double" }, number("1e308"), 1e308],
    [{ name: "double" }, number("1e309"), REJECTED],
    [{ name: "double" }, number("9007199254740992"), 9007199254740992],
    [{ name: "double" }, number("9007199254740993"), REJECTED],
    [{ name: "double" }, number("-9007199254740993"), REJECTED],
    [{ name: "double" }, number("123456789012345680000"), 123456789012345680000],
    [{ name: "double" }, number("9007199254740993.5"), 9007199254740994],
    [{ name: "double" }, "NaN", REJECTED],
    [{ name: "double" }, "x", REJECTED],
    [{ name: "float" }, number("0.1"), Math.fround(0.1)],
    [{ name: "float" }, number("16777216"), 16777216],
    [{ name: "float" }, number("16777217"), REJECTED],
    [{ name: "float" }, number("1e39"), REJECTED],
    [cents, number("1.5"), 150n],
    [cents, number("1.50"), 150n],
    [cents, number("1.500"), 150n],
    [cents, number("1.505"), REJECTED],
    [cents, number("-0.01"), -1n],
    [cents, number("9999999999.99"), 999999999999n],
    [cents, number("10000000000"), REJECTED],
    [cents, number("-10000000000.00"), REJECTED],
    [cents, number("1e9"), 100000000000n],
    [cents, "12.3.4", REJECTED],
    [{ name: "decimal", precision: 18, scale: 0 }, number("999999999999999999"), 999999999999999999n],
    [{ name: "decimal", precision: 18, scale: 0 }, number("1000000000000000000"), REJECTED],
    [{ name: "decimal", precision: 18, scale: 18 }, number("0.123456789012345678"), 123456789012345678n],
    [{ name: "date" }, "2026-01-01", 20454],
    [{ name: "date" }, "1969-12-31", -1],
    [{ name: "date" }, "2026-01-01T00:00:00Z", 20454],
    [{ name: "date" }, "2026-01-01T01:00:00+01:00", 20454],
    [{ name: "date" }, "2026-01-01T00:00:01Z", REJECTED],
    [{ name: "date" }, "2026-02-30", REJECTED],
    [{ name: "date" }, number(1767225600000), REJECTED],
    [ms, "2026-01-01T00:00:00.123Z", 1767225600123n],
    [ms, "2026-01-01T00:00:00.123000Z", 1767225600123n],
    [ms, "2026-01-01T00:00:00.1234Z", REJECTED],
    [ms, "2026-01-01", 1767225600000n],
    [ms, "1969-12-31T23:59:59.999Z", -1n],
    [ms, "1767225600000", REJECTED],
    [us, "2026-01-01T00:00:00.123456Z", 1767225600123456n],
    [us, "2026-01-01T00:00:00.1234567Z", REJECTED],
    [us, "9999-12-31T23:59:59.999999Z", 253402300799999999n],
    [ns, "2026-01-01T00:00:00.123456789", 1767225600123456789n],
    [ns, "2026-01-01T00:00:00.1234567891Z", REJECTED],
    [ns, "2026-01-01T00:00:00.12345678900000Z", 1767225600123456789n],
    [ns, "2026-01-01T00:00:00.123456789+01:00", 1767222000123456789n],
    [ns, "2300-01-01T00:00:00Z", REJECTED],
    [ns, "1969-12-31T23:59:59.999999999Z", -1n],
  ];
  it.each(cases)("%j of %j is %s", (type, cell, value) => {
    expect(ofCell(type, cell)).toEqual(value);
  });

  it("but null, missing and empty text become null", () => {
    const types: readonly FieldType[] = ["boolean", "int32", "int64", "float", "double", "date"].map((name) => ({
      name,
    })) as FieldType[];
    for (const type of [...types, ms, us, cents, wide]) {
      for (const cell of [null, undefined, ""]) expect(ofCell(type, cell)).toBeNull();
    }
  });

  it("and digits become instants where the source declares a number", () => {
    expect(ofCell(ms, number(1767225600123), { name: "int64" })).toBe(1767225600123n);
    expect(ofCell(us, "1767225600123", { name: "double" })).toBe(1767225600123000n);
    expect(ofCell({ name: "date" }, number(1767225600000), { name: "int64" })).toBe(20454);
    expect(ofCell(ms, number("1.5"), { name: "int64" })).toBe(REJECTED);
    expect(ofCell(ms, number(1767225600123), { name: "string" })).toBe(REJECTED);
  });
});

describe("text stays text", () => {
  it.each<Cell>(["x", "", null, number("1.50"), true, json({ a: 1 }), { escaped: '\\"' }, { doubled: '""' }])(
    "%j as a string",
    (cell) => {
      const column = textColumn([cell]);

      const { columns } = createConverter([{ name: "string" }]).convert(
        [column],
        Int32Array.of(0),
        1,
        Float64Array.of(0),
      );

      expect(columns[0]).toBe(column);
    },
  );

  it.each<[Cell, Cell]>([
    [json({ a: [1.5] }), { json: '{"a":[1.5]}' }],
    [number("1.50"), number("1.50")],
    [true, true],
    [null, null],
    ["plain", { json: '"plain"' }],
    ["", null],
    ["12", { json: '"12"' }],
    [{ doubled: '{""a"":1}' }, { json: '{"a":1}' }],
    ["[1, 2]", { json: "[1, 2]" }],
    ["{broken", { json: '"{broken"' }],
    [{ bytes: Buffer.from("hi") }, { json: '"aGk="' }],
  ])("%j as JSON is %j", (cell, expected) => {
    expect(ofCell({ name: "json" }, cell)).toEqual(expected);
  });

  it("is read as base64 where bytes are wanted", () => {
    expect(ofCell({ name: "binary" }, { bytes: Buffer.from("hi") })).toBe("aGk=");
    expect(ofCell({ name: "binary" }, "aGk=")).toBe("aGk=");
    expect(ofCell({ name: "binary" }, { escaped: "aGk\\u003d" })).toBe("aGk=");
    expect(ofCell({ name: "binary" }, "")).toBeNull();
    for (const cell of ["aGk", "a$k=", number(1234), json([])]) expect(ofCell({ name: "binary" }, cell)).toBe(REJECTED);
    const [column] = createConverter([{ name: "binary" }]).convert(
      [textColumn(["/wA="])],
      Int32Array.of(0),
      1,
      Float64Array.of(0),
    ).columns;
    expect(column?.form === TEXT && column.kinds[0]! & KIND).toBe(BINARY);
  });

  it("holds decimals of more than 18 digits, with all their decimals", () => {
    const big = "123456789012345678901234567890123456";

    expect(ofCell(wide, number("1.5"))).toEqual(number("1.50"));
    expect(ofCell(wide, ".5")).toEqual(number("0.50"));
    expect(ofCell(wide, number(`-${big}.78`))).toEqual(number(`-${big}.78`));
    expect(ofCell(wide, number("1e3"))).toEqual(number("1000.00"));
    expect(ofCell(wide, number("1.505"))).toBe(REJECTED);
    expect(ofCell(wide, number(`1${big}`))).toBe(REJECTED);
    expect(converted(wide, binaryColumn(cents, [150n]))).toEqual(number("1.50"));
  });
});

describe("machine numbers become others", () => {
  const cases: readonly [from: FieldType, value: number | bigint, to: FieldType, expected: unknown][] = [
    [{ name: "int32" }, -5, { name: "int64" }, -5n],
    [{ name: "int32" }, 5, { name: "double" }, 5],
    [{ name: "int32" }, 5, cents, 500n],
    [{ name: "int32" }, 5, { name: "string" }, "5"],
    [{ name: "int32" }, 5, { name: "json" }, { json: "5" }],
    [{ name: "int32" }, 5, { name: "date" }, REJECTED],
    [{ name: "int32" }, 1, { name: "boolean" }, 1],
    [{ name: "int64" }, 5n, { name: "int32" }, 5],
    [{ name: "int64" }, 2n ** 31n, { name: "int32" }, REJECTED],
    [{ name: "int64" }, 9007199254740993n, { name: "double" }, REJECTED],
    [{ name: "int64" }, 9007199254740992n, { name: "double" }, 9007199254740992],
    [{ name: "double" }, 0.5, { name: "float" }, 0.5],
    [{ name: "double" }, 0.1, { name: "float" }, Math.fround(0.1)],
    [{ name: "double" }, 16777217, { name: "float" }, REJECTED],
    [{ name: "double" }, 1e300, { name: "float" }, REJECTED],
    [{ name: "double" }, Number.NaN, { name: "float" }, Number.NaN],
    [{ name: "double" }, Infinity, { name: "float" }, Infinity],
    [{ name: "float" }, Math.fround(0.1), { name: "double" }, Math.fround(0.1)],
    [{ name: "double" }, 12, { name: "int32" }, 12],
    [{ name: "double" }, 12.5, { name: "int32" }, REJECTED],
    [{ name: "double" }, Number.NaN, { name: "int32" }, REJECTED],
    [{ name: "double" }, 0.25, cents, 25n],
    [{ name: "double" }, 0.1, { name: "string" }, "0.1"],
    [cents, 1250n, { name: "double" }, 12.5],
    [cents, 1200n, { name: "int64" }, 12n],
    [cents, 1250n, { name: "int64" }, REJECTED],
    [cents, 1250n, { ...cents, scale: 4 }, 125000n],
    [cents, 1250n, { name: "string" }, "12.50"],
    [{ name: "date" }, 20454, ms, 1767225600000n],
    [{ name: "date" }, 20454, { name: "string" }, "2026-01-01"],
    [ms, 1767225600000n, { name: "date" }, 20454],
    [ms, 1767225600001n, { name: "date" }, REJECTED],
    [ms, -1n, us, -1000n],
    [us, 1767225600000001n, ms, REJECTED],
    [us, -1000n, ms, -1n],
    [ns, 1767225600000001000n, us, 1767225600000001n],
    [ms, 0n, { name: "string" }, "1970-01-01T00:00:00.000Z"],
    [ms, 0n, { name: "json" }, { json: '"1970-01-01T00:00:00.000Z"' }],
    [{ name: "boolean" }, 1, { name: "string" }, "true"],
    [{ name: "boolean" }, 1, { name: "int32" }, REJECTED],
    [{ name: "int32" }, 5, { name: "binary" }, REJECTED],
  ];
  it.each(cases)("%j %s as %j is %s", (from, value, to, expected) => {
    expect(converted(to, binaryColumn(from, [value]))).toEqual(expected);
    expect(converted(to, binaryColumn(from, [null]))).toBeNull();
  });

  it("or stay as they are", () => {
    for (const column of [binaryColumn({ name: "int32" }, [1]), binaryColumn(ms, [1n]), binaryColumn(cents, [1n])]) {
      const { columns } = createConverter([column.type]).convert([column], Int32Array.of(0), 1, Float64Array.of(0));

      expect(columns[0]).toBe(column);
    }
  });
});

describe("records", () => {
  const types: readonly FieldType[] = [{ name: "int32" }, { name: "string" }, ms];
  const names = ["n", "s", "t"];

  it("are rejected with the first field that does not fit, and the others go on", () => {
    const columns = [
      textColumn(["1", "x", "3", "y"]),
      textColumn(["a", "b", "c", "d"]),
      textColumn(["2026-01-01", "?", "soon", null]),
    ];
    const selection = Int32Array.of(0, 1, 2, 3);

    const result = createConverter(types, { names }).convert(columns, selection, 4, Float64Array.of(10, 20, 30, 40));

    expect([...result.selection.subarray(0, result.count)]).toEqual([0]);
    expect(result.rejected).toEqual([
      { code: "TypeMismatch", field: "n", offset: 20, message: "`n`: `x` does not fit the type int32." },
      { code: "TypeMismatch", field: "t", offset: 30, message: "`t`: `soon` does not fit the type timestamp(ms)." },
      { code: "TypeMismatch", field: "n", offset: 40, message: "`n`: `y` does not fit the type int32." },
    ]);
    expect([...selection]).toEqual([0, 1, 2, 3]);
  });

  it("are looked at only where they are selected", () => {
    const result = createConverter([{ name: "int32" }]).convert(
      [textColumn(["x", "2", "y", "4"])],
      Int32Array.of(1, 3, 0),
      2,
      new Float64Array(4),
    );

    const [column] = result.columns;
    expect(result.rejected).toEqual([]);
    expect([result.selection[0], result.selection[1], column?.form === INT && column.values[3]]).toEqual([1, 3, 4]);
  });

  it("have nulls for a field that the source lacks", () => {
    const all: readonly FieldType[] = [...types, { name: "double" }, wide, { name: "json" }, { name: "binary" }];

    const { columns, count } = createConverter(all).convert(
      all.map(() => undefined),
      Int32Array.of(0),
      1,
      Float64Array.of(0),
    );

    expect(count).toBe(1);
    expect(columns.map((column) => column.form)).toEqual([INT, TEXT, LONG, DOUBLE, TEXT, TEXT, TEXT]);
    expect(columns.map((column) => cellOf(column, 0) ?? null)).toEqual(all.map(() => null));
  });

  it("show at most 100 characters of a value", () => {
    const [rejected] = createConverter([{ name: "int32" }], { names: ["f"] }).convert(
      [textColumn(["\u{1f600}".repeat(101)])],
      Int32Array.of(0),
      1,
      Float64Array.of(0),
    ).rejected;

    expect(rejected!.message).toBe(`\`f\`: \`${"\u{1f600}".repeat(100)}…\` does not fit the type int32.`);
  });

  it("are forgotten by the next call, whatever its size", () => {
    const converter = createConverter([{ name: "int64" }, wide]);
    const convert = (...cells: readonly Cell[]) => {
      const columns = [textColumn(cells), textColumn(cells)];
      const everyRecord = Int32Array.from(cells, (_, i) => i);
      const result = converter.convert(columns, everyRecord, cells.length, new Float64Array(cells.length));
      return [...result.selection.subarray(0, result.count)].map((record) =>
        result.columns.map((column) => cellOf(column, record)),
      );
    };

    expect(convert("1", "x", "3")).toEqual([
      [number(1), number("1.00")],
      [number(3), number("3.00")],
    ]);
    expect(convert(null)).toEqual([[null, null]]);
    expect(convert("x")).toEqual([]);
    const many = Array.from({ length: 5000 }, (_, i) => number(i));
    expect(convert(...many)).toHaveLength(5000);
  });
});

describe("what fits survives", () => {
  const text = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(6)).map(([unscaled, scale]) => {
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
    const point = digits.length - scale;
    return {
      unscaled,
      scale,
      text: `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}${scale === 0 ? "" : "."}${digits.slice(point)}`,
    };
  });

  it("an integer is itself or its record is rejected", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (value) => {
        expect(ofCell({ name: "int64" }, number(String(value)))).toBe(
          BigInt.asIntN(64, value) === value ? value : REJECTED,
        );
        expect(ofCell({ name: "int32" }, number(String(value)))).toBe(
          BigInt.asIntN(32, value) === value ? Number(value) : REJECTED,
        );
      }),
    );
  });

  it("a decimal is itself or its record is rejected", () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 18 }),
        fc.nat(6),
        ({ unscaled, scale, text }, precision, wantedScale) => {
          const type = { name: "decimal", precision, scale: Math.min(wantedScale, precision) } as const;
          const shifted = unscaled * 10n ** BigInt(type.scale);
          const value = shifted % 10n ** BigInt(scale) === 0n ? shifted / 10n ** BigInt(scale) : undefined;
          const fits = value !== undefined && value < 10n ** BigInt(precision) && value > -(10n ** BigInt(precision));

          expect(ofCell(type, number(text))).toBe(fits ? value : REJECTED);
          const wideType = { name: "decimal", precision: 38, scale: type.scale } as const;
          const wideValue = ofCell(wideType, number(text));
          expect(
            wideValue === REJECTED ? undefined : BigInt((wideValue as { number: string }).number.replace(".", "")),
          ).toBe(value);
        },
      ),
    );
  });

  it("a double is the nearest to its text", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(ofCell({ name: "double" }, number(Object.is(value, -0) ? "-0" : String(value)))).toBe(value);
      }),
    );
  });
});
