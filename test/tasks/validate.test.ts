import { describe, expect, it } from "vitest";
import { compileTasks } from "../../src/tasks/compile-tasks.ts";
import type { ValidateTask } from "../../src/tasks/task.ts";
import { batchOf, binaryColumn, json, number, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";

function task(
  rule: ValidateTask["rule"],
  onFailure: ValidateTask["onFailure"] = "drop-record",
  index = 0,
): ValidateTask {
  return { type: "validate", index, field: "f", rule, onFailure };
}

const CELLS: readonly Cell[] = [
  number(1),
  number("-0.0"),
  number("-1e-9"),
  "0",
  "-5",
  "x",
  "",
  null,
  undefined,
  true,
  json([]),
  { escaped: "\\u002d1" },
  number("0e5"),
  { bytes: Buffer.from([0xd3]) },
];

describe("Validate", () => {
  const cases: readonly [ValidateTask["rule"], readonly number[]][] = [
    ["non-null", [7, 8]],
    ["non-zero", [1, 3, 12]],
    ["non-negative", [2, 4, 11]],
    ["numeric", [5, 6, 9, 10, 13]],
  ];
  it.each(cases)("%s drops the records %j", (rule, dropped) => {
    const applied = compileTasks([task(rule)]).apply(batchOf([["f", textColumn(CELLS)]], CELLS.length));

    const kept = CELLS.map((_, record) => record).filter((record) => !dropped.includes(record));
    expect([...applied.selection.subarray(0, applied.count)]).toEqual(kept);
    expect(applied.filtered).toBe(dropped.length);
    expect(applied.ended).toBeUndefined();
  });

  it("looks at machine numbers as they are written", () => {
    const doubles = binaryColumn({ name: "double" }, [-0, 0.5, -0.5, Number.NaN, null]);
    const kept = (rule: ValidateTask["rule"]) => {
      const { selection, count } = compileTasks([task(rule)]).apply(batchOf([["f", doubles]], 5));
      return [...selection.subarray(0, count)];
    };

    expect(kept("non-null")).toEqual([0, 1, 2, 3]);
    expect(kept("non-zero")).toEqual([1, 2, 3, 4]);
    expect(kept("non-negative")).toEqual([0, 1, 3, 4]);
    expect(kept("numeric")).toEqual([0, 1, 2, 4]);
  });

  it("ends the run at the first bad record, and says where it stands but not what it holds", () => {
    const batch = batchOf([["f", textColumn(["1", "secret", "2", "worse"])]], 4);

    const { ended } = compileTasks([task("numeric", "end-run", 7)]).apply(batch);

    expect(ended).toEqual({ task: 7, field: "f", offset: 1010, message: "`f` is not a number" });
  });

  it("does not end the run for a record that another task drops", () => {
    const batch = batchOf([["f", textColumn([null, "-1", "0"])]], 3);
    const rules = [
      task("non-null", "end-run", 0),
      task("non-negative", "end-run", 1),
      task("numeric", "drop-record", 2),
    ];

    expect(compileTasks([...rules, task("non-null", "drop-record", 3)]).apply(batch).ended).toMatchObject({
      task: 1,
      offset: 1010,
    });
    expect(compileTasks(rules).apply(batch).ended).toMatchObject({ task: 0, offset: 1000 });
  });

  it("takes a field that no record has for null", () => {
    expect(compileTasks([task("non-null")]).apply(batchOf([["g", textColumn(["1"])]], 1)).count).toBe(0);
  });
});
