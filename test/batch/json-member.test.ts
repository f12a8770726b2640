import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/batch/byte-writer.ts";
import { BOOLEAN, ESCAPED, KIND, NESTED, NON_ASCII, NULL, NUMBER, STRING } from "../../src/batch/cell-kind.ts";
import { findMember, hasMember, member, rewriteMembers } from "../../src/batch/json-member.ts";

/** The raw text of the value that a path leads to. */
function find(text: string, path: string): string | undefined {
  const bytes = Buffer.from(`#${text}`);
  return findMember(bytes, 1, Buffer.from(path)) ? bytes.utf8Slice(member.start, member.end) : undefined;
}

function rewrite(text: string, path: string, replacement: (old: string) => string): string {
  const bytes = Buffer.from(`#${text}#`);
  const out = new ByteWriter(16);
  rewriteMembers(bytes, 1, bytes.length - 1, Buffer.from(path), out, () => {
    out.append(Buffer.from(replacement(bytes.utf8Slice(member.start, member.end))));
  });
  return out.bytes.utf8Slice(0, out.length);
}

describe("findMember", () => {
  const cases: readonly [text: string, path: string, found: string | undefined][] = [
    ['{"a":1}', "a", "1"],
    ['{"a":1,"b":"x"}', "b", "x"],
    ['{ "a" : { "b" :\n[1, {"c":2}] } , "d":0}', "a.b", '[1, {"c":2}]'],
    ['{"a":{"b":{"c":-1.5e3}}}', "a.b.c", "-1.5e3"],
    ['{"a":{"b.c":true}}', "a.b.c", "true"],
    ['{"a":{"b":{"c":1},"b.c":2},"a.b.c":3,"a.b":{"c":4}}', "a.b.c", "3"],
    ['{"a":{"c":1},"a.b":{"c":4}}', "a.b.c", "4"],
    ['{"a.b":5,"a":{"b":{"c":1}}}', "a.b.c", "1"],
    ['{"a":1,"a":2}', "a", "2"],
    ['{"\\u0061":"\\"q\\""}', "a", '\\"q\\"'],
    ['{"a\\\\n":1,"a\\n":2}', "a\n", "2"],
    ['{"a\\\\n":1}', "a\\n", "1"],
    ['{"":{"":7}}', ".", "7"],
    ['{"":8}', "", "8"],
    ['{"é":{"\u{1f600}":1}}', "é.\u{1f600}", "1"],
    ['{"__proto__":{"constructor":1}}', "__proto__.constructor", "1"],
    ['{"a":"{\\"b\\":1}"}', "a.b", undefined],
    ['{"a":[{"b":1}]}', "a.b", undefined],
    ['{"a":{}}', "a.b", undefined],
    ['{"ab":1}', "a", undefined],
    ['{"a":1}', "ab", undefined],
    ["{}", "a", undefined],
    ["[1]", "0", undefined],
  ];
  it.each(cases)("%s at %j is %j", (text, path, found) => {
    expect(find(text, path)).toBe(found);
  });

  it("tells what the value is", () => {
    const kinds = ["1", "true", "null", "{}", "[]", '"x"', '"\\n"', '"é"'].map((value) => {
      findMember(Buffer.from(`{"a":${value}}`), 0, Buffer.from("a"));
      return member.kind & (KIND | ESCAPED | NON_ASCII);
    });

    const nested = NESTED | NON_ASCII;
    expect(kinds).toEqual([NUMBER, BOOLEAN, NULL, nested, nested, STRING, STRING | ESCAPED, STRING | NON_ASCII]);
  });

  it("finds what JSON.parse finds", () => {
    const key = fc.constantFrom("a", "b", "c", 'q"', "é", "");
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.jsonValue({ maxDepth: 0 }),
        fc.dictionary(key, tie("value"), { maxKeys: 4 }),
        fc.array(tie("value"), { maxLength: 2 }),
      ),
    })).value;
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { maxKeys: 4 }),
        fc.array(key, { minLength: 1, maxLength: 3 }),
        fc.nat(3),
        (object, keys, indent) => {
          const text = JSON.stringify(object, null, indent);
          const bytes = Buffer.from(text);

          const found = findMember(bytes, 0, Buffer.from(keys.join(".")));

          const quotes = found && (member.kind & KIND) === STRING ? 1 : 0;
          const raw = found ? bytes.utf8Slice(member.start - quotes, member.end + quotes) : undefined;
          const expected = keys.reduce<unknown>(memberOf, object);
          expect(raw === undefined ? undefined : JSON.parse(raw)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function memberOf(value: unknown, key: string): unknown {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

describe("hasMember", () => {
  it.each([
    ['["a","b"]', "b", true],
    ['["a","\\u0062"]', "b", true],
    ["[1, 2.50]", "2.50", true],
    ["[1, 2.50]", "2.5", false],
    ["[true,null]", "true", true],
    ["[true,null]", "null", false],
    ['[["b"]]', "b", false],
    ['[{"b":1}]', '{"b":1}', true],
    ['{"a":"b"}', "a", true],
    ['{"a":"b"}', "b", false],
    ['{"x.y":1}', "x.y", true],
    ['{"x":{"y":1}}', "x.y", false],
    ["[]", "", false],
    ['[""]', "", true],
  ])("%s has %j: %j", (text, wanted, expected) => {
    expect(hasMember(Buffer.from(text), 0, Buffer.from(wanted))).toBe(expected);
  });
});

describe("rewriteMembers", () => {
  it.each([
    ['{"a":1,"b":2}', "a", '{"a":<1>,"b":2}'],
    ['{ "a" : {"b": [ 1 ] } }', "a.b", '{ "a" : {"b": <[ 1 ]> } }'],
    ['{"a":1,"a":2}', "a", '{"a":<1>,"a":<2>}'],
    ['{"a":{"b":1},"a.b":2,"a":{"b":3}}', "a.b", '{"a":{"b":<1>},"a.b":<2>,"a":{"b":<3>}}'],
    ['{"a":{"b.c":1,"b":{"c":2}},"a.b":{"c":3}}', "a.b.c", '{"a":{"b.c":<1>,"b":{"c":<2>}},"a.b":{"c":<3>}}'],
    ['{"a":[{"b":1}]}', "a.b", '{"a":[{"b":1}]}'],
    ["[1]", "a", "[1]"],
    ["{}", "a", "{}"],
  ])("%s at %j becomes %s", (text, path, expected) => {
    expect(rewrite(text, path, (old) => `<${old}>`)).toBe(expected);
  });
});
