import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, fieldName, objectText, valueText } from "./json-support.ts";
import type { RawRecord } from "./json-support.ts";

/** What JSON.parse makes of a line of objects with blanks between them; null where the line breaks. */
function parseLine(line: string): (Map<string, unknown> | null)[] {
  const rest = line.replace(/^[ \t\r]+/, "");
  if (rest === "") return [];
  for (let end = 1; end <= rest.length; end++) {
    if (rest[end - 1] !== "}") continue;
    const record = parseObject(rest.slice(0, end));
    if (record === undefined) continue;
    if (!/^[ \t\r]*(?:\{|$)/.test(rest.slice(end))) return [null];
    return [record, ...parseLine(rest.slice(end))];
  }
  return [null];
}

function parseObject(text: string): Map<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return new Map(Object.entries(JSON.parse(text) as object));
  } catch {
    return undefined;
  }
}

function parseObjects(text: string): Map<string, unknown>[] | undefined {
  try {
    const values = JSON.parse(text) as unknown[];
    const areObjects = values.every((value) => typeof value === "object" && value !== null && !Array.isArray(value));
    return areObjects ? values.map((value) => new Map(Object.entries(value as object))) : undefined;
  } catch {
    return undefined;
  }
}

function parseCells(record: RawRecord): Map<string, unknown> {
  return new Map(record.map(([name, text]) => [name, JSON.parse(text) as unknown]));
}

describe("the grammar", () => {
  const member = fc.tuple(
    fieldName.map((name) => JSON.stringify(name)),
    valueText(fc.constantFrom("", " ", "\t")),
  );
  const object = fc
    .tuple(fc.array(member, { maxLength: 4 }), fc.constantFrom("", " "))
    .map(([members, blank]) => objectText(members, blank));
  const mutation = fc.tuple(
    fc.constantFrom("replace", "insert", "delete", "duplicate"),
    fc.nat(),
    fc.oneof(
      fc.constantFrom(...'{}[]",:\\-+.eE0123456789utfn \t\r\0\u001f\u007f'),
      fc.constantFrom("null", "true", "1e", "\\u12", "\\ud800", "NaN", "'", "//", "\u00a0", "\ufeff"),
    ),
    fc.integer({ min: 1, max: 6 }),
  );
  const mutated = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(text, fc.array(mutation, { maxLength: 3 })).map(([original, mutations]) => {
      let result = original;
      for (const [kind, at, piece, length] of mutations) {
        const start = at % (result.length + 1);
        const end = kind === "insert" ? start : start + (kind === "replace" ? piece.length : length);
        const middle = kind === "duplicate" ? result.slice(start, end).repeat(2) : kind === "delete" ? "" : piece;
        result = result.slice(0, start) + middle + result.slice(end);
      }
      // Half a surrogate pair has no bytes of its own.
      return result.toWellFormed();
    });

  it("is that of JSON.parse, and a broken line costs one record", async () => {
    let broken = 0;
    await fc.assert(
      fc.asyncProperty(mutated(object), async (line) => {
        const expected = parseLine(line);
        const failures = expected.filter((record) => record === null).length;
        broken += failures;

        const { records, rejected } = await decode(`{"first":0}\n${line}\n{"last":9}`);

        expect(rejected).toHaveLength(failures);
        expect(records.map(parseCells)).toEqual([
          new Map([["first", 0]]),
          ...expected.filter((record) => record !== null),
          new Map([["last", 9]]),
        ]);
      }),
      { numRuns: 2000 },
    );
    expect(broken).toBeGreaterThan(250);
  });

  it("accepts of an array what JSON.parse does, and says so when something is broken", async () => {
    const blank = fc.constantFrom("", "\n", " ", "\r\n");
    const array = fc
      .tuple(fc.array(object, { maxLength: 3 }), blank)
      .map(([objects, blank]) => `[${blank}${objects.join(`,${blank}`)}${blank}]`);
    await fc.assert(
      fc.asyncProperty(mutated(array), async (text) => {
        fc.pre(/^[ \t\r\n]*\[/.test(text));
        const expected = parseObjects(text);

        const { records, rejected } = await decode(text);

        if (expected === undefined) expect(rejected).not.toEqual([]);
        else expect({ records: records.map(parseCells), rejected }).toEqual({ records: expected, rejected: [] });
      }),
      { numRuns: 700 },
    );
  });

  const valid = [
    "0",
    "-0",
    "10",
    "0.5",
    "-1.5e+10",
    "1E5",
    "1e-0",
    '"\\/\\b\\f\\n\\r\\t\\u00FF"',
    "[]",
    "[[],{}]",
    '{"":{}}',
  ];
  it.each(valid)("accepts %s", async (value) => {
    const { records } = await decode(`{"a":${value}}`);

    expect(records).toEqual([[["a", value]]]);
  });

  const invalid = [
    "",
    "01",
    "-",
    "-a",
    ".5",
    "5.",
    "1e",
    "1e+",
    "+1",
    "0x1",
    "1_0",
    "Infinity",
    "NaN",
    "undefined",
    "True",
    "nulll",
    "tru",
    "'a'",
    '"\t"',
    '"\u0000"',
    '"\\a"',
    '"\\u12"',
    '"\\u12G4"',
    '"\\',
    "[1,]",
    "[,1]",
    "[1 2]",
    "[",
    "{",
    "{,}",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "{a:1}",
    "{1:1}",
    "/**/1",
    "1//",
  ];
  it.each(invalid)("rejects %s", async (value) => {
    const { records, rejected } = await decode(`{"a":${value}}\n{"b":1}`);

    expect(records).toEqual([[["b", "1"]]]);
    expect(rejected).toMatchObject([{ code: "MalformedRecord", offset: 0, line: 1, raw: `{"a":${value}}` }]);
  });
});
