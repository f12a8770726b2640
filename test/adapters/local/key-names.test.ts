import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meaningOf, namesOfFolder, namesOfSegment, segmentOf } from "../../../src/adapters/local/key-names.ts";

const NAMES: readonly [segment: string, names: readonly string[]][] = [
  ["a.json", ["a.json"]],
  ["Field=a%2Fb", ["Field=a%2Fb"]],
  ["...", ["..."]],
  ["日本語", ["日本語"]],
  ["", [".~"]],
  [".", [".~%2E"]],
  ["..", [".~%2E%2E"]],
  ["a\0b", [".~a%00b"]],
  [".~a", [".~%2E%7Ea"]],
  [".millrace-uploads", [".~%2Emillrace-uploads"]],
  ["x".repeat(255), ["x".repeat(255)]],
  ["x".repeat(256), [`.~+${"x".repeat(200)}`, `.~${"x".repeat(56)}`]],
];

const segment = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: fc.constantFrom(".", "~", "+", "=", "%", "2", "E", "a", " ", "é", "\u{1f600}"), maxLength: 400 }),
  fc.constantFrom("con", "NUL.txt", "aux", "com1.x", "a.", "a ", "a:b", "a\\b", ".millrace-uploads"),
);
const kind = fc.constantFrom("key" as const, "object" as const);

describe("namesOfSegment", () => {
  it.each(NAMES)("gives %j", (segment, names) => {
    expect(namesOfSegment(segment.replaceAll("/", ""), "key", false)).toEqual(names);
  });

  it("names an object apart from the folder that has its ordinary name", () => {
    expect(namesOfSegment("a", "object", false)).toEqual([".~=a"]);
  });

  it("gives names that every file system can hold, and from which the segment can be read", () => {
    fc.assert(
      fc.property(segment, kind, fc.boolean(), (text, kind, windows) => {
        const segment = text.replaceAll("/", "");
        const names = namesOfSegment(segment, kind, windows);

        let escaped = "";
        for (const [index, name] of names.entries()) {
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
          expect(["", ".", "..", ".millrace-uploads"]).not.toContain(name);
          // eslint-disable-next-line no-control-regex
          expect(name).not.toMatch(windows ? /[\u0000-\u001f<>:"|?*\\/]|[. ]$|^(con|nul|aux|com1)(\.|$)/i : /[\0/]/);
          const meaning = meaningOf(name)!;
          expect(meaning.type).toBe(index === names.length - 1 ? "segment" : "part");
          escaped += meaning.escaped;
        }
        expect(segmentOf(names, escaped, kind, windows)).toBe(segment);
      }),
      { numRuns: 500 },
    );
  });
});

describe("segmentOf", () => {
  it.each(["abc%zz", "abc%2", "a.b", "%61", "x".repeat(256)])("knows no segment that is escaped as %j", (escaped) => {
    expect(segmentOf([`.~${escaped}`], escaped, "key", false)).toBeUndefined();
  });
});

describe("namesOfFolder", () => {
  it("keeps the path of the worst key within what Linux allows", () => {
    for (const key of ["/".repeat(1024), "../".repeat(341), "./".repeat(512), "\0".repeat(1024), ".~/".repeat(341)]) {
      expect(Buffer.byteLength(namesOfFolder(key.split("/"), false).join("/"))).toBeLessThanOrEqual(3200);
    }
  });
});
