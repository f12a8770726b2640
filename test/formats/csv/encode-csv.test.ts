import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DOUBLE, INT, LONG, PADDING, TEXT } from "../../../src/batch/batch.ts";
import type { Column, TextColumn } from "../../../src/batch/batch.ts";
import { ByteWriter } from "../../../src/batch/byte-writer.ts";
import {
  ABSENT,
  BINARY,
  BOOLEAN,
  CSV_SAFE,
  DOUBLED,
  ESCAPED,
  JSON_SAFE,
  NESTED,
  NON_ASCII,
  NULL,
  NUMBER,
  STRING,
} from "../../../src/batch/cell-kind.ts";
import { decodeCsv } from "../../../src/formats/csv/decode-csv.ts";
import { createCsvEncoder, csvHeader } from "../../../src/formats/csv/encode-csv.ts";
import { bytesSource, readCsv } from "./read-csv.ts";
import type { Cell } from "./read-csv.ts";

describe("a text cell", () => {
  const cases: readonly (readonly [name: string, kind: number, span: string | Buffer, written: string])[] = [
    ["a field that the record does not have", ABSENT, "", ""],
    ["null", NULL, "", ""],
    ["an empty string", STRING, "", '""'],
    ["text", STRING, "abc", "abc"],
    ["text that is known to be safe", STRING | CSV_SAFE, "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz"],
    ["text that JSON may hold", STRING | JSON_SAFE, "abcdefghij", "abcdefghij"],
    ["text with a comma that JSON may hold", STRING | JSON_SAFE, "abcdefghi,", '"abcdefghi,"'],
    ["an empty string that is known to be safe", STRING | CSV_SAFE, "", '""'],
    ["text with blanks and control characters", STRING, " a\tb\u0000 ", " a\tb\u0000 "],
    ["text beyond ASCII", STRING | NON_ASCII, "é漢🚀", "é漢🚀"],
    ["text with a comma", STRING, "abcdefg,", '"abcdefg,"'],
    ["text with a line feed", STRING, "abcdefgh\ni", '"abcdefgh\ni"'],
    ["text with a carriage return", STRING, "\rabc", '"\rabc"'],
    ["text with quotes", STRING, '"a" and "b"', '"""a"" and ""b"""'],
    ["one quote", STRING, '"', '""""'],
    ["text with everything", STRING, 'ab"c,d\ne"', '"ab""c,d\ne"""'],
    ["a CSV cell with doubled quotes", STRING | DOUBLED, 'say ""hi""', '"say ""hi"""'],
    ["a JSON string with escapes", STRING | ESCAPED, "a\\u0041\\/\\ud83d\\ude00", "aA/😀"],
    ["a JSON string that needs quotes", STRING | ESCAPED, 'a\\"b\\n,', '"a""b\n,"'],
    ["true", BOOLEAN, "true", "true"],
    ["a number", NUMBER, "-12345678901234567890.50e+10", "-12345678901234567890.50e+10"],
    ["an object", NESTED, '{"a":[1,"x"]}', '"{""a"":[1,""x""]}"'],
    ["an empty array", NESTED, "[]", "[]"],
    ["bytes", BINARY, Buffer.from([0, 255, 34, 44, 10]), "AP8iLAo="],
    ["no bytes", BINARY, "", '""'],
    ["long safe text", STRING | CSV_SAFE, "x".repeat(1000), "x".repeat(1000)],
    ["long text", STRING, "x".repeat(1000), "x".repeat(1000)],
    ["long text with a comma at the end", STRING, `${"x".repeat(1000)},`, `"${"x".repeat(1000)},"`],
  ];

  it.each(cases)("writes %s", (_, kind, span, written) => {
    const column = textColumn([{ kind, span: Buffer.from(span) }]);

    expect(encode(["a", "b", "c"], [column, column, column], 1)).toBe(`a,b,c\n${written},${written},${written}\n`);
  });

  it("does not look beyond its end", () => {
    const bytes = Buffer.from('abc,abcd"abcde\nabcdef\r');
    const spans = [
      [0, 3],
      [4, 8],
      [9, 14],
      [15, 21],
    ] as const;
    const columns = spans.map(([start, end]) => spanColumn(bytes, [{ kind: STRING, start, end }]));

    expect(encode(["a", "b", "c", "d"], columns, 1)).toBe("a,b,c,d\nabc,abcd,abcde,abcdef\n");
  });

  it("that JSON may hold does not look beyond its end", () => {
    const bytes = Buffer.from("abc,abcd,abcde,abcdef,abcdefgh,");
    const spans = [
      [0, 3],
      [4, 8],
      [9, 14],
      [15, 21],
      [22, 30],
    ] as const;
    const columns = spans.map(([start, end]) => spanColumn(bytes, [{ kind: STRING | JSON_SAFE, start, end }]));

    expect(encode(["a", "b", "c", "d", "e"], columns, 1)).toBe("a,b,c,d,e\nabc,abcd,abcde,abcdef,abcdefgh\n");
  });
});

describe("a binary cell", () => {
  const valid = Uint8Array.of(1, 0, 1);
  const longs = (...values: bigint[]) => {
    const all = BigInt64Array.from(values);
    return { valid, values: all, words: new Int32Array(all.buffer) };
  };
  const cases: readonly (readonly [name: string, column: Column, written: readonly string[]])[] = [
    ["boolean", { form: INT, type: { name: "boolean" }, valid, values: Int32Array.of(1, 0, 0) }, ["true", "", "false"]],
    [
      "int32",
      { form: INT, type: { name: "int32" }, valid, values: Int32Array.of(-7, 9, 2147483647) },
      ["-7", "", "2147483647"],
    ],
    [
      "date",
      { form: INT, type: { name: "date" }, valid, values: Int32Array.of(0, 1, -1) },
      ["1970-01-01", "", "1969-12-31"],
    ],
    [
      "int64",
      { form: LONG, type: { name: "int64" }, ...longs(9007199254740993n, 0n, -1n) },
      ["9007199254740993", "", "-1"],
    ],
    [
      "decimal",
      { form: LONG, type: { name: "decimal", precision: 10, scale: 2 }, ...longs(1250n, 0n, -5n) },
      ["12.50", "", "-0.05"],
    ],
    [
      "timestamp",
      { form: LONG, type: { name: "timestamp", unit: "us", utc: true }, ...longs(1_000_001n, 0n, -1n) },
      ["1970-01-01T00:00:01.000001Z", "", "1969-12-31T23:59:59.999999Z"],
    ],
    [
      "double",
      { form: DOUBLE, type: { name: "double" }, valid, values: Float64Array.of(0.1, 0, -1e300) },
      ["0.1", "", "-1e+300"],
    ],
  ];

  it.each(cases)("of type %s is written as text", (_, column, written) => {
    const names = ["a", "b"];

    expect(encode(names, [column, column], 3)).toBe(`a,b\n${written.map((text) => `${text},${text}\n`).join("")}`);
  });
});

describe("the header", () => {
  it.each([
    [["Id", "Name"], "Id,Name\n"],
    [["a,b", 'say "x"', "x\ny", " z "], '"a,b","say ""x""","x\ny", z \n'],
    [[""], '""\n'],
    [["\uFEFFa", "b"], '"\uFEFFa",b\n'],
    [["größe"], "größe\n"],
  ])("of %j", (fields, header) => {
    const out = new ByteWriter();
    createCsvEncoder(fields).finish(out);

    expect(out.take().toString()).toBe(header);
  });

  it("is what every file of these fields begins with", () => {
    expect(csvHeader(["a", 'b "c"']).toString()).toBe('a,"b ""c"""\n');
  });
});

describe("the selection", () => {
  it("says which records are written, and in which order", () => {
    const column = textColumn(["0", "1", "2", "3"].map((text) => ({ kind: STRING, span: Buffer.from(text) })));
    const out = new ByteWriter();
    createCsvEncoder(["a"]).append([column], Int32Array.of(9, 3, 0, 2, 9), 1, 4, out);

    expect(out.take().toString()).toBe("a\n3\n0\n2\n");
  });
});

describe("the file", () => {
  const text = fc.oneof(
    fc.string({
      unit: fc.constantFrom('"', '""', ",", "\n", "\r", "\r\n", "a", "ß", "🚀", "\0", " ", "\t", "\\"),
      maxLength: 12,
    }),
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom("", "\uFEFF", "x".repeat(300), `${"y".repeat(300)},`, `"${"z".repeat(300)}"`),
  );
  const cell = fc.option(text);
  const table = fc.integer({ min: 2, max: 6 }).chain((width) =>
    fc.record({
      names: fc.uniqueArray(
        text.filter((name) => name !== ""),
        { minLength: width, maxLength: width },
      ),
      records: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }),
    }),
  );

  it("reads back as it was, whatever is in it and however it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.integer({ min: 16, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        async ({ names, records }, blockBytes, chunkBytes) => {
          const read = await readCsv(encodeCells(names, records), { blockBytes, chunkBytes });

          expect(read.fields).toEqual(names);
          expect(read.records).toEqual(records);
          expect(read.rejected).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("reads back after it was written from the cells of another CSV object, whatever its delimiter", async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(",", ";", "\t", "|"),
        fc.boolean(),
        async ({ names, records }, delimiter, quoteAll) => {
          const foreign = foreignCsv(names, records, delimiter, quoteAll);
          const first = await reencode(foreign, delimiter);
          const read = await readCsv(first);

          expect(read.fields).toEqual(names);
          expect(read.records).toEqual(records);
          expect(first).toEqual(encodeCells(names, records));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("with one column keeps every record, and cannot tell null from an empty string", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell), { maxLength: 12 }), async (records) => {
        const read = await readCsv(encodeCells(["a"], records));

        expect(read.records).toEqual(records.map(([text]) => [text ?? ""]));
      }),
    );
  });

  it("is the same however small the room is that it starts with", () => {
    const cells = Array.from({ length: 50 }, (_, i) => ({ kind: STRING, span: Buffer.from('"'.repeat(i * 7)) }));
    const columns = [textColumn(cells), textColumn(cells)];
    const selection = Int32Array.from(cells.keys());
    const written = [1, 100, 1 << 20].map((capacity) => {
      const out = new ByteWriter(capacity);
      createCsvEncoder(["a", "b"]).append(columns, selection, 0, 50, out);
      return out.take().toString();
    });

    expect(written[0]).toBe(written[2]);
    expect(written[1]).toBe(written[2]);
  });

  it("has room for many fields that are empty", () => {
    const names = Array.from({ length: 3000 }, (_, i) => `f${i}`);
    const column = textColumn([{ kind: NULL, span: Buffer.alloc(0) }]);
    const out = new ByteWriter(1);
    createCsvEncoder(names).append(
      names.map(() => column),
      Int32Array.of(0),
      0,
      1,
      out,
    );

    expect(out.take().toString()).toBe(`${names.join(",")}\n${",".repeat(2999)}\n`);
  });
});

interface Span {
  readonly kind: number;
  readonly span: Buffer;
}

function textColumn(cells: readonly Span[]): TextColumn {
  const bytes = Buffer.concat(cells.map(({ span }) => span));
  let end = 0;
  return spanColumn(
    bytes,
    cells.map(({ kind, span }) => {
      const start = end;
      end += span.length;
      return { kind, start, end };
    }),
  );
}

/** A column over the bytes, behind which stands what would need quotes. */
function spanColumn(
  content: Buffer,
  cells: readonly { readonly kind: number; readonly start: number; readonly end: number }[],
): TextColumn {
  const bytes = Buffer.concat([content, Buffer.from(',"\n\r'.repeat(PADDING / 4))]);
  return {
    form: TEXT,
    kinds: Uint8Array.from(cells, ({ kind }) => kind),
    starts: Int32Array.from(cells, ({ start }) => start),
    ends: Int32Array.from(cells, ({ end }) => end),
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  };
}

function encode(fields: readonly string[], columns: readonly Column[], count: number): string {
  const out = new ByteWriter(16);
  const encoder = createCsvEncoder(fields);
  encoder.append(
    columns,
    Int32Array.from({ length: count }, (_, i) => i),
    0,
    count,
    out,
  );
  encoder.finish(out);
  return out.take().toString();
}

function encodeCells(fields: readonly string[], records: readonly (readonly Cell[])[]): Buffer {
  const columns = fields.map((_, c) =>
    textColumn(
      records.map((record) => {
        const text = record[c];
        return text === null ? { kind: NULL, span: Buffer.alloc(0) } : { kind: STRING, span: Buffer.from(text!) };
      }),
    ),
  );
  return Buffer.from(encode(fields, columns, records.length));
}

/** CSV as another program may write it. */
function foreignCsv(
  names: readonly string[],
  records: readonly (readonly Cell[])[],
  delimiter: string,
  quoteAll: boolean,
): string {
  const spell = (text: Cell) => {
    if (text === null || text === undefined) return "";
    const plain = text !== "" && !quoteAll && !/["\r\n]/.test(text) && !text.includes(delimiter);
    return plain && !text.startsWith("\uFEFF") ? text : `"${text.replaceAll('"', '""')}"`;
  };
  return [names, ...records].map((record) => `${record.map(spell).join(delimiter)}\r\n`).join("");
}

async function reencode(csv: string, delimiter: string): Promise<Buffer> {
  const out = new ByteWriter();
  let encoder: ReturnType<typeof createCsvEncoder> | undefined;
  for await (const batch of decodeCsv(bytesSource(Buffer.from(csv), 100), { delimiter, maxRecordBytes: 1 << 20 })) {
    encoder ??= createCsvEncoder(batch.fields);
    encoder.append(
      batch.columns,
      Int32Array.from({ length: batch.count }, (_, i) => i),
      0,
      batch.count,
      out,
    );
  }
  return out.take();
}
