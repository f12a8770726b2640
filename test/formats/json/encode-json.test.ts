import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column } from "../../../src/batch/batch.ts";
import { ByteWriter } from "../../../src/batch/byte-writer.ts";
import type { FieldType } from "../../../src/batch/field-type.ts";
import { createJsonEncoder } from "../../../src/formats/json/encode-json.ts";
import { binaryColumn, json, number, textColumn } from "../../support/batches.ts";
import type { Cell } from "../../support/batches.ts";
import { batchesOf, fieldName, hostileText, objectText, valueText } from "./json-support.ts";

/** Writes all records with as little room as the encoder asks for. */
function encode(fields: readonly string[], columns: readonly Column[], count: number): string {
  const out = new ByteWriter(1);
  const encoder = createJsonEncoder(fields);
  const selection = Int32Array.from({ length: count }, (_, i) => i);
  encoder.append(columns, selection, 0, count, out);
  encoder.finish(out);
  return out.bytes.utf8Slice(0, out.length);
}

async function decodeAndEncode(text: string, fields?: readonly string[]): Promise<string> {
  const out = new ByteWriter(1);
  const encoder = createJsonEncoder([]);
  for await (const batch of batchesOf(text, { fields, blockBytes: 64 })) {
    encoder.setFields(batch.fields);
    const selection = Int32Array.from({ length: batch.count }, (_, i) => i);
    encoder.append(batch.columns, selection, 0, batch.count, out);
  }
  return out.bytes.utf8Slice(0, out.length);
}

describe("createJsonEncoder", () => {
  it("writes the selected records, one object a line, keys in the order of the fields", () => {
    const out = new ByteWriter();
    const columns = [textColumn(["a", "b", "c", "d"]), textColumn([true, number("1.10"), null, json([1])])];

    createJsonEncoder(["x", "y"]).append(columns, Int32Array.from([9, 3, 1, 0, 9]), 1, 4, out);

    expect(out.bytes.utf8Slice(0, out.length)).toBe('{"x":"d","y":[1]}\n{"x":"b","y":1.10}\n{"x":"a","y":true}\n');
  });

  it("leaves absent cells out and keeps null", () => {
    const columns = [textColumn([undefined, null, undefined]), textColumn([undefined, undefined, "x"])];

    expect(encode(["a", "b"], columns, 3)).toBe('{}\n{"a":null}\n{"b":"x"}\n');
  });

  it("goes on with other fields", () => {
    const out = new ByteWriter();
    const encoder = createJsonEncoder(["a"]);
    const selection = Int32Array.from([0]);

    encoder.append([textColumn(["x"])], selection, 0, 1, out);
    encoder.setFields(["a", "b"]);
    encoder.append([textColumn(["y"]), textColumn([number(1)])], selection, 0, 1, out);

    expect(out.bytes.utf8Slice(0, out.length)).toBe('{"a":"x"}\n{"a":"y","b":1}\n');
  });

  const cells: readonly [name: string, cell: Cell, text: string][] = [
    [
      "text of another format",
      'say "hi"\\\n\r\t\b\f\u0000\u001f\u007f/é🚀\u2028',
      '"say \\"hi\\"\\\\\\n\\r\\t\\b\\f\\u0000\\u001f\u007f/é🚀\u2028"',
    ],
    ["empty text", "", '""'],
    ["only quotes", '"""""', '"\\"\\"\\"\\"\\""'],
    ["doubled quotes", { doubled: 'say ""hi"", \\ ""' }, '"say \\"hi\\", \\\\ \\""'],
    ["the inside of a JSON string", { escaped: '\\"\\u0041\\ud800é' }, '"\\"\\u0041\\ud800é"'],
    ["an object", { json: '{"a": [1,\t2]}' }, '{"a": [1,\t2]}'],
    ["a pretty-printed object", { json: '{\r\n  "a": "\\n"\n}' }, '{    "a": "\\n" }'],
    ["an integer of 20 digits", number("12345678901234567890"), "12345678901234567890"],
    ["a number beyond doubles", number("1e400"), "1e400"],
    ["negative zero", number("-0"), "-0"],
    ["bytes", { bytes: Uint8Array.from([0, 255, 10, 34]) }, '"AP8KIg=="'],
    ["no bytes", { bytes: new Uint8Array(0) }, '""'],
    ["false", false, "false"],
  ];
  it.each(cells)("writes %s", (_, cell, text) => {
    expect(encode(["é\n"], [textColumn([cell, cell])], 2)).toBe(`{"é\\n":${text}}\n`.repeat(2));
  });

  const binaries: readonly [type: FieldType, value: number | bigint, text: string][] = [
    [{ name: "boolean" }, 1, "true"],
    [{ name: "boolean" }, 0, "false"],
    [{ name: "int32" }, -2147483648, "-2147483648"],
    [{ name: "int64" }, 9223372036854775807n, "9223372036854775807"],
    [{ name: "int64" }, -9223372036854775808n, "-9223372036854775808"],
    [{ name: "decimal", precision: 18, scale: 18 }, -999999999999999999n, "-0.999999999999999999"],
    [{ name: "decimal", precision: 9, scale: 2 }, 110n, "1.10"],
    [{ name: "double" }, 0.1, "0.1"],
    [{ name: "double" }, -1.7976931348623157e308, "-1.7976931348623157e+308"],
    [{ name: "double" }, Number.NaN, '"NaN"'],
    [{ name: "double" }, Number.POSITIVE_INFINITY, '"Infinity"'],
    [{ name: "double" }, Number.NEGATIVE_INFINITY, '"-Infinity"'],
    [{ name: "float" }, Math.fround(0.1), "0.1"],
    [{ name: "float" }, Number.NaN, '"NaN"'],
    [{ name: "float" }, Number.NEGATIVE_INFINITY, '"-Infinity"'],
    [{ name: "date" }, -1, '"1969-12-31"'],
    [{ name: "timestamp", unit: "ms", utc: true }, 1n, '"1970-01-01T00:00:00.001Z"'],
    [{ name: "timestamp", unit: "us", utc: false }, -1n, '"1969-12-31T23:59:59.999999"'],
    [{ name: "timestamp", unit: "ns", utc: true }, 9223372036854775807n, '"2262-04-11T23:47:16.854775807Z"'],
  ];
  it.each(binaries)("writes %j %s", (type, value, text) => {
    const written = encode(["v"], [binaryColumn(type, [value, null])], 2);

    expect(written).toBe(`{"v":${text}}\n{"v":null}\n`);
  });

  it("writes any text so that JSON.parse reads it back", () => {
    fc.assert(
      fc.property(
        fc.array(
          hostileText.map((text) => text.toWellFormed()),
          { minLength: 1 },
        ),
        (texts) => {
          const plain = textColumn(texts);
          const doubled = textColumn(texts.map((text) => ({ doubled: text.replaceAll('"', '""') })));

          const lines = encode(["a", "b"], [plain, doubled], texts.length).trimEnd().split("\n");

          expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(texts.map((text) => ({ a: text, b: text })));
        },
      ),
      { numRuns: 500 },
    );
  });

  const members = fc.uniqueArray(fc.tuple(fieldName, valueText(fc.constant(""))), {
    selector: ([name]) => name,
    maxLength: 6,
  });
  const lineOf = (record: readonly (readonly [string, string])[]): string =>
    `${objectText(record.map(([name, value]) => [JSON.stringify(name), value]))}\n`;

  it("writes what was decoded as it was spelled", async () => {
    await fc.assert(
      fc.asyncProperty(
        members,
        fc.array(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), { maxLength: 5 }),
        async (record, choices) => {
          const text = lineOf(record) + choices.map((keep) => lineOf(record.filter((_, i) => keep[i]))).join("");

          expect(await decodeAndEncode(text)).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("writes the chosen fields of what was decoded, in the order chosen", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(members, { maxLength: 4 }),
        fc.uniqueArray(fieldName, { maxLength: 4 }),
        async (records, fields) => {
          const expected = records.map((record) =>
            lineOf(fields.flatMap((name) => record.filter(([key]) => key === name))),
          );

          expect(await decodeAndEncode(records.map(lineOf).join(""), fields)).toBe(expected.join(""));
        },
      ),
      { numRuns: 300 },
    );
  });
});
