import { describe, expect, it } from "vitest";
import { compareKeys } from "../../../src/sdk/compare-keys.ts";
import { HOSTILE_KEYS } from "./hostile-keys.ts";
import { failure } from "./tested.ts";
import type { Tested } from "./tested.ts";

export function keyPromises(its: Tested): void {
  const { put, text, keys, fresh, waived } = its;

  describe("keys", () => {
    const possible = HOSTILE_KEYS.filter((key) => !waived(key));

    for (const hostile of HOSTILE_KEYS) {
      it(`holds ${describeKey(hostile)}`, { fails: waived(hostile) }, async () => {
        const key = fresh() + hostile;

        await put(key, "hostile");

        expect(await text(key)).toBe("hostile");
        expect(await its.store.head(its.bucket, key)).toMatchObject({ key, size: 7 });
        expect(await keys(key)).toEqual([key]);
        await its.store.delete(its.bucket, key);
        expect(await its.store.head(its.bucket, key)).toBeUndefined();
      });
    }

    it("holds hostile keys side by side", async () => {
      const at = fresh();
      await Promise.all(possible.map((key) => put(at + key, `body of ${key}`)));

      const listed = await keys(at);
      expect(listed).toEqual(possible.map((key) => at + key).sort(compareKeys));
      for (const key of listed) expect(await text(key)).toBe(`body of ${key.slice(at.length)}`);
    });

    it("holds an object where others have a folder", async () => {
      const at = fresh();
      await put(`${at}a`, "object");
      await put(`${at}a/b`, "below");
      await put(`${at}c/d`, "below");
      await put(`${at}c`, "object");

      expect(await keys(at)).toEqual([`${at}a`, `${at}a/b`, `${at}c`, `${at}c/d`]);
      expect([await text(`${at}a`), await text(`${at}c`)]).toEqual(["object", "object"]);
      expect(await failure(its.store.put(its.bucket, `${at}a`, Buffer.from("x"), { ifAbsent: true }))).toBe("Exists");
      await its.store.delete(its.bucket, `${at}a/b`);
      await put(`${at}a`, "replaced");
      expect(await text(`${at}a`)).toBe("replaced");
      expect(await keys(`${at}a`)).toEqual([`${at}a`]);
    });

    it.each([
      ["no character", ""],
      ["1025 bytes", "é".repeat(512) + "x"],
      ["a lone surrogate", "a\ud800b"],
    ])("refuses a key of %s", async (_, key) => {
      expect(await failure(put(key, "x"))).toBe("Invalid");
      expect(await failure(its.store.createUpload(its.bucket, key))).toBe("Invalid");
    });

    it("holds a key of 1024 bytes", async () => {
      const key = fresh().padEnd(1024, "x");

      await put(key, "long");

      expect(await text(key)).toBe("long");
      expect(await keys(key)).toEqual([key]);
    });
  });
}

function describeKey(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 20)}… (${key.length})` : key);
}
