import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareKeys } from "../../../src/sdk/compare-keys.ts";
import { failure, inGroups, listAll } from "./tested.ts";
import type { Tested } from "./tested.ts";

export function listingPromises(its: Tested, histories: number): void {
  const { put, text, keys, fresh } = its;

  describe("list", () => {
    it("orders keys by their bytes, also beyond the basic plane", async () => {
      const at = fresh();
      const names = ["a", "a.b", "a/b", "a/c/d", "a0", "B", "z", "é", "\uffee", "\u{1f600}", "\ue000", "~"];
      await Promise.all(names.map((name) => put(at + name, "x")));

      const byBytes = names.map((name) => Buffer.from(at + name)).sort((a, b) => Buffer.compare(a, b));
      expect(await keys(at)).toEqual(byBytes.map(String));
    });

    it("keeps to the prefix, which may end in the middle of a name", async () => {
      const at = fresh();
      for (const name of ["2024/a", "2024-old/a", "2025/a", "2", "x/2024/a"]) await put(at + name, "x");

      expect(await keys(`${at}2024`)).toEqual([`${at}2024-old/a`, `${at}2024/a`]);
      expect(await keys(`${at}2024/`)).toEqual([`${at}2024/a`]);
      expect(await keys(`${at}2024/a`)).toEqual([`${at}2024/a`]);
      expect(await keys(`${at}2024/a/`)).toEqual([]);
      expect(await keys(`${at}nothing/here`)).toEqual([]);
    });

    it("goes on after a key, whether or not it is there", async () => {
      const at = fresh();
      for (const name of ["a", "b/1", "b/2", "c"]) await put(at + name, "x");

      expect(await keys(at, `${at}a`)).toEqual([`${at}b/1`, `${at}b/2`, `${at}c`]);
      expect(await keys(at, `${at}b`)).toEqual([`${at}b/1`, `${at}b/2`, `${at}c`]);
      expect(await keys(at, `${at}b/1x`)).toEqual([`${at}b/2`, `${at}c`]);
      expect(await keys(at, `${at}b0`)).toEqual([`${at}c`]);
      expect(await keys(at, `${at}c`)).toEqual([]);
      expect(await keys(`${at}b/`, at)).toEqual([`${at}b/1`, `${at}b/2`]);
      expect(await keys(at, "zzz")).toEqual([]);
    });

    it("says of each object what head says", async () => {
      const at = fresh();
      await put(`${at}a`, "one");
      await put(`${at}b/c`, "three");

      const listed = await listAll(its.store, its.bucket, at);

      const heads = await Promise.all(listed.map(({ key }) => its.store.head(its.bucket, key)));
      expect(listed.map(({ etag, size, key }) => ({ etag, size, key }))).toEqual(
        heads.map((info) => ({ etag: info!.etag, size: info!.size, key: info!.key })),
      );
    });

    it("lists more than a thousand objects", async () => {
      const at = fresh();
      const names = Array.from({ length: 1005 }, (_, i) => `${at}${String(i).padStart(5, "0")}`);
      await inGroups(names, 50, (key) => put(key, "x"));

      expect(await keys(at)).toEqual(names);
      expect(await keys(at, names[1000])).toEqual(names.slice(1001));
    });

    it("can be left early", async () => {
      const at = fresh();
      await put(`${at}a`, "x");
      await put(`${at}b`, "x");

      for await (const { key } of its.store.list(its.bucket, at)) {
        expect(key).toBe(`${at}a`);
        break;
      }
    });

    it("agrees with a sorted map through random histories", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const at = fresh();
          const model = new Map<string, string>();
          for (const { action, key, body } of steps) {
            if (action === "delete") {
              await its.store.delete(its.bucket, at + key);
              model.delete(at + key);
            } else if (action === "create") {
              const failed = await failure(its.store.put(its.bucket, at + key, Buffer.from(body), { ifAbsent: true }));
              expect(failed).toBe(model.has(at + key) ? "Exists" : "no failure");
              if (failed === "no failure") model.set(at + key, body);
            } else {
              await put(at + key, body);
              model.set(at + key, body);
            }
            expect(await keys(at)).toEqual([...model.keys()].sort(compareKeys));
          }
          for (const [key, body] of model) expect(await text(key)).toBe(body);
          for (const after of model.keys()) {
            const rest = [...model.keys()].filter((key) => compareKeys(key, after) > 0).sort(compareKeys);
            expect(await keys(at, after)).toEqual(rest);
          }
        }),
        { numRuns: histories },
      );
    });
  });
}

const segment = fc.constantFrom("", ".", "..", "a", "b", "a.b", "A", "é", "\u{1f600}", "\uffee", "n".repeat(300));
const step = fc.record({
  action: fc.constantFrom("put", "create", "delete"),
  key: fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((segments) => segments.join("/"))
    .filter((key) => key !== ""),
  body: fc.string({ maxLength: 5 }),
});
