import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BATCH_RECORDS, RAW_LIMIT } from "../../../src/batch/batch.ts";
import type { TextColumn } from "../../../src/batch/batch.ts";
import { CSV_SAFE, DOUBLED, NON_ASCII, NULL, STRING } from "../../../src/batch/cell-kind.ts";
import { decodeCsv } from "../../../src/formats/csv/decode-csv.ts";
import { FormatError } from "../../../src/formats/format.ts";
import { bytesSource, readCsv } from "./read-csv.ts";
import type { Cell } from "./read-csv.ts";

const BLOCKS = [16, 17, 23, 64, 1 << 16];

describe("the grammar", () => {
  const cases: readonly (readonly [name: string, content: string, records: readonly (readonly Cell[])[]])[] = [
    [
      "LF",
      "a,b\n1,2\n3,4\n",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    [
      "CR LF",
      "a,b\r\n1,2\r\n3,4\r\n",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    [
      "CR",
      "a,b\r1,2\r3,4\r",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    [
      "all line ends in one object",
      "a,b\r\n1,2\n3,4\r5,6\n",
      [
        ["1", "2"],
        ["3", "4"],
        ["5", "6"],
      ],
    ],
    [
      "no line end behind the last record",
      "a,b\n1,2\n3,4",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    ["a quoted last cell without a line end", 'a,b\n1,"2"', [["1", "2"]]],
    ["a header without records", "a,b\n", []],
    ["a header without a line end", "a,b", []],
    [
      "empty cells",
      "a,b,c\n,,\n1,,\n,,3\n",
      [
        [null, null, null],
        ["1", null, null],
        [null, null, "3"],
      ],
    ],
    [
      "quoted empty cells",
      'a,b\n"",\n,""\n',
      [
        ["", null],
        [null, ""],
      ],
    ],
    ["delimiters in quotes", 'a,b\n"1,1","2,"\n', [["1,1", "2,"]]],
    ["doubled quotes", 'a,b\n"say ""hi""",""""\n', [['say "hi"', '"']]],
    [
      "line ends in quotes",
      'a,b\n"1\n1","2\r\n\r2"\n3,4\n',
      [
        ["1\n1", "2\r\n\r2"],
        ["3", "4"],
      ],
    ],
    [
      "quotes within an unquoted cell",
      'a,b\n5" pipe,x""y\n"q",z"\n',
      [
        ['5" pipe', 'x""y'],
        ["q", 'z"'],
      ],
    ],
    ["blanks around cells", "a,b\n 1 ,\t2\t\n", [[" 1 ", "\t2\t"]]],
    ["control characters", "a,b\n\u0000,x\u0001\u001fy\n", [["\u0000", "x\u0001\u001fy"]]],
    [
      "characters of two, three and four bytes",
      'a,b\nß,漢\n🚀,"é,🚀"\n',
      [
        ["ß", "漢"],
        ["🚀", "é,🚀"],
      ],
    ],
    [
      "blank lines",
      "\n\na,b\n\n1,2\r\n\r\n\r\n3,4\n\n",
      [
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    ["blank lines among records of one cell", 'a\n1\n\n""\n\n2\n', [["1"], [""], ["2"]]],
    ["a byte order mark", "\uFEFFa,b\n1,2\n", [["1", "2"]]],
    ["a byte order mark before a quoted header", '\uFEFF"a","b"\n1,2\n', [["1", "2"]]],
    ["a byte order mark that is data", "a,b\n\uFEFF1,2\n", [["\uFEFF1", "2"]]],
    ["a CR behind the last record", "a,b\r1,2\r", [["1", "2"]]],
  ];

  it.each(cases)("reads %s", async (_, content, records) => {
    for (const blockBytes of BLOCKS) {
      const read = await readCsv(content, { blockBytes });

      expect(read.records).toEqual(records);
      expect(read.rejected).toEqual([]);
    }
  });

  it.each([";", "\t", "|", "\u0001", " ", "x"])("reads cells between %j", async (delimiter) => {
    const read = await readCsv(`a${delimiter}b\n1,2${delimiter}"3${delimiter}4"\n${delimiter}""\n`, { delimiter });

    expect(read.fields).toEqual(["a", "b"]);
    expect(read.records).toEqual([
      ["1,2", `3${delimiter}4`],
      [null, ""],
    ]);
  });

  it.each(["", ",,", '"', "\n", "\r", "§"])("refuses the delimiter %j", async (delimiter) => {
    await expect(readCsv("a,b\n", { delimiter })).rejects.toThrow(FormatError);
  });

  it("gives every record its byte offset", async () => {
    const read = await readCsv('\uFEFFa,b\né,2\n\n"x\ny",4\r\n5,6');

    expect(read.offsets).toEqual([7, 13, 22]);
  });
});

describe("the flags of a cell", () => {
  const PLAIN = STRING | CSV_SAFE;
  const cases: readonly (readonly [cell: string, kind: number])[] = [
    ["abc", PLAIN],
    ["abcdefg\tij", PLAIN],
    ["äbc", PLAIN | NON_ASCII],
    ["abcdefghü", PLAIN | NON_ASCII],
    ['a"b', STRING],
    ["", NULL],
    ['""', STRING],
    ['"abc"', PLAIN],
    ['"abcdefg\thij"', PLAIN],
    ['"abcü"', PLAIN | NON_ASCII],
    ['"a,b"', STRING],
    ['"abcdef,"', STRING],
    ['"a\nb"', STRING],
    ['"abcdefgh\rb"', STRING],
    ['"a""b"', STRING | DOUBLED],
    ['"""ü"', STRING | DOUBLED | NON_ASCII],
  ];

  it.each(cases)("of %j", async (cell, kind) => {
    const source = bytesSource(Buffer.from(`a,b,c\n${cell},ü,${cell}\n`), 1000);

    const kinds: number[] = [];
    for await (const batch of decodeCsv(source, { maxRecordBytes: 1000 })) {
      for (const column of batch.columns as TextColumn[]) kinds.push(column.kinds[0]!);
    }

    expect(kinds).toEqual([kind, PLAIN | NON_ASCII, kind]);
  });

  it("does not say that a cell is safe that a comma as the delimiter would cut", async () => {
    const source = bytesSource(Buffer.from("a;b\n1,2;x\n"), 1000);

    for await (const batch of decodeCsv(source, { maxRecordBytes: 1000, delimiter: ";" })) {
      expect((batch.columns[0] as TextColumn).kinds[0]).toBe(STRING);
    }
  });
});

describe("the header", () => {
  const cases: readonly (readonly [header: string, fields: readonly string[]])[] = [
    ["Id,Name", ["Id", "Name"]],
    [" Id , name", [" Id ", " name"]],
    ['"Id","first\nname","say ""x"""', ["Id", "first\nname", 'say "x"']],
    ["a,a,a", ["a", "a_2", "a_3"]],
    ["a,a_2,a", ["a", "a_2", "a_3"]],
    ["a,a,a_2", ["a", "a_3", "a_2"]],
    ["a,,b,", ["a", "column_2", "b", "column_4"]],
    [",column_1", ["column_1_2", "column_1"]],
    ['"",a', ["column_1", "a"]],
    ["__proto__,constructor,__proto__", ["__proto__", "constructor", "__proto___2"]],
    ["größe,🚀", ["größe", "🚀"]],
  ];

  it.each(cases)("%j names the fields", async (header, fields) => {
    const cells = fields.map((_, i) => String(i));
    for (const blockBytes of BLOCKS) {
      const read = await readCsv(`${header}\n${cells.join(",")}\n`, { blockBytes });

      expect(read.fields).toEqual(fields);
      expect(read.records).toEqual([cells]);
    }
  });

  it("may have very many names: then a batch has fewer records", async () => {
    const width = 20_000;
    const names = Array.from({ length: width }, (_, i) => `f${i}`).join(",");
    const read = await readCsv(`${names}\n${`${"1,".repeat(width - 1)}2\n`.repeat(300)}`);

    expect(read.stops.at(-1)!.records).toBe(300);
    expect(read.stops[0]!.records).toBeLessThan(300);
    for (const record of read.records) expect([record.length, record[0], record.at(-1)]).toEqual([width, "1", "2"]);
  });

  const broken: readonly (readonly [name: string, content: string | Buffer, message: RegExp])[] = [
    ["an empty object", "", /s3:\/\/bucket\/accounts.csv has no header line/],
    ["blank lines only", "\n\r\n\r", /has no header line/],
    ["only a byte order mark", "\uFEFF", /has no header line/],
    ["UTF-16, little endian", Buffer.from("\uFEFFa,b\n", "utf16le"), /encoded in UTF-16/],
    ["UTF-16, big endian", Buffer.from("\uFEFFa,b\n", "utf16le").swap16(), /encoded in UTF-16/],
    ["a header that is not UTF-8", Buffer.from("a,\xe9\n1,2\n", "latin1"), /not UTF-8/],
    ["a header with an open quote", 'a,"b\n1,2\n', /a quote that is never closed/],
    ["a header with text after a quote", '"a"b,c\n1,2\n', /text after a closing quote/],
    ["a header with too many names", ",".repeat(100_000), /more than 100000 names/],
    ["a header that is too long", `${"x".repeat(2000)}\n1\n`, /no header line within 1000 bytes/],
  ];

  it.each(broken)("of an object that cannot be read: %s", async (name, content, message) => {
    for (const blockBytes of BLOCKS) {
      const read = readCsv(content, { blockBytes, maxRecordBytes: name.includes("many") ? 1 << 20 : 1000 });

      await expect(read).rejects.toThrow(FormatError);
      await expect(read).rejects.toThrow(message);
    }
  });
});

describe("the wanted fields", () => {
  it("come in the wanted order, and are absent where the object has none", async () => {
    const read = await readCsv("a,b,c\n1,2,3\n,,\n", { fields: ["c", "x", "a"] });

    expect(read.fields).toEqual(["c", "x", "a"]);
    expect(read.records).toEqual([
      ["3", undefined, "1"],
      [null, undefined, null],
    ]);
  });

  it("may be none, and the records are counted all the same", async () => {
    const read = await readCsv("a,b\n1,2\n3\n", { fields: [] });

    expect(read.records).toEqual([[]]);
    expect(read.rejected).toHaveLength(1);
  });

  it("may name a field twice", async () => {
    const read = await readCsv("a,b\n1,2\n", { fields: ["b", "a", "b"] });

    expect(read.records).toEqual([["2", "1", "2"]]);
  });
});

describe("a record that cannot be read", () => {
  interface Broken {
    readonly name: string;
    /** Lines of an object with the header `id,text`; `\xNN` is a byte. */
    readonly content: string;
    readonly rejected: readonly (readonly [code: string, line: number, raw: string])[];
    readonly ids: readonly string[];
  }

  const cases: readonly Broken[] = [
    {
      name: "too many cells",
      content: "1,a\n2,b,c\n3,d\n",
      rejected: [["ColumnCountMismatch", 3, "2,b,c"]],
      ids: ["1", "3"],
    },
    {
      name: "too few cells",
      content: '1,a\r\n"2"\r\n3,d\r\n',
      rejected: [["ColumnCountMismatch", 3, '"2"']],
      ids: ["1", "3"],
    },
    {
      name: "too many cells on several lines",
      content: '1,a\n2,"b\nb",c\n3,d\n',
      rejected: [["ColumnCountMismatch", 3, '2,"b\nb",c']],
      ids: ["1", "3"],
    },
    {
      name: "text after a closing quote",
      content: '1,a\n2,"b"c\n3,d\n',
      rejected: [["MalformedRecord", 3, '2,"b"c']],
      ids: ["1", "3"],
    },
    {
      name: "a blank after a closing quote",
      content: '1,a\n2,"b" \n3,d\n',
      rejected: [["MalformedRecord", 3, '2,"b" ']],
      ids: ["1", "3"],
    },
    {
      name: "a quote that is never closed",
      content: '1,a\n2,"b\n3,c\n4,d\n',
      rejected: [["MalformedRecord", 3, '2,"b']],
      ids: ["1", "3", "4"],
    },
    {
      name: "a quote that is never closed, on the last line",
      content: '1,a\n2,"b',
      rejected: [["MalformedRecord", 3, '2,"b']],
      ids: ["1"],
    },
    {
      name: "a quote that the next quoted cell closes",
      content: '1,a\n2,"b\n3,c\n4,"d"\n5,e\n',
      rejected: [["MalformedRecord", 3, '2,"b']],
      ids: ["1", "3", "4", "5"],
    },
    {
      name: "several quotes that are never closed",
      content: '2,"b\n3,c\n4,"d\n5,e\n6,f"g\n7,"h\n8,i',
      rejected: [
        ["MalformedRecord", 2, '2,"b'],
        ["MalformedRecord", 4, '4,"d'],
        ["MalformedRecord", 7, '7,"h'],
      ],
      ids: ["3", "5", "6", "8"],
    },
    {
      name: "bytes that are not UTF-8",
      content: "1,ä\n2,\\xe4\n3,ä\n\\xff,b\n5,\\xc3\n6,ä\n",
      rejected: [
        ["InvalidEncoding", 3, "2,\ufffd"],
        ["InvalidEncoding", 5, "\ufffd,b"],
        ["InvalidEncoding", 6, "5,\ufffd"],
      ],
      ids: ["1", "3", "6"],
    },
    {
      name: "a surrogate, an overlong form and a character beyond Unicode",
      content: "1,\\xed\\xa0\\x80\n2,\\xc0\\xaf\n3,\\xf4\\x90\\x80\\x80\n4,\\xf4\\x8f\\xbf\\xbf\n",
      rejected: [
        ["InvalidEncoding", 2, "1,\ufffd\ufffd\ufffd"],
        ["InvalidEncoding", 3, "2,\ufffd\ufffd"],
        ["InvalidEncoding", 4, "3,\ufffd\ufffd\ufffd\ufffd"],
      ],
      ids: ["4"],
    },
    {
      name: "a character that the end of the object cuts",
      content: "1,a\n2,\\xe2\\x82",
      rejected: [["InvalidEncoding", 3, "2,\ufffd"]],
      ids: ["1"],
    },
    {
      name: "more bytes than the limit",
      content: `1,a\n2,${"b".repeat(39)}\n3,${"c".repeat(38)}\n4,${"d".repeat(500)}\r\n5,e\n6,${"f".repeat(100)}`,
      rejected: [
        ["RecordTooLarge", 3, `2,${"b".repeat(38)}`],
        ["RecordTooLarge", 5, `4,${"d".repeat(38)}`],
        ["RecordTooLarge", 7, `6,${"f".repeat(38)}`],
      ],
      ids: ["1", "3", "5"],
    },
    {
      name: "an open quote that runs past the limit",
      content: `1,a\n2,"b\n${Array.from({ length: 9 }, (_, i) => `${i + 3},${"c".repeat(10)}\n`).join("")}`,
      rejected: [["RecordTooLarge", 3, '2,"b']],
      ids: ["1", "3", "4", "5", "6", "7", "8", "9", "10", "11"],
    },
    {
      name: "a quoted cell beyond the limit that is closed",
      content: `1,a\n2,"b\n${"x".repeat(35)}"\n3,"${"c".repeat(36)}"\n4,d`,
      rejected: [
        ["RecordTooLarge", 3, '2,"b'],
        ["ColumnCountMismatch", 4, `${"x".repeat(35)}"`],
      ],
      ids: ["1", "3", "4"],
    },
  ];

  it.each(cases)("is rejected with its place, and all others are read: $name", async ({ content, rejected, ids }) => {
    const bytes = Buffer.concat([Buffer.from("id,text\n"), bytesOf(content)]);
    const lineStarts = lineStartsOf(bytes);
    for (const blockBytes of BLOCKS) {
      for (const chunkBytes of [1, 7, 1000]) {
        const read = await readCsv(bytes, { blockBytes, chunkBytes, maxRecordBytes: 40 });

        expect(read.rejected.map(({ code, line, raw }) => [code, line, raw])).toEqual(rejected);
        expect(read.records.map(([id]) => id)).toEqual(ids);
        for (const { offset, line } of read.rejected) expect(offset).toBe(lineStarts[line! - 1]);
      }
    }
  });

  it("says how many cells it has", async () => {
    const read = await readCsv("a,b,c\n1\n1,2,3,4,5\n");

    expect(read.rejected.map(({ message }) => message)).toEqual([
      "The record has 1 cell, the header has 3.",
      "The record has 5 cells, the header has 3.",
    ]);
  });

  it("is kept up to a limit, in whole characters", async () => {
    const text = "é".repeat(RAW_LIMIT);
    const read = await readCsv(`a,b\n1${text}\n2,3\n`);

    expect(read.rejected[0]!.raw).toBe(`1${"é".repeat(RAW_LIMIT / 2 - 1)}`);
    expect(read.rejected[0]!.rawTruncated).toBe(true);
    expect(read.records).toEqual([["2", "3"]]);
  });

  it("does not fill a batch with what is rejected", async () => {
    const line = "x".repeat(5000);
    const lines = Array.from({ length: 1000 }, (_, i) => (i % 100 === 0 ? "1,2\n" : `${line}\n`));
    const source = bytesSource(Buffer.from(`a,b\n${lines.join("")}`), 1 << 16);

    let rejected = 0;
    for await (const batch of decodeCsv(source, { maxRecordBytes: 1 << 20 })) {
      const kept = batch.rejected.reduce((sum, { raw }) => sum + raw!.length, 0);
      expect(kept).toBeLessThan(2 << 20);
      rejected += batch.rejected.length;
    }

    expect(rejected).toBe(990);
  });

  it("is one of at most as many as a batch has records", async () => {
    const read = await readCsv(`a,b\n${"1\n".repeat(3 * BATCH_RECORDS)}`);

    expect(read.stops.map(({ rejected }) => rejected)).toEqual([1, 2, 3].map((n) => n * BATCH_RECORDS));
  });
});

describe("the place of a record", () => {
  it("counts physical lines, whatever ends them", async () => {
    const content = 'a,b\r\n\r\n"1\r\n1",2\r"x\ry",4\n\n"1\n2\n3"\r\n\rbad\n1,"2\n';
    for (const blockBytes of BLOCKS) {
      const read = await readCsv(content, { blockBytes });

      expect(read.rejected.map(({ line, raw }) => [line, raw])).toEqual([
        [8, '"1\n2\n3"'],
        [12, "bad"],
        [13, '1,"2'],
      ]);
    }
  });

  it("goes on counting behind a header of several lines", async () => {
    const read = await readCsv('\r\n"a\nb","c\r\nd"\r\n1,2\r\nbad\r\n');

    expect(read.rejected.map(({ line }) => line)).toEqual([6]);
  });
});

describe("reading in pieces", () => {
  const piece = fc.constantFrom(
    "a",
    "ß",
    "🚀",
    '"',
    '""',
    ",",
    "\n",
    "\r",
    "\r\n",
    '",',
    ',"',
    '"\n',
    "é",
    "xyz",
    "\\xff",
  );
  const content = fc.array(piece, { maxLength: 60 }).map((pieces) => bytesOf(`x,y\n${pieces.join("")}`));

  it("gives the same records for every size of block and chunk", async () => {
    await fc.assert(
      fc.asyncProperty(
        content,
        fc.integer({ min: 8, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (bytes, blockBytes, chunkBytes) => {
          const whole = await readCsv(bytes, { maxRecordBytes: 30 });
          const pieces = await readCsv(bytes, { maxRecordBytes: 30, blockBytes, chunkBytes });

          expect(pieces.records).toEqual(whole.records);
          expect(pieces.offsets).toEqual(whole.offsets);
          expect(pieces.rejected).toEqual(whole.rejected);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("goes on from every batch with exactly the rest", async () => {
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 8, max: 20 }), async (bytes, blockBytes) => {
        const options = { maxRecordBytes: 30, blockBytes };
        const whole = await readCsv(bytes, options);
        for (const stop of whole.stops) {
          if (stop.next === null) continue;
          const rest = await readCsv(bytes, { ...options, from: JSON.parse(JSON.stringify(stop.next)) });

          expect(rest.records).toEqual(whole.records.slice(stop.records));
          expect(rest.offsets).toEqual(whole.offsets.slice(stop.records));
          expect(rest.rejected).toEqual(whole.rejected.slice(stop.rejected));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("loses no byte: records and rejected lines cover the object, blank lines aside", async () => {
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        const read = await readCsv(bytes, { maxRecordBytes: 1000 });

        const starts = [...read.offsets, ...read.rejected.map(({ offset }) => offset)].sort((a, b) => a - b);
        const firstLine = bytes.findIndex((c, i) => i >= 4 && c !== 10 && c !== 13);
        expect(starts[0] ?? -1).toBe(firstLine);
        for (const start of starts) expect([10, 13]).toContain(bytes[start - 1]);
      }),
      { numRuns: 200 },
    );
  });

  it("ends with a batch without a next, also when there is nothing to read", async () => {
    for (const content of ["a\n", `a\n${"1\n".repeat(BATCH_RECORDS)}`, `a\n${"1\n".repeat(BATCH_RECORDS + 1)}`]) {
      const { stops } = await readCsv(content);

      expect(stops.map(({ next }) => next === null)).toEqual([...stops.slice(1).map(() => false), true]);
    }
  });

  it("gives at most as many records as a batch may have", async () => {
    const { stops } = await readCsv(`a\n${"1\n".repeat(3 * BATCH_RECORDS + 5)}`);

    expect(stops.map(({ records }) => records)).toEqual(
      [1, 2, 3].map((n) => n * BATCH_RECORDS).concat(3 * BATCH_RECORDS + 5),
    );
  });
});

describe("the source", () => {
  it("is closed when the reader stops early", async () => {
    let closed = false;
    const source = {
      ...bytesSource(new Uint8Array(0), 1),
      async *stream() {
        try {
          for (;;) yield Buffer.from("a,b\n1,2\n".repeat(1000));
        } finally {
          closed = true;
        }
      },
    };

    for await (const batch of decodeCsv(source, { maxRecordBytes: 1000 })) {
      expect(batch.count).toBe(BATCH_RECORDS);
      break;
    }

    expect(closed).toBe(true);
  });

  it("fails the read with its own error", async () => {
    const source = {
      ...bytesSource(new Uint8Array(0), 1),
      async *stream() {
        yield Buffer.from("a,b\n1,2\n");
        throw new Error("connection lost");
      },
    };

    const read = (async () => {
      for await (const batch of decodeCsv(source, { maxRecordBytes: 1000 })) expect(batch.rejected).toEqual([]);
    })();

    await expect(read).rejects.toThrow("connection lost");
  });

  it.each([
    ["without line ends", "x".repeat(1 << 16), 1],
    ["with line ends", `${"x".repeat((1 << 16) - 1)}\n`, 1600],
  ])("may hold a quoted cell of 100 MB %s in flat memory", async (_, chunk, rejectedLines) => {
    const before = process.memoryUsage().arrayBuffers;
    const bytes = Buffer.from(chunk);
    let most = 0;
    const source = {
      ...bytesSource(new Uint8Array(0), 1),
      async *stream() {
        yield Buffer.from('id,text\n1,a\n2,"');
        for (let i = 0; i < 1600; i++) yield bytes;
        yield Buffer.from('"\n3,c\n');
      },
    };

    const ids: string[] = [];
    let rejected = 0;
    for await (const batch of decodeCsv(source, { maxRecordBytes: 4 << 20 })) {
      const column = batch.columns[0] as TextColumn;
      for (let r = 0; r < batch.count; r++) ids.push(column.bytes.utf8Slice(column.starts[r], column.ends[r]));
      rejected += batch.rejected.length;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }

    expect(ids).toEqual(["1", "3"]);
    expect(rejected).toBe(rejectedLines === 1 ? 1 : rejectedLines + 1);
    expect(most).toBeLessThan(32 << 20);
  });
});

/** UTF-8 but for `\xNN`, which is one byte. */
function bytesOf(text: string): Buffer {
  const parts = text.split(/\\x([0-9a-f]{2})/);
  return Buffer.concat(parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from(part, "hex"))));
}

function lineStartsOf(bytes: Buffer): number[] {
  const starts = [0];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 10 || (bytes[i] === 13 && bytes[i + 1] !== 10)) starts.push(i + 1);
  }
  return starts;
}
