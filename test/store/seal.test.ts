import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveKey, seal, unseal } from "../../src/store/seal.ts";

const key = deriveKey(randomBytes(32), "test");
const name = Buffer.from("mine");
const what = "The text";

describe("seal", () => {
  it("gives back what was sealed, and shows nothing of it", () => {
    const sealed = Buffer.from(seal(Buffer.from("canary-secret"), { key, name }));

    expect(Buffer.from(unseal(sealed, { key, name, what })).toString()).toBe("canary-secret");
    expect(sealed.includes("canary")).toBe(false);
  });

  it("notices any change of any byte", () => {
    const sealed = seal(Buffer.from("twelve bytes"), { key, name });

    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(sealed);
        changed[at]! ^= change;
        expect(() => unseal(changed, { key, name, what })).toThrow(/^The text cannot be opened: it was changed/);
      }),
      { numRuns: 50 },
    );
  });

  it.each([0, 1, 12, 27])("does not take the first %i bytes for the whole", (length) => {
    const sealed = seal(Buffer.from("content"), { key, name });

    expect(() => unseal(sealed.subarray(0, length), { key, name, what })).toThrow(/cannot be opened/);
  });

  it("does not open with another key, nor under another name", () => {
    const sealed = seal(Buffer.from("content"), { key, name });

    expect(() => unseal(sealed, { key: deriveKey(key, "test"), name, what })).toThrow(/another key/);
    expect(() => unseal(sealed, { key, name: Buffer.from("yours"), what })).toThrow(/was changed/);
  });
});

describe("deriveKey", () => {
  it("gives each purpose a key of its own", () => {
    const bytes = randomBytes(32);

    const keys = ["a", "b", "a"].map((purpose) => Buffer.from(deriveKey(bytes, purpose)).toString("hex"));

    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
    expect(keys[0]).not.toBe(bytes.toString("hex"));
  });
});
