import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MetadataCache } from "../../src/connection/metadata-cache.ts";
import type { Json } from "../../src/sdk/json.ts";
import type { StoresCase, StoresUnderTest } from "./stores.ts";

/** Everything that a `MetadataCache` promises. */
export function metadataCacheContract(subject: StoresCase): void {
  describe(`metadata cache: ${subject.name}`, () => {
    let opened: StoresUnderTest;
    let cache: MetadataCache;
    let other: MetadataCache;
    let scopes = 0;
    /** A scope that no other test uses. */
    const fresh = () => `scope-${++scopes}`;

    beforeAll(async () => {
      opened = await subject.open();
      [cache, other] = [opened.stores.metadata, opened.others.metadata];
    });

    afterAll(() => opened.close());

    it("gives what was put last, to every reader, until its time is up", async () => {
      const key = { scope: fresh(), entry: "Account" };
      await cache.put(key, { fields: ["Id"] }, 50);
      await cache.put(key, { fields: ["Id", "«ü»"] }, 100);

      const found = [await other.get(key, 60), await other.get(key, 99), await other.get(key, 100)];

      expect(found).toEqual([{ fields: ["Id", "«ü»"] }, { fields: ["Id", "«ü»"] }, undefined]);
    });

    it.each([[null], [false], [0], [""], [[]], [JSON.parse('{"__proto__":{"":1}}') as Json]])(
      "keeps the value %j as it is",
      async (value) => {
        const key = { scope: fresh(), entry: "" };

        await cache.put(key, value, 100);

        expect(await other.get(key, 1)).toEqual(value);
      },
    );

    it("tells scopes and entries apart, whatever their names", async () => {
      const prefix = fresh();
      const names = ["", "a", "a#b", "a/b", "__proto__", "ü".repeat(1000), "ü".repeat(1001)];
      const keys = names.flatMap((scope) => names.map((entry) => ({ scope: prefix + scope, entry })));
      for (const [n, key] of keys.entries()) await cache.put(key, n, 100);

      const found = await Promise.all(keys.map((key) => other.get(key, 1)));

      expect(found).toEqual([...keys.keys()]);
    });

    it("forgets one entry, or all of a scope, and nothing else", async () => {
      const [scope, neighbour] = [fresh(), fresh()];
      const entries = Array.from({ length: 60 }, (_, n) => `e${n}`);
      for (const entry of entries) await cache.put({ scope, entry }, entry, 100);
      await cache.put({ scope: neighbour, entry: "e0" }, "kept", 100);

      await other.reset(scope, "e1");
      await other.reset(scope, "none");
      const afterOne = [await cache.get({ scope, entry: "e1" }, 1), await cache.get({ scope, entry: "e0" }, 1)];
      await other.reset(scope);
      await other.reset(scope);

      expect(afterOne).toEqual([undefined, "e0"]);
      expect(await Promise.all(entries.map((entry) => cache.get({ scope, entry }, 1)))).toEqual(
        entries.map(() => undefined),
      );
      expect(await cache.get({ scope: neighbour, entry: "e0" }, 1)).toBe("kept");
    });

    it("behaves like a map in every history", async () => {
      const key = { scope: fc.constantFrom("s", "t"), entry: fc.constantFrom("", "a", "b") };
      const action = fc.oneof(
        fc.record({ type: fc.constant("put" as const), ...key, value: fc.jsonValue(), expiresAt: fc.nat(20) }),
        fc.record({ type: fc.constant("reset" as const), ...key }),
        fc.record({ type: fc.constant("clear" as const), ...key }),
      );

      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 20 }), fc.nat(20), async (actions, now) => {
          const prefix = fresh();
          const model = new Map<string, { value: unknown; expiresAt: number }>();
          for (const step of actions) {
            const scope = prefix + step.scope;
            if (step.type === "put") {
              await cache.put({ scope, entry: step.entry }, step.value as Json, step.expiresAt);
              model.set(`${step.scope}${step.entry}`, step);
            } else if (step.type === "reset") {
              await other.reset(scope, step.entry);
              model.delete(`${step.scope}${step.entry}`);
            } else {
              await other.reset(scope);
              for (const entry of ["", "a", "b"]) model.delete(`${step.scope}${entry}`);
            }
          }
          for (const scope of ["s", "t"])
            for (const entry of ["", "a", "b"]) {
              const known = model.get(scope + entry);
              const expected = known === undefined || known.expiresAt <= now ? undefined : known.value;
              expect(await other.get({ scope: prefix + scope, entry }, now)).toEqual(
                expected === undefined ? undefined : JSON.parse(JSON.stringify(expected)),
              );
            }
        }),
        { numRuns: 30 },
      );
    });
  });
}
