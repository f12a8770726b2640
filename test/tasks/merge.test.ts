import { describe, expect, it } from "vitest";
import { TextColumnBuilder } from "../../src/batch/text-column-builder.ts";
import { CSV_SAFE, JSON_SAFE, NON_ASCII, STRING } from "../../src/batch/cell-kind.ts";
import { compileMerge } from "../../src/tasks/merge.ts";
import { binaryColumn, cellOf, json, number, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";

function merged(a: Cell, b: Cell, format?: string): Cell {
  return cellOf(mergedColumn(a, b, format), 0);
}

function mergedColumn(a: Cell, b: Cell, format?: string): ReturnType<TextColumnBuilder["column"]> {
  const builder = new TextColumnBuilder();
  builder.reset(1);
  const maker = compileMerge({ type: "merge", index: 0, fields: ["a", "b"], target: "t", format });
  expect(maker.make([textColumn([a]), textColumn([b])], Int32Array.of(0), 1, builder)).toBe(0);
  return builder.column();
}

describe("Merge", () => {
  const cases: readonly [name: string, a: Cell, b: Cell, format: string | undefined, expected: string][] = [
    ["joins with a blank", "Ada", "Lovelace", undefined, "Ada Lovelace"],
    ["joins by a format", "Ada", "Lovelace", "${b}, ${a}", "Lovelace, Ada"],
    ["takes null for empty text", null, "x", "-", "-x"],
    ["takes a missing value for empty text", "x", undefined, "-", "x-"],
    ["is never null", null, null, "{a}{b}", ""],
    ["writes numbers as they are", number("1.50"), number("1e3"), " ", "1.50 1e3"],
    ["writes booleans, objects and arrays as JSON does", true, json({ k: [1] }), " ", 'true {"k":[1]}'],
    ["takes escapes out", { escaped: 'a\\"\\u00e9' }, { doubled: 'b""c' }, "|", 'a"é|b"c'],
    ["writes bytes in base64", { bytes: Buffer.from("hi") }, "x", " ", "aGk= x"],
    ["holds every character", "\u{1f600}", "ä", "€", "\u{1f600}€ä"],
  ];
  it.each(cases)("%s", (_, a, b, format, expected) => {
    expect(merged(a, b, format)).toBe(expected);
  });

  it("writes dates and machine numbers as text", () => {
    const builder = new TextColumnBuilder();
    builder.reset(2);
    const columns = [binaryColumn({ name: "date" }, [0, null]), binaryColumn({ name: "double" }, [0.5, 2])];

    compileMerge({ type: "merge", index: 0, fields: ["a", "b"], target: "t", format: "{a}/{b}" }).make(
      columns,
      Int32Array.of(0, 1),
      2,
      builder,
    );

    expect([cellOf(builder.column(), 0), cellOf(builder.column(), 1)]).toEqual(["1970-01-01/0.5", "/2"]);
  });

  it("tells encoders only what is true of the text", () => {
    const kindOf = (a: Cell, b: Cell, format: string): number => mergedColumn(a, b, format).kinds[0]!;

    expect(kindOf(number(1), number(2), "-")).toBe(STRING | JSON_SAFE | CSV_SAFE);
    expect(kindOf(number(1), number(2), ",")).toBe(STRING | JSON_SAFE);
    expect(kindOf(number(1), number(2), "\\")).toBe(STRING | CSV_SAFE);
    expect(kindOf(number(1), number(2), '"')).toBe(STRING);
    expect(kindOf(number(1), number(2), "\t")).toBe(STRING | CSV_SAFE);
    expect(kindOf(number(1), number(2), "\r\n")).toBe(STRING);
    expect(kindOf(number(1), number(2), "é")).toBe(STRING | JSON_SAFE | CSV_SAFE | NON_ASCII);
    expect(kindOf(number(1), { escaped: "\\n" }, "-")).toBe(STRING);
    expect(kindOf(null, null, "{a}")).toBe(STRING | JSON_SAFE);
  });
});
