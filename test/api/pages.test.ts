import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPages } from "../../src/api/pages.ts";

const pages = createPages(Buffer.alloc(32, 1));
const REFUSED = expect.objectContaining({ code: "ValidationException" });

describe("createPages", () => {
  it("gives back the position that a token was made for", () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (list, position) => {
        const token = pages.seal(list, position as string);

        expect(token).toMatch(/^\S{1,}$/);
        expect(pages.open(list, token)).toEqual(JSON.parse(JSON.stringify(position)));
      }),
    );
  });

  it("makes tokens that the API lets in for the longest names", () => {
    expect(pages.seal("flows", "n".repeat(256)).length).toBeLessThanOrEqual(2048);
  });

  it("refuses every change of a token", () => {
    const token = pages.seal("flows", { name: "orders" });
    const sign = fc.constantFrom(..."ABCabc012-_.=+/");
    const change = fc.oneof(
      fc.record({ at: fc.nat(token.length - 1), put: sign, drop: fc.constantFrom(0, 1) }),
      fc.record({ at: fc.nat(token.length), put: fc.constant(""), drop: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ at: fc.constant(token.length), put: fc.string({ minLength: 1 }), drop: fc.constant(0) }),
    );

    fc.assert(
      fc.property(change, ({ at, put, drop }) => {
        const changed = token.slice(0, at) + put + token.slice(at + drop);
        fc.pre(changed !== token);
        expect(() => pages.open("flows", changed)).toThrow(REFUSED);
      }),
      { numRuns: 500 },
    );
  });

  it("refuses a token of another list, of another key, and none", () => {
    const token = pages.seal("runs of a", 1);

    expect(() => pages.open("runs of b", token)).toThrow(REFUSED);
    expect(() => createPages(Buffer.alloc(32, 2)).open("runs of a", token)).toThrow(REFUSED);
    for (const text of ["", ".", "..", "a", "a.b.c"]) expect(() => pages.open("runs of a", text)).toThrow(REFUSED);
  });
});
