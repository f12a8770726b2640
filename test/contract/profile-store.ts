import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProfileFilter, ProfileStore } from "../../src/connection/profile-store.ts";
import { sampleProfile } from "../support/sample-profile.ts";
import { namedStoreContract } from "./named-store.ts";
import type { StoresCase, StoresUnderTest } from "./stores.ts";

/** Everything that a `ProfileStore` promises. */
export function profileStoreContract(subject: StoresCase): void {
  describe(`profile store: ${subject.name}`, () => {
    let opened: StoresUnderTest;
    let store: ProfileStore;
    let other: ProfileStore;
    let prefixes = 0;
    /** Names that no other test uses. */
    const fresh = () => `p${String(++prefixes).padStart(3, "0")}-`;

    beforeAll(async () => {
      opened = await subject.open();
      [store, other] = [opened.stores.profiles, opened.others.profiles];
    });

    afterAll(() => opened.close());

    const named = (profiles: ProfileStore) => ({
      ...profiles,
      list: (limit: number, after?: string) => profiles.list(limit, { after }),
    });
    namedStoreContract({
      opened: () => ({ store: named(store), other: named(other) }),
      nameOf: (profile) => profile.name,
      sample: (name, version = 1, text) =>
        sampleProfile(name, { version, ...(text !== undefined && { properties: { "": text } }) }),
      endings: ["B", "a", "a.b", "a-b", "a/b", "a=b", "a+b", "a@b", "a1", "a10", "a2", "z#1", "z#1#"],
    });

    it("takes the names of fields for data", async () => {
      const profile = sampleProfile(`${fresh()}a`, { properties: JSON.parse('{"__proto__":{"":1},"constructor":{}}') });

      await store.create(profile);

      const found = await other.get(profile.name);
      expect(found).toEqual(profile);
      expect(Object.keys(found!.properties)).toEqual(["__proto__", "constructor"]);
    });

    it("counts profiles up to a limit", async () => {
      const prefix = fresh();
      const before = await store.count(10_000);
      for (const name of ["a", "b", "c"]) await store.create(sampleProfile(prefix + name));
      await store.delete(`${prefix}b`);

      expect(await other.count(10_000)).toBe(before + 2);
      expect(await other.count(2)).toBe(2);
    });

    describe("lists of one connector", () => {
      const prefix = "of-one-";
      /** Every profile that the filter fits, page by page. */
      const listAll = async (filter: ProfileFilter, size: number) => {
        const names: string[] = [];
        for (let after: string | undefined; ;) {
          const page = await other.list(size, { ...filter, after });
          expect(page.length).toBeLessThanOrEqual(size);
          names.push(...page.map((profile) => profile.name));
          after = page.at(-1)?.name;
          if (after === undefined) return names;
        }
      };
      const kinds = [
        { connector: "Zendesk" },
        { connector: "CustomConnector", label: "ledger" },
        { connector: "CustomConnector", label: "ledger#2" },
        { connector: "Zendesk", label: "ledger" },
      ];
      const names = (...those: number[]) =>
        Array.from({ length: 12 }, (_, n) => n)
          .filter((n) => those.includes(n % kinds.length))
          .map((n) => `${prefix}${String(n).padStart(2, "0")}`);

      beforeAll(async () => {
        for (const name of names(0, 1, 2, 3)) {
          await store.create(sampleProfile(name, kinds[Number(name.slice(prefix.length)) % kinds.length]));
        }
      });

      it.each([1, 2, 5, 100])("hold all that fit, and no others, %i at a time", async (size) => {
        expect(await listAll({ connector: "Zendesk" }, size)).toEqual(names(0, 3));
        expect(await listAll({ connector: "CustomConnector" }, size)).toEqual(names(1, 2));
        expect(await listAll({ label: "ledger" }, size)).toEqual(names(1, 3));
        expect(await listAll({ connector: "CustomConnector", label: "ledger" }, size)).toEqual(names(1));
        expect(await listAll({ connector: "Zendesk", label: "ledger#2" }, size)).toEqual([]);
        expect(await listAll({ connector: "None" }, size)).toEqual([]);
      });

      it("follow a profile to another connector, and forget it when it goes", async () => {
        const [a, b] = [1, 2].map((n) => sampleProfile(`${fresh()}${n}`, { connector: "Moving", label: "old" }));
        await store.create(a!);
        await store.create(b!);
        await store.update({ ...a!, connector: "Moved", label: "new", version: 2 });
        await store.delete(b!.name);

        expect(await listAll({ connector: "Moving" }, 10)).toEqual([]);
        expect(await listAll({ label: "old" }, 10)).toEqual([]);
        expect(await listAll({ connector: "Moved" }, 10)).toEqual([a!.name]);
        expect(await listAll({ connector: "Moved", label: "new" }, 10)).toEqual([a!.name]);
      });
    });

    describe("the right to renew", () => {
      const claim = (name: string, holder: string, now: number) =>
        other.claimRenewal(name, { holder, now, until: now + 10 });

      it("belongs to one at a time, until it is given back or its time is up", async () => {
        const { name } = sampleProfile(`${fresh()}a`);
        await store.create(sampleProfile(name));

        const first = await claim(name, "x", 100);
        const meanwhile = await claim(name, "y", 109);
        const again = await claim(name, "x", 105);
        await store.releaseRenewal(name, "y");
        const stillTaken = await claim(name, "y", 114);
        const expired = await claim(name, "y", 115);
        await store.releaseRenewal(name, "x");
        const notTheirs = await claim(name, "x", 116);
        await store.releaseRenewal(name, "y");
        const released = await claim(name, "x", 117);

        expect([first, meanwhile, again, stillTaken]).toEqual([true, false, true, false]);
        expect([expired, notTheirs, released]).toEqual([true, false, true]);
      });

      it("goes to one of many", async () => {
        const { name } = sampleProfile(`${fresh()}a`);
        await store.create(sampleProfile(name));

        const results = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            [store, other][n % 2]!.claimRenewal(name, { holder: `h${n}`, now: 100, until: 200 }),
          ),
        );

        expect(results.filter(Boolean)).toHaveLength(1);
      });

      it("changes nothing of the profile, and outlives a change of it", async () => {
        const profile = sampleProfile(`${fresh()}a`);
        await store.create(profile);
        await claim(profile.name, "x", 100);

        const updated = await store.update({ ...profile, mode: "private", version: 2 });

        expect(updated).toBe("done");
        expect(await store.get(profile.name)).toEqual({ ...profile, mode: "private", version: 2 });
        expect(await claim(profile.name, "y", 101)).toBe(false);
      });

      it("ends with the profile", async () => {
        const profile = sampleProfile(`${fresh()}a`);
        await store.create(profile);
        await claim(profile.name, "x", 100);
        await store.delete(profile.name);

        const gone = await claim(profile.name, "y", 101);
        await store.releaseRenewal(profile.name, "x");
        const found = await store.get(profile.name);
        await store.create(profile);

        expect([gone, found]).toEqual([false, undefined]);
        expect(await claim(profile.name, "y", 102)).toBe(true);
      });
    });
  });
}
