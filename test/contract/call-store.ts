import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RememberedCall } from "../../src/store/remembered-call.ts";
import { TOKEN_LIFE_MS } from "../../src/store/remembered-call.ts";
import type { WriteResult } from "../../src/store/write-result.ts";
import { sampleFlow } from "../support/sample-flow.ts";
import { sampleProfile, sampleRegistration } from "../support/sample-profile.ts";
import type { Stores, StoresCase, StoresUnderTest } from "./stores.ts";

interface Remembering {
  readonly name: string;
  readonly create: (stores: Stores, name: string, call: RememberedCall) => Promise<WriteResult>;
  readonly update: (stores: Stores, name: string, version: number, call: RememberedCall) => Promise<WriteResult>;
  readonly exists: (stores: Stores, name: string) => Promise<boolean>;
}

/** The stores that remember calls with what they write. */
const REMEMBERING: readonly Remembering[] = [
  {
    name: "flows",
    create: ({ flows }, name, call) => flows.create(sampleFlow(name), call),
    update: ({ flows }, name, version, call) => flows.update(sampleFlow(name, { version }), call),
    exists: async ({ flows }, name) => (await flows.get(name)) !== undefined,
  },
  {
    name: "profiles",
    create: ({ profiles }, name, call) => profiles.create(sampleProfile(name), call),
    update: ({ profiles }, name, version, call) => profiles.update(sampleProfile(name, { version }), call),
    exists: async ({ profiles }, name) => (await profiles.get(name)) !== undefined,
  },
  {
    name: "registrations",
    create: ({ registrations }, name, call) => registrations.create(sampleRegistration(name), call),
    update: ({ registrations }, name, version, call) =>
      registrations.update(sampleRegistration(name, { version }), call),
    exists: async ({ registrations }, name) => (await registrations.get(name)) !== undefined,
  },
];

/** Everything that a `CallStore` promises, together with the stores that write it. */
export function callStoreContract(subject: StoresCase): void {
  describe(`call store: ${subject.name}`, () => {
    let opened: StoresUnderTest;
    let stores: Stores;
    let others: Stores;
    let prefixes = 0;
    /** Names and tokens that no other test uses. */
    const fresh = () => `c${String(++prefixes).padStart(3, "0")}-`;
    const at = 1_700_000_000_000;
    const callOf = (token: string, changes: Partial<RememberedCall> = {}): RememberedCall => ({
      token: `Create/${token}`,
      digest: "d",
      answer: JSON.parse('{"__proto__":{"":"«ü» \\u0000"},"n":[1.5,null]}'),
      at,
      ...changes,
    });

    beforeAll(async () => {
      opened = await subject.open();
      ({ stores, others } = opened);
    });

    afterAll(() => opened.close());

    it("knows no call that nobody made", async () => {
      expect(await stores.calls.find("Create/none", 0)).toBeUndefined();
    });

    it.each(REMEMBERING)(
      "finds the calls that made or changed $name, after a time only",
      async ({ create, update }) => {
        const prefix = fresh();
        const [made, changed] = [callOf(`${prefix} ~#/a`), callOf(`${prefix}b`, { at: at + 1 })];

        const results = [await create(stores, `${prefix}a`, made), await update(stores, `${prefix}a`, 2, changed)];

        expect(results).toEqual(["done", "done"]);
        expect(await others.calls.find(made.token, at - 1)).toEqual(made);
        expect(await others.calls.find(made.token, at)).toBeUndefined();
        expect(await others.calls.find(changed.token, 0)).toEqual(changed);
      },
    );

    it.each(REMEMBERING)("has no second effect on $name with one token for eight hours", async (each) => {
      const prefix = fresh();
      const call = callOf(prefix);
      const [early, late] = [TOKEN_LIFE_MS - 1, TOKEN_LIFE_MS].map((later) => ({ ...call, at: at + later }));
      await each.create(stores, `${prefix}a`, call);

      const results = [
        await each.create(others, `${prefix}a`, early!),
        await each.create(others, `${prefix}b`, early!),
        await each.update(others, `${prefix}a`, 2, early!),
      ];
      const existed = await each.exists(stores, `${prefix}b`);
      const afterwards = await each.create(others, `${prefix}b`, late!);

      expect(results).toEqual(["repeated", "repeated", "repeated"]);
      expect(existed).toBe(false);
      expect(afterwards).toBe("done");
      expect(await stores.calls.find(call.token, at)).toEqual(late);
    });

    it.each(REMEMBERING)("remembers no call that had no effect on $name", async ({ create, update }) => {
      const prefix = fresh();
      const call = callOf(prefix);
      await create(stores, `${prefix}a`, callOf(`${prefix}first`));

      const results = [
        await create(others, `${prefix}a`, call),
        await update(others, `${prefix}a`, 7, call),
        await update(others, `${prefix}b`, 2, call),
      ];

      expect(results).toEqual(["refused", "refused", "refused"]);
      expect(await stores.calls.find(call.token, 0)).toBeUndefined();
    });

    it.each(REMEMBERING)("lets one of many calls with one token have an effect on $name", async ({ create }) => {
      const prefix = fresh();
      const calls = Array.from({ length: 20 }, (_, n) => callOf(prefix, { digest: `d${n}` }));

      const results = await Promise.all(
        calls.map((call, n) => create([stores, others][n % 2]!, `${prefix}${n % 3}`, call)),
      );

      const winner = results.indexOf("done");
      expect(results.toSorted()).toEqual(["done", ...Array.from({ length: 19 }, () => "repeated")]);
      expect(await stores.calls.find(calls[0]!.token, 0)).toEqual(calls[winner]);
    });
  });
}
