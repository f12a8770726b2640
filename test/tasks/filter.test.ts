import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column } from "../../src/batch/batch.ts";
import { cellText } from "../../src/batch/cell.ts";
import type { FieldType } from "../../src/batch/field-type.ts";
import { compileFilter } from "../../src/tasks/filter.ts";
import { TaskError } from "../../src/tasks/task-error.ts";
import type { FilterOperator } from "../../src/sdk/filter.ts";
import type { FilterTask } from "../../src/tasks/task.ts";
import { binaryColumn, cellOf, json, number, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";

function filter(operator: FilterOperator, values: readonly string[], dataType?: string): FilterTask {
  return { type: "filter", index: 3, field: "f", operator, values, dataType };
}

/** Which records pass, by their places. */
function passing(task: FilterTask, column: Column): readonly number[] {
  const count = column.form === 0 ? column.kinds.length : column.valid.length;
  const selection = Int32Array.from({ length: count }, (_, record) => record);
  return [...selection.subarray(0, compileFilter(task).keep(column, selection, count))];
}

function passingCells(task: FilterTask, cells: readonly Cell[]): readonly number[] {
  return passing(task, textColumn(cells));
}

const NUMBERS: readonly Cell[] = [
  number(9),
  number("10.0"),
  number("1e1"),
  number("10.5"),
  "10",
  "+010",
  "x",
  null,
  undefined,
];

describe("numbers", () => {
  const cases: readonly [FilterOperator, readonly string[], readonly number[]][] = [
    ["equal", ["10"], [1, 2, 4, 5]],
    ["equal", ["1e1"], [1, 2, 4, 5]],
    ["equal", ["9", "10.50"], [0, 3]],
    ["not-equal", ["10"], [0, 3, 6, 7, 8]],
    ["not-equal", ["10", "9"], [3, 6, 7, 8]],
    ["less", ["10"], [0]],
    ["less-or-equal", ["10"], [0, 1, 2, 4, 5]],
    ["greater", ["10"], [3]],
    ["greater-or-equal", ["10"], [1, 2, 3, 4, 5]],
    ["greater", ["100", "10"], [3]],
    ["between", ["9", "10.5"], [1, 2, 4, 5]],
    ["between", ["10.5", "9"], []],
    ["equal", ["10 ", " 9"], [0, 1, 2, 4, 5]],
    ["contains", ["0"], [1, 3, 4, 5]],
  ];
  it.each(cases)("%s %j keeps %j", (operator, values, expected) => {
    expect(passingCells(filter(operator, values, "Double"), NUMBERS)).toEqual(expected);
  });

  it("are compared beyond what a double can tell apart", () => {
    const cells = [
      number("9007199254740992"),
      number("9007199254740993"),
      "9007199254740993.0000000000000000001",
      number("900719925474099.3e1"),
    ];

    expect(passingCells(filter("equal", ["9007199254740993"], "long"), cells)).toEqual([1, 3]);
    expect(passingCells(filter("greater", ["9007199254740993"], "long"), cells)).toEqual([2]);
    expect(passingCells(filter("less", ["9007199254740993"], "long"), cells)).toEqual([0]);
  });

  it("are told apart where they share a double", () => {
    const cells = [number("536870912.0000003"), number("536870912.0000004")];
    const type = { name: "decimal", precision: 16, scale: 7 } as const;

    expect(passingCells(filter("equal", ["536870912.0000004"], "double"), cells)).toEqual([1]);
    expect(passing(filter("less", ["536870912.0000004"], "double"), binaryColumn(type, [5368709120000003n]))).toEqual([
      0,
    ]);
    expect(
      passing(
        filter("equal", ["900719925474099.3"], "double"),
        binaryColumn({ ...type, scale: 1 }, [9007199254740992n]),
      ),
    ).toEqual([]);
    const long = binaryColumn({ name: "decimal", precision: 18, scale: 3 }, [100000000000000001n, 100000000000000000n]);
    expect(passing(filter("equal", ["100000000000000"], "double"), long)).toEqual([1]);
  });

  it("have signs, zeros and exponents in any spelling", () => {
    const cells = [
      number("-0"),
      number("0.000"),
      number("0e99"),
      number("-1e-400"),
      number("1e-400"),
      "-.5",
      "5.",
      ".",
      "-",
      "1e",
      "",
    ];

    expect(passingCells(filter("equal", ["0"], "double"), cells)).toEqual([0, 1, 2]);
    expect(passingCells(filter("less", ["0"], "double"), cells)).toEqual([3, 5]);
    expect(passingCells(filter("greater", ["1e-401"], "double"), cells)).toEqual([4, 6]);
    expect(passingCells(filter("greater", ["-1e999999999"], "double"), cells)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("are read from binary columns as they are written", () => {
    const longs = [9007199254740992n, 9007199254740993n, null, -5n];
    const cents = binaryColumn({ name: "decimal", precision: 18, scale: 2 }, [1050n, 1049n, 999999999999999999n]);

    expect(passing(filter("equal", ["9007199254740993"], "long"), binaryColumn({ name: "int64" }, longs))).toEqual([1]);
    expect(passing(filter("not-equal", ["-5"], "long"), binaryColumn({ name: "int64" }, longs))).toEqual([0, 1, 2]);
    expect(passing(filter("greater", ["-6"], "int"), binaryColumn({ name: "int32" }, [-7, -5, null]))).toEqual([1]);
    expect(passing(filter("equal", ["10.5"], "currency"), cents)).toEqual([0]);
    expect(passing(filter("greater", ["9999999999999999.98"], "currency"), cents)).toEqual([2]);
    expect(
      passing(filter("equal", ["0.1"], "double"), binaryColumn({ name: "double" }, [0.1, 0.3, Number.NaN, null])),
    ).toEqual([0]);
    expect(
      passing(filter("equal", ["0.1"], "double"), binaryColumn({ name: "float" }, [Math.fround(0.1), 0.5])),
    ).toEqual([0]);
    expect(passing(filter("equal", ["1"], "int"), binaryColumn({ name: "boolean" }, [1, 0]))).toEqual([]);
  });
});

const INSTANTS: readonly Cell[] = [
  "2026-01-01T00:00:00Z",
  "2026-01-01T01:00:00+01:00",
  "2026-01-01",
  "2025-12-31T23:59:59.999999999Z",
  "2026-01-01 00:00:00.000001",
  number(1767225600000),
  { escaped: "2026\\u002d01-01T00:00:00Z" },
  "yesterday",
  number("1767225600000.5"),
  null,
];

describe("dates and instants", () => {
  const cases: readonly [FilterOperator, readonly string[], readonly number[]][] = [
    ["equal", ["1767225600000"], [0, 1, 2, 5, 6]],
    ["equal", ["2026-01-01T00:00:00.000Z"], [0, 1, 2, 5, 6]],
    ["less", ["1767225600000"], [3]],
    ["greater", ["1767225600000"], [4]],
    ["greater", ["2026-01-01T00:00:00.000001Z"], []],
    ["between", ["1767225599999", "1767225600001"], [0, 1, 2, 3, 4, 5, 6]],
    ["between", ["1767225600000", "1767225600001"], [4]],
    ["not-equal", ["1767225600000"], [3, 4, 7, 8, 9]],
  ];
  it.each(cases)("%s %j keeps %j", (operator, values, expected) => {
    for (const type of ["datetime", "DateTime", "date", "timestamp"]) {
      expect(passingCells(filter(operator, values, type), INSTANTS)).toEqual(expected);
    }
  });

  it("are read from date and timestamp columns in any unit", () => {
    const task = filter("greater", ["2026-01-01T00:00:00.000000001Z"], "datetime");
    const nanos = 1767225600000000000n;

    expect(passing(task, binaryColumn({ name: "date" }, [20454, 20455, null]))).toEqual([1]);
    expect(
      passing(task, binaryColumn({ name: "timestamp", unit: "ms", utc: true }, [1767225600000n, 1767225600001n])),
    ).toEqual([1]);
    expect(
      passing(task, binaryColumn({ name: "timestamp", unit: "us", utc: true }, [1767225600000000n, 1767225600000001n])),
    ).toEqual([1]);
    expect(
      passing(task, binaryColumn({ name: "timestamp", unit: "ns", utc: false }, [nanos + 1n, nanos + 2n, -1n])),
    ).toEqual([1]);
  });
});

describe("machine numbers", () => {
  const near = (...centres: readonly bigint[]) =>
    fc.tuple(fc.constantFrom(...centres), fc.bigInt({ min: -3n, max: 3n })).map(([centre, more]) => centre + more);
  const instants = (perMs: bigint) => ({
    dataType: "datetime",
    cell: fc.oneof(
      near(1_767_225_600_000n * perMs, 0n),
      fc.bigInt({ min: -60_000_000_000_000n * perMs, max: 250_000_000_000_000n * perMs }),
    ),
  });
  const kinds: readonly { type: FieldType; dataType: string; cell: fc.Arbitrary<number | bigint> }[] = [
    {
      type: { name: "double" },
      dataType: "double",
      cell: fc.oneof(
        fc.integer({ min: -30, max: 30 }).map((n) => n / 10),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
    },
    { type: { name: "int32" }, dataType: "int", cell: fc.oneof(fc.integer(), fc.integer({ min: -3, max: 3 })) },
    {
      type: { name: "int64" },
      dataType: "long",
      cell: fc.oneof(near(0n, 10n ** 15n, 2n ** 53n), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    },
    { type: { name: "timestamp", unit: "ms", utc: true }, ...instants(1n) },
    { type: { name: "timestamp", unit: "us", utc: true }, ...instants(1000n) },
    {
      type: { name: "timestamp", unit: "ns", utc: true },
      dataType: "datetime",
      cell: near(1_767_225_600_000_000_000n, 0n),
    },
  ];
  const operators = fc.constantFrom<FilterOperator[]>(
    "equal",
    "not-equal",
    "less",
    "less-or-equal",
    "greater",
    "greater-or-equal",
    "between",
  );

  it.each(kinds)("of the type $type pass exactly where their texts do", ({ type, dataType, cell }) => {
    const cells = fc.array(fc.option(cell, { freq: 6 }), { minLength: 1, maxLength: 12 });

    fc.assert(
      fc.property(cells, fc.array(cell, { minLength: 2, maxLength: 2 }), operators, (values, operands, operator) => {
        const column = binaryColumn(type, values);
        const texts = values.map((_, record) => cellOf(column, record));
        const others = binaryColumn(type, operands);
        const task = filter(
          operator,
          operands.map((_, i) => cellText(others, i)!),
          dataType,
        );

        expect(passing(task, column)).toEqual(passing(task, textColumn(texts)));
      }),
      { numRuns: 400 },
    );
  });
});

describe("booleans", () => {
  it("are true, false, 1 and 0, in capitals or not", () => {
    const cells: readonly Cell[] = [true, false, "TRUE", "False", number(1), "0", "yes", null, undefined];

    expect(passingCells(filter("equal", ["true"], "boolean"), cells)).toEqual([0, 2, 4]);
    expect(passingCells(filter("equal", ["0"], "Boolean"), cells)).toEqual([1, 3, 5]);
    expect(passingCells(filter("not-equal", ["true"], "boolean"), cells)).toEqual([1, 3, 5, 6, 7, 8]);
    expect(passing(filter("equal", ["true"], "boolean"), binaryColumn({ name: "boolean" }, [0, 1, null]))).toEqual([1]);
  });
});

const TEXTS: readonly Cell[] = [
  "a",
  "B",
  "ab",
  "",
  "é",
  "\u{1f600}",
  "\uffee",
  { escaped: 'a\\"b' },
  { doubled: 'a""b' },
  null,
  number("1.0"),
];

describe("text", () => {
  const cases: readonly [FilterOperator, readonly string[], readonly number[]][] = [
    ["equal", ["a"], [0]],
    ["equal", ['a"b', "B"], [1, 7, 8]],
    ["equal", [""], [3]],
    ["equal", ["1"], []],
    ["less", ["a"], [1, 3, 10]],
    ["greater", ["ab"], [4, 5, 6]],
    ["greater", ["\uffee"], [5]],
    ["between", ["A", "a"], [1]],
    ["not-equal", ["a", "B"], [2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ["contains", ["b"], [2, 7, 8]],
    ["contains", ['"'], [7, 8]],
    ["contains", ["\u{1f600}", "é"], [4, 5]],
    ["contains", [""], [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]],
  ];
  it.each(cases)("%s %j keeps %j", (operator, values, expected) => {
    for (const type of ["string", "picklist", "character varying(20)"]) {
      expect(passingCells(filter(operator, values, type), TEXTS)).toEqual(expected);
    }
  });

  it("is searched to its end and not beyond", () => {
    const long = `${"ab".repeat(200)}needle`;

    expect(
      passingCells(filter("contains", ["needle"], "string"), [long, long.slice(0, -1), "needle", "needl"]),
    ).toEqual([0, 2]);
  });

  it("is what machine numbers and bytes are written as", () => {
    expect(passing(filter("less", ["5"], "string"), binaryColumn({ name: "int32" }, [10, 6]))).toEqual([0]);
    expect(passingCells(filter("equal", ["/wA="], "string"), [{ bytes: Uint8Array.of(255, 0) }])).toEqual([0]);
  });
});

describe("CONTAINS on arrays and objects", () => {
  it("looks for an element or a key", () => {
    const cells = [
      json(["red", "green"]),
      json([["red"]]),
      json({ red: 1 }),
      json({ colour: "red" }),
      { json: '[ "bl\\u0075e" , 12 , null, "re\\"d" ] ' },
      { json: '{ "r\\u0065d" : {} }' },
      json([]),
      json({}),
      "a red text",
    ] as const;

    expect(passingCells(filter("contains", ["red"]), cells)).toEqual([0, 2, 5, 8]);
    expect(passingCells(filter("contains", ["blue"]), cells)).toEqual([4]);
    expect(passingCells(filter("contains", ["12"]), cells)).toEqual([4]);
    expect(passingCells(filter("contains", ["null"]), cells)).toEqual([]);
    expect(passingCells(filter("contains", ['re"d']), cells)).toEqual([4]);
    expect(passingCells(filter("contains", ['["red"]']), cells)).toEqual([1]);
  });
});

describe("without a DATA_TYPE", () => {
  it("numbers compare as numbers, instants as instants, and everything else as text", () => {
    expect(passingCells(filter("greater", ["9"]), [number(10), "10", "abc", "5", "007", null])).toEqual([0, 1, 2]);
    expect(passingCells(filter("equal", ["7"]), ["7.0", "007", "7"])).toEqual([0, 2]);
    expect(passingCells(filter("equal", ["007"]), ["7", "007"])).toEqual([1]);
    expect(
      passingCells(filter("less", ["2026-01-01T00:00:00Z"]), ["2026-01-01T00:30:00+01:00", "2026-01-01", "1999"]),
    ).toEqual([0, 2]);
    expect(passingCells(filter("greater", ["1767225600000"]), ["2026-01-02", "2025-12-31"])).toEqual([0]);
    expect(passingCells(filter("equal", ["true"]), [true, "true", "TRUE", false])).toEqual([0, 1]);
  });

  it("a type that tells nothing is like none", () => {
    expect(passingCells(filter("greater", ["9"], "anyType"), [number(10), "8"])).toEqual([0]);
  });
});

describe("a filter that cannot be carried out", () => {
  const cases: readonly [string, FilterTask, string][] = [
    [
      "a bound that is no date",
      filter("between", ["Lower_Bound_value", "Upper_Bound_value"], "datetime"),
      "Lower_Bound_value",
    ],
    ["a value that is no number", filter("equal", ["1", "ten"], "currency"), "`ten`"],
    ["a value that is no boolean", filter("equal", ["maybe"], "boolean"), "`maybe`"],
    ["one bound", filter("between", ["1"], "int"), "UPPER_BOUND"],
    ["no value", filter("equal", [], "int"), "no value"],
  ];
  it.each(cases)("%s fails with the task's place and the value", (_, task, named) => {
    expect(() => compileFilter(task)).toThrow(TaskError);
    expect(() => compileFilter(task)).toThrow(/^tasks\[3\]: .*`f`/);
    expect(() => compileFilter(task)).toThrow(named);
  });
});
