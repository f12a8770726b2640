import * as fc from "fast-check";
import { expect, it } from "vitest";
import { compareKeys } from "../../src/sdk/compare-keys.ts";

it("orders keys as their UTF-8 bytes are ordered", () => {
  const key = fc.string({ unit: "binary", maxLength: 6 });
  const close = fc.constantFrom("\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}", "a", "");
  const pair = fc.tuple(
    fc.tuple(key, close).map(([a, b]) => a + b),
    fc.tuple(key, close).map(([a, b]) => a + b),
  );
  fc.assert(
    fc.property(pair, ([a, b]) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
