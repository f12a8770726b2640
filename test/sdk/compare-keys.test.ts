import * as fc from "fast-check";
import { expect, it } from "vitest";
import { compareKeys } from "../../src/sdk/compare-keys.ts";

it("orders keys as their UTF-8 bytes are ordered", () => {
  const key = fc.string({
    unit: fc.constantFrom("a", "/", "é", "\ud7ff", "\ue000", "\uffff", "\u{10000}"),
    maxLength: 6,
  });
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
