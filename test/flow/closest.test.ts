import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closest, didYouMean } from "../../src/flow/closest.ts";

describe("closest", () => {
  it.each([
    ["Emial", ["Email", "Mail", "Name"], "Email"],
    ["MapAll", ["Map", "Map_all", "Mask"], "Map_all"],
    ["mask_all", ["MASK_ALL", "MASK_LAST_N"], "MASK_ALL"],
    ["GoogleAnalytic", ["Googleanalytics", "Datadog"], "Googleanalytics"],
    ["xyz", ["abc", "def"], undefined],
    ["a", ["b"], undefined],
    ["anything", [], undefined],
    ["", ["a"], undefined],
    ["a".repeat(1000), ["a".repeat(1000), "b"], undefined],
  ] as const)("takes %j among %j for %j", (word, candidates, expected) => {
    expect(closest(word, candidates)).toBe(expected);
  });

  it("finds every word of some length with one letter changed", () => {
    const word = fc.string({ unit: fc.constantFrom(..."abcdefgh"), minLength: 4, maxLength: 20 });

    fc.assert(
      fc.property(word, fc.nat(), (word, at) => {
        const changed = `${word.slice(0, at % word.length)}z${word.slice((at % word.length) + 1)}`;
        expect(closest(changed, ["ZZZZZZZZZZZZ", word])).toBe(word);
      }),
    );
  });
});

describe("didYouMean", () => {
  it("asks only when there is something to ask", () => {
    expect(didYouMean("Emial", ["Email"])).toBe('did you mean "Email"?');
    expect(didYouMean("Emial", ["Phone"])).toBeUndefined();
  });
});
