import { describe, expect, it } from "vitest";
import type { TextColumn } from "../../src/batch/batch.ts";
import { CSV_SAFE, JSON_SAFE, NON_ASCII, STRING } from "../../src/batch/cell-kind.ts";
import { TextColumnBuilder } from "../../src/batch/text-column-builder.ts";
import { compileMask } from "../../src/tasks/mask.ts";
import { TaskError } from "../../src/tasks/task-error.ts";
import type { MaskTask } from "../../src/tasks/task.ts";
import { binaryColumn, json, number, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";
import { changed } from "./change.ts";

function task(scheme: MaskTask["scheme"], length: number | undefined, character = "*"): MaskTask {
  return { type: "mask", index: 2, field: "f", scheme, length, character };
}

describe("Mask", () => {
  const cases: readonly [name: string, task: MaskTask, cell: Cell, expected: Cell][] = [
    ["MASK_ALL hides how long the value is", task("all", 5), "x", "*****"],
    ["MASK_ALL without a length is as long as the value", task("all", undefined), "äb€", "***"],
    ["MASK_ALL of empty text with a length", task("all", 5), "", "*****"],
    ["MASK_ALL of empty text without one", task("all", undefined), "", ""],
    ["MASK_FIRST_N hides the first", task("first", 2), "abcd", "**cd"],
    ["MASK_LAST_N hides the last", task("last", 2), "abcd", "ab**"],
    ["shorter values are hidden whole by MASK_FIRST_N", task("first", 9), "abcd", "****"],
    ["shorter values are hidden whole by MASK_LAST_N", task("last", 9), "abcd", "****"],
    ["no length hides everything", task("last", undefined), "abcd", "****"],
    ["a length of nothing hides nothing", task("first", 0), "abcd", "abcd"],
    ["characters are code points (first)", task("first", 2), "\u{1f600}é€x", "**€x"],
    ["characters are code points (last)", task("last", 2), "x€é\u{1f600}", "x€**"],
    ["a mask outside ASCII", task("last", 2, "•"), "abcd", "ab••"],
    ["a mask of several characters stands for each", task("first", 2, "<x>"), "abc", "<x><x>c"],
    ["a mask that JSON escapes", task("last", 1, '"'), "ab", 'a"'],
    ["JSON escapes are characters", task("first", 2), { escaped: '\\"\\u0041bc' }, "**bc"],
    ["doubled quotes are characters", task("last", 2), { doubled: 'a""b""' }, 'a"**'],
    ["numbers are hidden as they are written", task("last", 3), number("-12.50"), "-12***"],
    ["booleans too", task("first", 1), true, "*rue"],
    ["objects become null", task("all", 5), json({ a: 1 }), null],
    ["arrays become null", task("last", 1), json([1]), null],
    ["null stays null", task("all", 5), null, null],
    ["a missing value stays missing", task("all", 5), undefined, undefined],
    ["bytes are hidden in base64", task("last", 4), { bytes: Buffer.from("hello") }, "aGVs****"],
  ];
  it.each(cases)("%s", (_, mask, cell, expected) => {
    expect(changed(compileMask(mask), textColumn([cell]), 1)).toEqual([expected]);
  });

  it("hides machine numbers, dates and instants as they are written", () => {
    const ms = { name: "timestamp", unit: "ms", utc: true } as const;

    expect(changed(compileMask(task("last", 5)), binaryColumn({ name: "date" }, [20454, null]), 2)).toEqual([
      "2026-*****",
      null,
    ]);
    expect(changed(compileMask(task("last", 14)), binaryColumn(ms, [1767225600000n]), 1)).toEqual([
      "2026-01-01**************",
    ]);
    expect(changed(compileMask(task("first", 2)), binaryColumn({ name: "int32" }, [1234]), 1)).toEqual(["**34"]);
  });

  it("tells encoders only what is true of the text", () => {
    const kindOf = (mask: MaskTask, cell: Cell): number => {
      const builder = new TextColumnBuilder();
      builder.reset(1);
      const column = compileMask(mask).column(textColumn([cell]), Int32Array.of(0), 1, builder);
      return (column as TextColumn).kinds[0]!;
    };

    expect(kindOf(task("last", 1), number(12))).toBe(STRING | JSON_SAFE | CSV_SAFE);
    expect(kindOf(task("last", 1, '"'), number(12))).toBe(STRING);
    expect(kindOf(task("last", 1, ","), number(12))).toBe(STRING | JSON_SAFE);
    expect(kindOf(task("first", 1, "•"), number(12))).toBe(STRING | JSON_SAFE | CSV_SAFE | NON_ASCII);
    expect(kindOf(task("all", 2), { escaped: "\\n" })).toBe(STRING | JSON_SAFE | CSV_SAFE);
    expect(kindOf(task("last", 1), { escaped: "\\na" })).toBe(STRING);
  });

  it("refuses a length that would fill the memory", () => {
    expect(() => compileMask(task("all", 1e9))).toThrow(TaskError);
    expect(() => compileMask(task("all", 1e9))).toThrow("tasks[2]: A MASK_LENGTH of 1000000000 on `f`");
  });
});
