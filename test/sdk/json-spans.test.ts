import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementsOf, membersOfText, readValue, wholeArray } from "../../src/sdk/json-spans.ts";

const spell = fc.record({ value: fc.jsonValue(), indent: fc.constantFrom(0, 1, "\t", "\r\n ") });

describe("spans of JSON text", () => {
  it("are where the values are, however they are spelled", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), spell), fc.constantFrom(0, 2), (members, indent) => {
        const object = Object.fromEntries(Object.entries(members).map(([name, { value }]) => [name, value]));
        const bytes = Buffer.from(` ${JSON.stringify(object, null, indent)}\n`);

        const found = membersOfText(bytes)!.map((span) => [span.name, readValue(bytes, span)]);

        // As texts, for JSON has no -0.
        expect(JSON.stringify(found)).toBe(JSON.stringify(Object.entries(object)));
      }),
    );
  });

  it("are those of an array's elements", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (array, indent) => {
        const bytes = Buffer.from(JSON.stringify(array, null, indent));

        const found = Array.from(elementsOf(bytes, { start: 0, end: bytes.length }), (span) => readValue(bytes, span));

        expect(JSON.stringify(found)).toBe(JSON.stringify(array));
      }),
    );
  });

  it("end in a SyntaxError, and never in a loop, when the text is cut", () => {
    const bytes = Buffer.from('{"a":[1,{"b":"\\"}]"}],"c":"x","d":{"e":null}}');
    for (let end = 0; end < bytes.length; end++) {
      const cut = bytes.subarray(0, end);
      expect(() => membersOfText(cut) ?? wholeArray(cut), cut.toString()).toThrow(SyntaxError);
    }
  });

  it.each(['{"a":1}{', '{"a" 1}', "{a:1}", '{"a":}', '{"a":1 "b":2}', "[1]]", "[1", "5", ""])(
    "are not found in %s",
    (text) => {
      const bytes = Buffer.from(text);

      expect(() => membersOfText(bytes) ?? wholeArray(bytes)).toThrow(SyntaxError);
    },
  );

  it.each([
    ["9007199254740993", "9007199254740993"],
    ["0.1234567890123456789", "0.1234567890123456789"],
    ["123456789012345", 123456789012345],
    ["1.50", 1.5],
    ["-0.25", -0.25],
  ])("give the number %s as %j", (text, value) => {
    const bytes = Buffer.from(text);

    expect(readValue(bytes, { start: 0, end: bytes.length })).toBe(value);
  });
});
