import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RAW_LIMIT } from "../../../src/batch/batch.ts";
import type { RejectCode } from "../../../src/batch/batch.ts";
import { decodeJson } from "../../../src/formats/json/decode-json.ts";
import { MAX_NESTING } from "../../../src/formats/json/scan-value.ts";
import { decode, fieldName, objectText, valueText } from "./json-support.ts";
import type { Decoded } from "./json-support.ts";

/** Everything that a decoder says about its input, however it was cut into batches. */
function content({ records, offsets, rejected }: Decoded): unknown {
  return { records: records.map((record) => new Map(record)), offsets, rejected };
}

describe("broken records", () => {
  type Rejected = readonly [code: RejectCode, offset: number, line: number, message: string, raw: string];
  const cases: readonly [text: string, values: readonly number[], rejected: readonly Rejected[]][] = [
    [
      '{"a":1}\n{"a":x}\n{"a":3}',
      [1, 3],
      [["MalformedRecord", 8, 2, "Expected a value, found `x` after 5 bytes.", '{"a":x}']],
    ],
    [
      '{"a":1}\r\n\r\n{"a":2,}\r\n{"a":3}',
      [1, 3],
      [["MalformedRecord", 11, 3, "Expected a key in quotes, found `}` after 7 bytes.", '{"a":2,}']],
    ],
    [
      '{"a":"left open\n{"a":2}\n{"a":3}',
      [2, 3],
      [
        [
          "MalformedRecord",
          0,
          1,
          "Expected a character of a string or its closing quote, found a line end after 15 bytes.",
          '{"a":"left open',
        ],
      ],
    ],
    [
      '{"a":[1,\n{"a":2}\n{"a":3}',
      [2, 3],
      [["MalformedRecord", 0, 1, "Expected `,` or `]`, found `{` after 17 bytes.", '{"a":[1,']],
    ],
    [
      '{"a":1}\n{"a":2',
      [1],
      [["MalformedRecord", 8, 2, "Expected `,` or `}`, found the end of the input after 6 bytes.", '{"a":2']],
    ],
    [
      '{"a":nul',
      [],
      [["MalformedRecord", 0, 1, "Expected `null`, found the end of the input after 8 bytes.", '{"a":nul']],
    ],
    ['{"a":trve}', [], [["MalformedRecord", 0, 1, "Expected `true`, found `v` after 7 bytes.", '{"a":trve}']]],
    ['{"a":01}', [], [["MalformedRecord", 0, 1, "Expected `,` or `}`, found `1` after 6 bytes.", '{"a":01}']]],
    ['{"a":-}', [], [["MalformedRecord", 0, 1, "Expected a digit, found `}` after 6 bytes.", '{"a":-}']]],
    ['{"a" 1}', [], [["MalformedRecord", 0, 1, "Expected `:`, found `1` after 5 bytes.", '{"a" 1}']]],
    [
      '{"a":"\\x"}',
      [],
      [["MalformedRecord", 0, 1, "Expected an escape that JSON knows, found `x` after 7 bytes.", '{"a":"\\x"}']],
    ],
    [
      '{"a":"\\u00g0"}',
      [],
      [["MalformedRecord", 0, 1, "Expected four hexadecimal digits, found `g` after 10 bytes.", '{"a":"\\u00g0"}']],
    ],
    ['17\n{"a":1}', [1], [["MalformedRecord", 0, 1, "Expected an object, found `1`.", "17"]]],
    [
      '{"a":1}\n[{"a":2}]\n"x"',
      [1],
      [
        ["MalformedRecord", 8, 2, "Expected an object, found `[`.", '[{"a":2}]'],
        ["MalformedRecord", 18, 3, 'Expected an object, found `"`.', '"x"'],
      ],
    ],
    [
      '{"a":1} garbage\n{"a":2}',
      [2],
      [["MalformedRecord", 0, 1, "Expected a line end or another object, found `g` after 8 bytes.", '{"a":1} garbage']],
    ],
    [
      '{"a":1},\n{"a":2}',
      [2],
      [["MalformedRecord", 0, 1, "Expected a line end or another object, found `,` after 7 bytes.", '{"a":1},']],
    ],
    [
      '{"a":1}{"a":2}}\n{"a":3}',
      [1, 3],
      [["MalformedRecord", 7, 1, "Expected a line end or another object, found `}` after 7 bytes.", '{"a":2}}']],
    ],
    ['{"a":1}\n\0\n{"a":2}', [1, 2], [["MalformedRecord", 8, 2, "Expected an object, found the byte 0x00.", "\0"]]],
    [
      '[{"a":1},{"a":2',
      [1],
      [["MalformedRecord", 9, 1, "Expected `,` or `}`, found the end of the input after 6 bytes.", '{"a":2']],
    ],
    [
      '[{"a":1},{"a":x},{"a":3}]',
      [1],
      [["MalformedRecord", 9, 1, "Expected a value, found `x` after 5 bytes.", '{"a":x},{"a":3}]']],
    ],
    [
      '[\n{"a":1},\n{"a":x},\n{"a":3}\n]',
      [1, 3],
      [["MalformedRecord", 11, 3, "Expected a value, found `x` after 5 bytes.", '{"a":x},']],
    ],
    [
      '[\n{"a":1}\n,{"a":x}\n,{"a":3}]',
      [1, 3],
      [["MalformedRecord", 11, 3, "Expected a value, found `x` after 5 bytes.", '{"a":x}']],
    ],
    [
      '[\n{"a":1},\n{"a":[2,\n{"a":3}]',
      [1, 3],
      [["MalformedRecord", 11, 3, "Expected `,` or `}`, found the end of the input after 17 bytes.", '{"a":[2,']],
    ],
    ['[{"a":1},\n7,\n{"a":3}]', [1, 3], [["MalformedRecord", 10, 2, "Expected an object, found `7`.", "7,"]]],
    ['[{"a":1}\n{"a":2}\n,{"a":3}]', [1, 3], [["MalformedRecord", 9, 2, "Expected `,` or `]`, found `{`.", '{"a":2}']]],
    ['[{"a":1},\n]', [1], [["MalformedRecord", 10, 2, "Expected an object, found `]`.", "]"]]],
    ['[{"a":1},\n,{"a":2}]\n', [1], [["MalformedRecord", 10, 2, "Expected an object, found `,`.", ',{"a":2}]']]],
    ['[{"a":1}', [1], [["MalformedRecord", 8, 1, "The array of records is not closed with `]`.", ""]]],
    ['[{"a":1},\n', [1], [["MalformedRecord", 10, 2, "The array of records is not closed with `]`.", ""]]],
    ["[", [], [["MalformedRecord", 1, 1, "The array of records is not closed with `]`.", ""]]],
    [
      '[{"a":1}]\n{"a":2}\n[',
      [1],
      [
        ["MalformedRecord", 10, 2, "Expected nothing behind the closing `]`, found `{`.", '{"a":2}'],
        ["MalformedRecord", 18, 3, "Expected nothing behind the closing `]`, found `[`.", "["],
      ],
    ],
    [
      '{\n"a": 1,\n"b": }\n{"a":2}',
      [2],
      [
        ["MalformedRecord", 0, 1, "Expected a value, found `}` after 15 bytes.", "{"],
        ["MalformedRecord", 2, 2, 'Expected an object, found `"`.', '"a": 1,'],
        ["MalformedRecord", 10, 3, 'Expected an object, found `"`.', '"b": }'],
      ],
    ],
  ];
  it.each(cases)("%j", async (text, values, expected) => {
    const { records, rejected } = await decode(text);

    expect(rejected).toEqual(
      expected.map(([code, offset, line, message, raw]) => ({ code, offset, line, message, raw })),
    );
    expect(records).toEqual(values.map((value) => [["a", String(value)]]));
  });

  it("rejects what is nested too deep, and only that", async () => {
    const nested = (depth: number): string => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    const lines = [nested(MAX_NESTING), nested(MAX_NESTING + 1), objects(MAX_NESTING), objects(MAX_NESTING + 1)];

    const { records, rejected } = await decode(
      `${lines.join("\n")}\n${"[".repeat(100_000)}\n{"a":${"[".repeat(100_000)}`,
    );

    expect(records).toHaveLength(2);
    expect(rejected.map(({ code, line }) => [code, line])).toEqual([
      ["NestingTooDeep", 2],
      ["NestingTooDeep", 4],
      ["MalformedRecord", 5],
      ["NestingTooDeep", 6],
    ]);
  });

  const encodings: readonly [name: string, bytes: readonly number[]][] = [
    ["a lone continuation byte", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a cut character", [0xe6, 0x97]],
    ["Latin-1", [0xe9]],
  ];
  it.each(encodings)("rejects a record with %s, and only that", async (_, bytes) => {
    const bad = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    const good = Buffer.from('{"a":"日"}');
    const input = Buffer.concat([good, bad, good, Buffer.from("\n"), bad, Buffer.from("\n"), good]);

    for (const blockBytes of [1, 7, 1 << 20]) {
      const { records, rejected } = await decode(input, { blockBytes });

      expect(records).toEqual([1, 2, 3].map(() => [["a", '"日"']]));
      expect(rejected.map(({ code, offset, line, raw }) => ({ code, offset, line, raw }))).toEqual([
        { code: "InvalidEncoding", offset: 11, line: 1, raw: bad.toString() },
        { code: "InvalidEncoding", offset: 11 * 2 + bad.length + 1, line: 2, raw: bad.toString() },
      ]);
    }
  });

  it("rejects records longer than the limit, and only those", async () => {
    const record = (length: number): string => `{"a":"${"x".repeat(length - 8)}"}`;
    const text = [20, 21, 100, 5000, 20].map(record).join("\n");

    for (const blockBytes of [1, 16, 64, 1 << 20]) {
      const { records, rejected } = await decode(text, { maxRecordBytes: 20, blockBytes });

      expect(records).toHaveLength(2);
      expect(rejected).toEqual(
        [21, 100, 5000].map((length, i) => ({
          code: "RecordTooLarge",
          message: "The record is longer than 20 bytes.",
          offset: [21, 43, 144][i],
          line: i + 2,
          raw: record(length),
        })),
      );
    }
  });

  it("cuts the raw text of a rejected record between characters", async () => {
    const { rejected } = await decode(`{"a":"${"日".repeat(RAW_LIMIT)}`);

    const raw = rejected[0]!.raw!;
    expect(rejected[0]!.rawTruncated).toBe(true);
    expect(Buffer.byteLength(raw)).toBeLessThanOrEqual(RAW_LIMIT);
    expect(Buffer.byteLength(raw)).toBeGreaterThan(RAW_LIMIT - 3);
    expect(raw.endsWith("日")).toBe(true);
  });

  it("skips a huge record without keeping it", async () => {
    const chunk = Buffer.alloc(1 << 16, "x");
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"a":1}\n{"a":"');
      for (let sent = 0; sent < 100 << 20; sent += chunk.length) yield chunk;
      yield Buffer.from('"}\n{"a":3}\n');
    }
    const source = { name: "huge", size: undefined, stream, read: () => Promise.reject(new Error("unused")) };
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const seen: unknown[] = [];

    for await (const batch of decodeJson(source, { maxRecordBytes: 4 << 20 })) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      seen.push(...Array.from(batch.offsets.subarray(0, batch.count)));
      seen.push(...batch.rejected.map(({ code, line, raw }) => [code, line, raw!.length]));
    }

    expect(seen).toEqual([0, ["RecordTooLarge", 2, RAW_LIMIT], 8 + 6 + (100 << 20) + 3]);
    expect(most).toBeLessThan(16 << 20);
  });

  it("keeps no more of many broken records than a block holds", async () => {
    const line = `{"a":"${"x".repeat(50_000)}\n`;

    const { stops, rejected } = await decode(line.repeat(100), { blockBytes: 200_000 });

    const perBatch = stops.map((stop, i) => stop.rejected - (stops[i - 1]?.rejected ?? 0));
    expect(rejected).toHaveLength(100);
    expect(Math.max(...perBatch)).toBeLessThanOrEqual(4);
  });
});

describe("broken documents of any kind", () => {
  const line = fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .array(fc.tuple(fieldName, valueText(fc.constantFrom("", " ", "\n"))), { maxLength: 4 })
        .map((members) => objectText(members.map(([name, value]) => [JSON.stringify(name), value]))),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ",",
        '"',
        "1",
        "null",
        '{"a":',
        '{"a":[',
        "\u00e9",
        `{"a":"${"x".repeat(90)}"}`,
      ),
    },
  );
  const bytes = fc
    .tuple(
      fc.constantFrom("", "\ufeff", "[", " [\n"),
      fc.array(fc.tuple(line, fc.constantFrom("\n", ",", ",\n", "", " ", "\r\n")), { maxLength: 8 }),
      fc.constantFrom("", "]", "\n]\n"),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
    )
    .map(([head, lines, tail, noise]) => {
      const text = Buffer.from(head + lines.flat().join("") + tail);
      for (const [at, byte] of noise) if (text.length > 0) text[at % text.length] = byte;
      return text;
    });
  const sizes = fc.record({
    blockBytes: fc.integer({ min: 1, max: 100 }),
    chunkBytes: fc.integer({ min: 1, max: 100 }),
  });

  it("are read alike in chunks and blocks of any size", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, sizes, async (input, sizes) => {
        const whole = await decode(input, { maxRecordBytes: 80 });

        const inPieces = await decode(input, { maxRecordBytes: 80, ...sizes });

        expect(content(inPieces)).toEqual(content(whole));
      }),
      { numRuns: 600 },
    );
  });

  it("can be gone on with after every batch", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, sizes, async (input, sizes) => {
        const settings = { maxRecordBytes: 80, ...sizes };
        const whole = await decode(input, settings);

        for (const { next, records, rejected } of whole.stops) {
          if (next === null) continue;
          const rest = await decode(input, { ...settings, from: JSON.parse(JSON.stringify(next)) });

          expect(content(rest)).toEqual(
            content({
              ...whole,
              records: whole.records.slice(records),
              offsets: whole.offsets.slice(records),
              rejected: whole.rejected.slice(rejected),
            }),
          );
        }
        expect(whole.stops.at(-1)!.next).toBeNull();
        const empty = whole.stops.filter(
          (stop, i) =>
            stop.records + stop.rejected === (whole.stops[i - 1]?.records ?? 0) + (whole.stops[i - 1]?.rejected ?? 0),
        );
        expect(empty.every(({ next }) => next === null)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("say of each rejected record where it stands", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, sizes, async (input, sizes) => {
        const { rejected, offsets } = await decode(input, { maxRecordBytes: 80, ...sizes });

        for (const { offset, line, raw } of rejected) {
          const before = input.subarray(0, offset);
          expect(line).toBe(before.filter((byte) => byte === 10).length + 1);
          expect(input.subarray(offset).toString().startsWith(raw!)).toBe(true);
        }
        expect(rejected.map(({ offset }) => offset)).toEqual(
          rejected.map(({ offset }) => offset).sort((a, b) => a - b),
        );
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});
