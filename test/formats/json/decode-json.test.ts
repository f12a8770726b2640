import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BATCH_RECORDS } from "../../../src/batch/batch.ts";
import type { TextColumn } from "../../../src/batch/batch.ts";
import { BOOLEAN, ESCAPED, JSON_SAFE, NESTED, NON_ASCII, NULL, NUMBER, STRING } from "../../../src/batch/cell-kind.ts";
import { decodeJson } from "../../../src/formats/json/decode-json.ts";
import { MAX_FIELDS } from "../../../src/formats/json/record-scanner.ts";
import { FormatError } from "../../../src/formats/format.ts";
import { batchesOf, decode, fieldName, objectText, valueText } from "./json-support.ts";

describe("decodeJson", () => {
  const layouts: readonly [name: string, text: string][] = [
    ["JSON lines", '{"a":1,"b":"x"}\n{"a":2}\n{"b":null}\n'],
    ["no line end at the end", '{"a":1,"b":"x"}\n{"a":2}\n{"b":null}'],
    ["lines with CRLF", '{"a":1,"b":"x"}\r\n{"a":2}\r\n{"b":null}\r\n'],
    ["blank lines", '\n\n{"a":1,"b":"x"}\n \t\r\n{"a":2}\n\n\n{"b":null}\n \n'],
    ["a byte order mark", '\ufeff{"a":1,"b":"x"}\n{"a":2}\n{"b":null}'],
    ["nothing between objects", '{"a":1,"b":"x"}{"a":2}{"b":null}'],
    ["blanks between objects", '{"a":1,"b":"x"} {"a":2}\t {"b":null}'],
    ["blanks between tokens", '{ "a" : 1 , "b" : "x" }\n{\t"a":\t2\t}\n{"b" :null }'],
    ["pretty-printed objects", '{\n  "a": 1,\n  "b": "x"\n}\n{\n  "a": 2\n}\n{\n  "b": null\n}\n'],
    ["an array on one line", '[{"a":1,"b":"x"},{"a":2},{"b":null}]'],
    ["an array with a byte order mark", '\ufeff [{"a":1,"b":"x"},{"a":2},{"b":null}]\n'],
    ["an array of lines", '[\n{"a":1,"b":"x"},\n{"a":2},\n{"b":null}\n]\n'],
    ["an array with commas first", '[\n  {"a":1,"b":"x"}\n, {"a":2}\n, {"b":null}\n]\n'],
    ["a pretty-printed array", JSON.stringify([{ a: 1, b: "x" }, { a: 2 }, { b: null }], null, 2)],
  ];
  it.each(layouts)("reads %s", async (_, text) => {
    const { records, rejected } = await decode(text);

    expect(rejected).toEqual([]);
    expect(records).toEqual([
      [
        ["a", "1"],
        ["b", '"x"'],
      ],
      [["a", "2"]],
      [["b", "null"]],
    ]);
  });

  it.each(["", " ", "\n\n", "\ufeff", "[]", " [ ] \n", "\ufeff[]"])("finds no records in %j", async (text) => {
    const { records, rejected, stops } = await decode(text);

    expect({ records, rejected }).toEqual({ records: [], rejected: [] });
    expect(stops).toEqual([{ next: null, records: 0, rejected: 0 }]);
  });

  const cells: readonly [value: string, kind: number, span?: string][] = [
    ['"x"', STRING | JSON_SAFE, "x"],
    ['""', STRING | JSON_SAFE, ""],
    ['"tab\\t"', STRING | JSON_SAFE | ESCAPED, "tab\\t"],
    ['"é"', STRING | JSON_SAFE | NON_ASCII, "é"],
    ['"\\u00e9"', STRING | JSON_SAFE | ESCAPED, "\\u00e9"],
    ['"\\ud800 日"', STRING | JSON_SAFE | ESCAPED | NON_ASCII, "\\ud800 日"],
    ['"ascii only, then é outside"', STRING | JSON_SAFE | NON_ASCII, "ascii only, then é outside"],
    ['"\x7f~ €"', STRING | JSON_SAFE | NON_ASCII, "\x7f~ €"],
    ['"\x7f"', STRING | JSON_SAFE, "\x7f"],
    ["-0", NUMBER],
    ["1.10", NUMBER],
    ["12345678901234567890", NUMBER],
    ["1e400", NUMBER],
    ["true", BOOLEAN],
    ["false", BOOLEAN],
    ["null", NULL],
    ['{ "x": [1] }', NESTED | NON_ASCII],
    ["[ ]", NESTED | NON_ASCII],
  ];
  it.each(cells)("keeps %s as it is", async (value, kind, span = value) => {
    const { value: batch } = await batchesOf(`{"f":${value},"é":"é"}`).next();
    const { kinds, starts, ends, bytes } = batch!.columns[0] as TextColumn;

    expect(kinds[0]).toBe(kind);
    expect(bytes.utf8Slice(starts[0], ends[0])).toBe(span);
  });

  it("takes the last of equal keys, however they are spelled", async () => {
    const { records } = await decode('{"a":1,"b":2,"\\u0061":3}\n{"\\u0061":4,"a":{},"a":null}');

    expect(records).toEqual([
      [
        ["a", "3"],
        ["b", "2"],
      ],
      [["a", "null"]],
    ]);
  });

  it("knows no special field names", async () => {
    const names = ["__proto__", "constructor", "", "toString", "0", " ", "é", 'a"b', "x".repeat(124), "y".repeat(125)];
    const line = objectText(names.map((name, i) => [JSON.stringify(name), String(i)]));

    const { records, fields } = await decode(`${line}\n${line}`);

    expect(fields[0]).toEqual(names);
    const record = names.map((name, i) => [name, String(i)]);
    expect(records).toEqual([record, record]);
  });

  it("reads exactly the wanted fields, in their order", async () => {
    const { records, fields } = await decode('{"a":1,"b":[{"c":2}],"c":3}\n{"c":4,"x":5}', { fields: ["c", "z", "a"] });

    expect(fields).toEqual([["c", "z", "a"]]);
    expect(records).toEqual([
      [
        ["c", "3"],
        ["a", "1"],
      ],
      [["c", "4"]],
    ]);
  });

  it("checks values that nobody wants", async () => {
    const { records, rejected } = await decode('{"a":1,"b":[1,]}\n{"a":2}', { fields: ["a"] });

    expect(records).toEqual([[["a", "2"]]]);
    expect(rejected).toHaveLength(1);
  });

  it("adds fields as it sees them, also amidst a batch", async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `{"f${i}":${i},"f0":-1}`).join("\n");

    const { records, fields } = await decode(lines);

    expect(fields).toEqual([Array.from({ length: 100 }, (_, i) => `f${i}`)]);
    expect(records[0]).toEqual([["f0", "-1"]]);
    expect(records.slice(1)).toEqual(
      Array.from({ length: 99 }, (_, i) => [
        ["f0", "-1"],
        [`f${i + 1}`, String(i + 1)],
      ]),
    );
  });

  it("learns no fields from rejected records", async () => {
    const { fields } = await decode('{"a":1}\n{"x":1,"y":2,}\n{"b":2}\n{"z":3');

    expect(fields).toEqual([["a", "b"]]);
  });

  it("gives batches of at most BATCH_RECORDS records", async () => {
    const { stops, records } = await decode('{"a":1}'.repeat(BATCH_RECORDS * 2 + 1), { blockBytes: 1 << 20 });

    expect(stops.map(({ records }) => records)).toEqual([BATCH_RECORDS, BATCH_RECORDS * 2, BATCH_RECORDS * 2 + 1]);
    expect(records.every((record) => record.length === 1)).toBe(true);
  });

  it("gives smaller batches when there are very many fields", async () => {
    const wide = objectText(Array.from({ length: 5000 }, (_, i) => [`"f${i}"`, String(i)]));
    const lines = `${'{"f0":0}\n'.repeat(1000)}${wide}\n${'{"f0":0}\n'.repeat(1000)}`;

    const { records, stops, fields } = await decode(lines);

    expect(records.map((record) => record.length)).toEqual([...Array(1000).fill(1), 5000, ...Array(1000).fill(1)]);
    expect(Math.max(...fields.map((names) => names.length))).toBe(5000);
    expect(stops[0]!.records).toBe(1000);
    expect(stops[1]!.records - stops[0]!.records).toBeLessThan(300);
  });

  it("rejects a record with more fields than any batch can have", async () => {
    const wide = objectText(Array.from({ length: MAX_FIELDS + 1 }, (_, i) => [`"f${i}"`, "0"]));

    const { records, rejected, fields } = await decode(`{"a":1}\n${wide}\n{"a":2}`);

    expect(records).toEqual([[["a", "1"]], [["a", "2"]]]);
    expect(rejected).toMatchObject([{ code: "RecordTooLarge", line: 2 }]);
    expect(fields.at(-1)).toEqual(["a"]);
  });

  it("finds a wanted field among more keys than it can learn", async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `{"k${i}":"${i}","wanted":${i}}`).join("\n");

    const { records } = await decode(lines, { fields: ["wanted"] });

    expect(records).toEqual(Array.from({ length: 40_000 }, (_, i) => [["wanted", String(i)]]));
  });

  it("tells where each record starts", async () => {
    const { offsets } = await decode('\ufeff[{"é":1} ,\n {"b":2},{}]');

    expect(offsets).toEqual([4, 16, 24]);
  });

  it("refuses to go on from something that is not its position", async () => {
    const from = { offset: 1, line: 1, place: "toString" };

    await expect(decode("{}", { from })).rejects.toThrow(FormatError);
  });

  it("stops reading the source when nobody wants more", async () => {
    let closed = false;
    async function* stream(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('{"a":1}\n'.repeat(1000));
      } finally {
        closed = true;
      }
    }
    const source = { name: "endless", size: undefined, stream, read: () => Promise.reject(new Error("unused")) };

    for await (const _ of decodeJson(source, { maxRecordBytes: 1000 })) break;

    expect(closed).toBe(true);
  });

  const document = fc.record({
    layout: fc.constantFrom<"lines" | "array" | "concatenated">("lines", "array", "concatenated"),
    blank: fc.constantFrom("", " ", "\n  ", "\r\n"),
    records: fc.array(
      fc.uniqueArray(fc.tuple(fieldName, valueText(fc.constantFrom("", " "))), {
        selector: ([name]) => name,
        maxLength: 5,
      }),
      { maxLength: 8 },
    ),
  });

  it("gives the same records in every layout, in chunks and blocks of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        document,
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 64 }),
        async ({ layout, blank, records }, chunkBytes, blockBytes) => {
          const texts = records.map((members) =>
            objectText(
              members.map(([name, value]) => [JSON.stringify(name), value]),
              blank,
            ),
          );
          const text =
            layout === "array"
              ? `[${blank}${texts.join(`,${blank}`)}${blank}]`
              : texts.join(layout === "lines" ? "\n" : blank);

          const decoded = await decode(text, { chunkBytes, blockBytes });

          expect(decoded.rejected).toEqual([]);
          expect(decoded.records.map((record) => new Map(record))).toEqual(records.map((members) => new Map(members)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("reads of any choice of fields what reading all of them gives", async () => {
    await fc.assert(
      fc.asyncProperty(document, fc.uniqueArray(fieldName, { maxLength: 4 }), async ({ blank, records }, fields) => {
        const text = records
          .map((members) =>
            objectText(
              members.map(([name, value]) => [JSON.stringify(name), value]),
              blank,
            ),
          )
          .join("\n");

        const some = await decode(text, { fields, blockBytes: 32 });

        const wanted = records.map((members) => new Map(members.filter(([name]) => fields.includes(name))));
        expect(some.records.map((record) => new Map(record))).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });
});
