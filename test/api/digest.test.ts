import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createDigest } from "../../src/api/digest.ts";
import type { Json } from "../../src/sdk/json.ts";

const digest = createDigest(Buffer.from("key"));

const reversed = (json: Json): Json => {
  if (Array.isArray(json)) return json.map(reversed);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .toReversed()
      .map(([name, value]) => [name, reversed(value)]),
  );
};

it("is the same whatever the order of members", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(digest(reversed(json as Json))).toBe(digest(json as Json));
    }),
  );
});

it.each<[Json, Json]>([
  [{ a: 1 }, { a: "1" }],
  [{ a: [1, 2] }, { a: [2, 1] }],
  [{ a: { b: 1 } }, { a: 1, b: 1 }],
  [["a,b"], ["a", "b"]],
  [{}, []],
  [{ 'a":1,"b': 2 }, { a: 1, b: 2 }],
])("tells %j from %j", (a, b) => {
  expect(digest(a)).not.toBe(digest(b));
});

it("depends on the key", () => {
  expect(createDigest(Buffer.from("other"))({ a: 1 })).not.toBe(digest({ a: 1 }));
});
