import { describe, expect, it } from "vitest";
import { compileTruncate } from "../../src/tasks/truncate.ts";
import { binaryColumn, json, number, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";
import { changed } from "./change.ts";

function truncated(cell: Cell, length: number): Cell {
  return changed(compileTruncate({ type: "truncate", index: 0, field: "f", length }), textColumn([cell]), 1)[0];
}

describe("Truncate", () => {
  const cases: readonly [name: string, cell: Cell, length: number, expected: Cell][] = [
    ["keeps the first characters", "abcdef", 4, "abcd"],
    ["leaves shorter text alone", "abc", 4, "abc"],
    ["leaves text of that length alone", "abcd", 4, "abcd"],
    ["leaves empty text alone", "", 4, ""],
    ["may leave nothing", "abc", 0, ""],
    ["counts characters, not bytes", "äöü€x", 4, "äöü€"],
    ["never cuts a character outside the basic plane", "a\u{1f600}b\u{1f601}", 2, "a\u{1f600}"],
    ["counts combining marks as characters", "e\u0301e", 2, "e\u0301"],
    ["counts a JSON escape as one character", { escaped: 'a\\"b\\n\\u0041z' }, 5, 'a"b\nA'],
    ["counts an escaped surrogate pair as one character", { escaped: "\\ud83d\\ude00bc" }, 2, "\u{1f600}b"],
    ["counts a doubled quote as one character", { doubled: '""a""b' }, 3, '"a"'],
    ["counts a doubled quote behind other letters", { doubled: 'é""""x' }, 3, 'é""'],
    ["makes numbers text", number("1234.5"), 3, "123"],
    ["makes short numbers text too", number("12"), 3, "12"],
    ["makes booleans text", false, 3, "fal"],
    ["makes objects empty", json({ a: 1 }), 3, ""],
    ["makes arrays empty", json([1, 2]), 3, ""],
    ["leaves null alone", null, 3, null],
    ["leaves a missing value missing", undefined, 3, undefined],
    ["cuts bytes in base64", { bytes: Buffer.from("hello") }, 5, "aGVsb"],
  ];
  it.each(cases)("%s", (_, cell, length, expected) => {
    expect(truncated(cell, length)).toEqual(expected);
  });

  it("cuts machine numbers, dates and instants as they are written", () => {
    const change = compileTruncate({ type: "truncate", index: 0, field: "f", length: 4 });

    expect(changed(change, binaryColumn({ name: "date" }, [20454, null]), 2)).toEqual(["2026", null]);
    expect(changed(change, binaryColumn({ name: "int64" }, [1234567n]), 1)).toEqual(["1234"]);
    expect(changed(change, binaryColumn({ name: "boolean" }, [1, 0]), 2)).toEqual(["true", "fals"]);
    expect(changed(change, binaryColumn({ name: "double" }, [0.125]), 1)).toEqual(["0.12"]);
  });
});
