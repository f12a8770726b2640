import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { deriveKey } from "../../../src/adapters/local/seal.ts";

const key = randomBytes(32);

describe("deriveKey", () => {
  it("gives each purpose a key of its own", () => {
    const keys = ["a", "b", "a"].map((purpose) => Buffer.from(deriveKey(key, purpose)).toString("hex"));

    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
    expect(keys[0]).not.toBe(key.toString("hex"));
  });
});
