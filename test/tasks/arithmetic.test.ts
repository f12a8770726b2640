import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column } from "../../src/batch/batch.ts";
import { TextColumnBuilder } from "../../src/batch/text-column-builder.ts";
import { compileArithmetic } from "../../src/tasks/arithmetic.ts";
import { TaskError } from "../../src/tasks/task-error.ts";
import type { ArithmeticTask } from "../../src/tasks/task.ts";
import { binaryColumn, cellOf, json, number, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";
import { rational, rationalText, roundTo15 } from "./rational.ts";

type Operator = ArithmeticTask["operator"];

function compute(operator: Operator, columns: readonly Column[]): { value: Cell; errors: number } {
  const builder = new TextColumnBuilder();
  builder.reset(1);
  const fields = columns.map((_, i) => `f${i}`);
  const maker = compileArithmetic({ type: "arithmetic", index: 4, operator, fields, target: "t" });
  const errors = maker.make(columns, Int32Array.of(0), 1, builder);
  return { value: cellOf(builder.column(), 0), errors };
}

function computeCells(operator: Operator, cells: readonly Cell[]): { value: Cell; errors: number } {
  return compute(
    operator,
    cells.map((cell) => textColumn([cell])),
  );
}

describe("Arithmetic", () => {
  const cases: readonly [Operator, readonly Cell[], string][] = [
    ["add", [number(10), number("2.5")], "12.5"],
    ["add", [number("0.1"), number("0.2")], "0.3"],
    ["add", [number("12.50"), number("0.50")], "13"],
    ["add", [number("9007199254740993"), number("0.1")], "9007199254740993.1"],
    ["add", [number(1), number(2), number(3)], "6"],
    ["add", [number(7)], "7"],
    ["add", ["1.5", "+2"], "3.5"],
    ["add", [{ escaped: "\\u0031" }, { doubled: "2" }], "3"],
    ["add", [number("1e20"), number("1e-20")], "100000000000000000000.00000000000000000001"],
    ["add", [number("-0"), number("0")], "0"],
    ["subtract", [number("0.3"), number("0.1")], "0.2"],
    ["subtract", [number(1), number(2), number(3)], "-4"],
    ["subtract", [number("1.10"), number("1.1")], "0"],
    ["multiply", [number("1.1"), number("1.1")], "1.21"],
    [
      "multiply",
      [number("99999999999999999999"), number("99999999999999999999")],
      "9999999999999999999800000000000000000001",
    ],
    ["multiply", [number("1e300"), number("1e300")], "1e+600"],
    ["multiply", [number("1.5e-30"), number("1e-30")], "1.5e-60"],
    ["multiply", [number("-0.5"), number("0")], "0"],
    ["divide", [number(1), number(3)], "0.333333333333333"],
    ["divide", [number(2), number(3)], "0.666666666666667"],
    ["divide", [number(10), number("2.5")], "4"],
    ["divide", [number("1.2"), number(4)], "0.3"],
    ["divide", [number(1), number(8), number(5)], "0.025"],
    ["divide", [number("-2"), number(3)], "-0.666666666666667"],
    ["divide", [number("1000000000000005"), number(10)], "100000000000001"],
    ["divide", [number("999999999999999.5"), number(1)], "1000000000000000"],
    ["divide", [number(0), number(7)], "0"],
    ["divide", [number("9007199254740991"), number(1)], "9007199254740990"],
    ["multiply", [number("0.0000000000003"), number("0.0000000000003")], "9e-26"],
    ["multiply", [number("0.0000000003"), number("0.0000000003")], "0.00000000000000000009"],
    ["subtract", [number("900719925474099"), number("90071992547409.1")], "810647932926689.9"],
  ];
  it.each(cases)("%s %j is %s", (operator, cells, expected) => {
    expect(computeCells(operator, cells)).toEqual({ value: { number: expected }, errors: 0 });
  });

  it.each([null, undefined, "x", "", true, json([1]), { bytes: Buffer.from([0xd3, 0x4d, 0x34]) }])(
    "of %j is null",
    (cell) => {
      expect(computeCells("add", [cell, number(1)])).toEqual({ value: null, errors: 0 });
      expect(computeCells("divide", [number(1), cell])).toEqual({ value: null, errors: 0 });
    },
  );

  it("counts a division by zero as an error and makes the value null", () => {
    expect(computeCells("divide", [number(1), number("0.00")])).toEqual({ value: null, errors: 1 });
    expect(computeCells("divide", [number(0), number(0)])).toEqual({ value: null, errors: 1 });
    expect(computeCells("divide", [number(8), number(2), number("-0e9")])).toEqual({ value: null, errors: 1 });
  });

  it("counts a number too large to compute with as an error", () => {
    expect(computeCells("add", [number("1e999999999"), number(1)])).toEqual({ value: null, errors: 1 });
    expect(computeCells("multiply", [number("9".repeat(5000)), number(1)])).toEqual({ value: null, errors: 1 });
  });

  it("computes with machine numbers", () => {
    const price = binaryColumn({ name: "decimal", precision: 10, scale: 2 }, [1999n]);
    const long = binaryColumn({ name: "int64" }, [9007199254740993n]);

    expect(compute("multiply", [price, binaryColumn({ name: "int32" }, [3])]).value).toEqual({ number: "59.97" });
    expect(compute("add", [long, binaryColumn({ name: "double" }, [0.1])]).value).toEqual({
      number: "9007199254740993.1",
    });
    expect(compute("add", [binaryColumn({ name: "float" }, [Math.fround(0.1)]), price]).value).toEqual({
      number: "20.09",
    });
    expect(compute("add", [binaryColumn({ name: "boolean" }, [1]), price]).value).toBeNull();
    expect(compute("add", [binaryColumn({ name: "double" }, [Number.NaN]), price]).value).toBeNull();
    expect(compute("add", [binaryColumn({ name: "date" }, [1]), price]).value).toBeNull();
  });

  it("needs a field", () => {
    expect(() => compute("add", [])).toThrow(TaskError);
  });

  const decimals = fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.bigInt({ min: 0n, max: 10n ** 25n }),
      fc.nat(25),
      fc.constantFrom("", "e3", "E-12", "e+0"),
    )
    .map(([sign, mantissa, scale, exponent]) => {
      const digits = mantissa.toString().padStart(scale + 1, "0");
      return `${sign}${scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`}${exponent}`;
    });
  const small = fc
    .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.nat(4))
    .map(([n, scale]) => `${n}e-${scale}`);
  const plain = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => value.toFixed(2));

  it.each<Operator>(["add", "subtract", "multiply", "divide"])(
    "%s agrees with fractions of big integers",
    (operator) => {
      fc.assert(
        fc.property(fc.array(fc.oneof(decimals, small, plain), { minLength: 2, maxLength: 3 }), (texts) => {
          const { value, errors } = computeCells(operator, texts.map(number));

          const expected = texts.map(rational).reduce((a, b) => {
            if (operator === "add") return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
            if (operator === "subtract") return { over: a.over * b.under - b.over * a.under, under: a.under * b.under };
            if (operator === "multiply") return { over: a.over * b.over, under: a.under * b.under };
            return roundTo15({ over: a.over * b.under, under: a.under * b.over });
          });
          if (expected.under === 0n) expect({ value, errors }).toEqual({ value: null, errors: 1 });
          else expect(rationalText(rational((value as { number: string }).number))).toBe(rationalText(expected));
        }),
        { numRuns: 150 },
      );
    },
  );
});
