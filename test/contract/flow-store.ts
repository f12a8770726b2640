import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FlowStore } from "../../src/flow/flow-store.ts";
import type { Flow } from "../../src/flow/flow.ts";
import { type CallStore, type RememberedCall, TOKEN_LIFE_MS } from "../../src/store/remembered-call.ts";
import { sampleFlow } from "../support/sample-flow.ts";

export interface FlowStoreUnderTest {
  readonly store: FlowStore;
  /** A second store over the same flows, as another process would have it. */
  readonly other: FlowStore;
  readonly calls: CallStore;
  close?(): Promise<void>;
}

export interface FlowStoreCase {
  readonly name: string;
  /** An empty store. */
  open(): Promise<FlowStoreUnderTest>;
}

/** Everything that a `FlowStore` promises. */
export function flowStoreContract(subject: FlowStoreCase): void {
  describe(`flow store: ${subject.name}`, () => {
    let opened: FlowStoreUnderTest;
    let store: FlowStore;
    let other: FlowStore;
    let calls: CallStore;
    let prefixes = 0;
    /** Names that no other test uses. */
    const fresh = () => `t${String(++prefixes).padStart(3, "0")}-`;

    beforeAll(async () => {
      opened = await subject.open();
      ({ store, other, calls } = opened);
    });

    afterAll(() => opened.close?.());

    it("gives back what was created, to every reader", async () => {
      const flow = sampleFlow(`${fresh()}a`, {
        statusMessage: "suspended — «why»",
        tags: JSON.parse('{"__proto__":"x","constructor":"y","":"z"}') as Flow["tags"],
        request: { flowName: "ü\u0000\u{1F600}", tasks: [] },
      });

      const created = await store.create(flow);

      expect(created).toBe("done");
      expect(await other.get(flow.name)).toEqual(flow);
      expect(Object.keys((await store.get(flow.name))!.tags)).toEqual(["__proto__", "constructor", ""]);
    });

    it("keeps the first of two flows with one name", async () => {
      const flow = sampleFlow(`${fresh()}a`);
      await store.create(flow);

      const created = await other.create({ ...flow, schemaVersion: 7 });

      expect(created).toBe("refused");
      expect(await store.get(flow.name)).toEqual(flow);
    });

    it("lets one of many creators win", async () => {
      const name = `${fresh()}a`;

      const results = await Promise.all(
        Array.from({ length: 20 }, (_, creator) => [store, other][creator % 2]!.create(sampleFlow(name))),
      );

      expect(results.filter((result) => result === "done")).toHaveLength(1);
    });

    it("remembers a call with what it made, for eight hours", async () => {
      const prefix = fresh();
      const at = 1_700_000_000_000;
      const call: RememberedCall = { token: `Create/${prefix}`, digest: "d", answer: { a: "ü" }, at };
      await store.create(sampleFlow(`${prefix}a`), call);

      const found = await calls.find(call.token, at - 1);
      const early = await other.create(sampleFlow(`${prefix}b`), { ...call, at: at + TOKEN_LIFE_MS - 1 });
      const refused = await store.get(`${prefix}b`);
      const late = await other.create(sampleFlow(`${prefix}b`), { ...call, at: at + TOKEN_LIFE_MS });

      expect(found).toEqual(call);
      expect(await calls.find(call.token, at)).toEqual({ ...call, at: at + TOKEN_LIFE_MS });
      expect(await calls.find("Create/other", 0)).toBeUndefined();
      expect([early, refused, late]).toEqual(["repeated", undefined, "done"]);
    });

    it("remembers no call that had no effect", async () => {
      const prefix = fresh();
      const call: RememberedCall = { token: `Create/${prefix}`, digest: "d", answer: {}, at: 1_700_000_000_000 };
      await store.create(sampleFlow(`${prefix}a`));

      const results = [
        await store.create(sampleFlow(`${prefix}a`), call),
        await store.update(sampleFlow(`${prefix}a`, { version: 7 }), call),
      ];

      expect(results).toEqual(["refused", "refused"]);
      expect(await calls.find(call.token, 0)).toBeUndefined();
    });

    it("knows which flows use a profile", async () => {
      const prefix = fresh();
      const using = (name: string, source?: string, destination?: string) => {
        const flow = sampleFlow(prefix + name);
        const { definition } = flow;
        return {
          ...flow,
          definition: {
            ...definition,
            source: { ...definition.source, ...(source !== undefined && { profile: prefix + source }) },
            destinations: [
              { ...definition.destinations[0]!, ...(destination !== undefined && { profile: prefix + destination }) },
            ],
          },
        };
      };
      await store.create(using("a", "crm", "crm"));
      await store.create(using("b", undefined, "crm"));
      await store.create(using("c", "other"));
      await store.create(using("d", "crm"));
      await store.delete(`${prefix}d`);
      const before = await other.usingProfile(`${prefix}crm`, 10);
      await store.update({ ...using("b", "other"), version: 2 });

      expect(before).toEqual([`${prefix}a`, `${prefix}b`]);
      expect(await other.usingProfile(`${prefix}crm`, 10)).toEqual([`${prefix}a`]);
      expect(await other.usingProfile(`${prefix}other`, 1)).toEqual([`${prefix}b`]);
      expect(await other.usingProfile(`${prefix}none`, 10)).toEqual([]);
    });

    it("counts flows up to a limit", async () => {
      const prefix = fresh();
      const before = await store.count(10_000);
      for (const name of ["a", "b", "c"]) await store.create(sampleFlow(prefix + name));

      expect(await other.count(10_000)).toBe(before + 3);
      expect(await other.count(2)).toBe(2);
    });

    it("updates only what has the version before", async () => {
      const flow = sampleFlow(`${fresh()}a`);
      await store.create(flow);

      const first = await store.update({ ...flow, status: "suspended", version: 2 });
      const stale = await other.update({ ...flow, status: "errored", version: 2 });
      const ahead = await other.update({ ...flow, status: "errored", version: 4 });
      const second = await other.update({ ...flow, status: "draft", version: 3 });

      expect([first, stale, ahead, second]).toEqual(["done", "refused", "refused", "done"]);
      expect(await store.get(flow.name)).toEqual({ ...flow, status: "draft", version: 3 });
    });

    it("does not update or delete what is not there", async () => {
      const flow = sampleFlow(`${fresh()}a`, { version: 2 });

      expect(await store.update(flow)).toBe("refused");
      expect(await store.delete(flow.name)).toBe(false);
      expect(await store.get(flow.name)).toBeUndefined();
    });

    it("forgets what is deleted", async () => {
      const flow = sampleFlow(`${fresh()}a`);
      await store.create(flow);

      const deleted = await other.delete(flow.name);

      expect(deleted).toBe(true);
      expect(await store.get(flow.name)).toBeUndefined();
      expect(await store.create(flow)).toBe("done");
    });

    it("lists every flow once, by name, whatever the size of the page", async () => {
      const names = ["B", "a", "a.b", "a-b", "a_b", "a1", "a10", "a2", "ab", "z#1"];
      const prefix = fresh();
      for (const name of names) await store.create(sampleFlow(prefix + name));
      const expected = names.map((name) => prefix + name).sort();

      for (const size of [1, 3, 10, 100]) {
        expect(await listFrom(store, prefix, size)).toEqual(expected);
      }
    });

    it("lists from a name that is gone", async () => {
      const prefix = fresh();
      for (const name of ["a", "b", "c"]) await store.create(sampleFlow(prefix + name));
      await store.delete(`${prefix}b`);

      const page = await store.list(1, `${prefix}b`);

      expect(page.map((flow) => flow.name)).toEqual([`${prefix}c`]);
    });

    it("behaves like a map in every history", async () => {
      const name = fc.constantFrom("a", "b", "c");
      const action = fc.oneof(
        fc.record({ type: fc.constant("create" as const), name }),
        fc.record({ type: fc.constant("update" as const), name, version: fc.integer({ min: 1, max: 4 }) }),
        fc.record({ type: fc.constant("delete" as const), name }),
      );

      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
          const prefix = fresh();
          const model = new Map<string, Flow>();
          for (const step of actions) {
            const flow = sampleFlow(prefix + step.name, { version: step.type === "update" ? step.version : 1 });
            const known = model.get(flow.name);
            switch (step.type) {
              case "create":
                expect(await store.create(flow)).toBe(known === undefined ? "done" : "refused");
                if (known === undefined) model.set(flow.name, flow);
                break;
              case "update":
                expect(await store.update(flow)).toBe(known?.version === flow.version - 1 ? "done" : "refused");
                if (known?.version === flow.version - 1) model.set(flow.name, flow);
                break;
              default:
                expect(await store.delete(flow.name)).toBe(model.delete(flow.name));
            }
            expect(await other.get(flow.name)).toEqual(model.get(flow.name));
          }
          expect(await listFrom(other, prefix, 2)).toEqual([...model.keys()].sort());
        }),
        { numRuns: 30 },
      );
    });
  });
}

/** The names of all flows with the prefix, page by page. */
async function listFrom(store: FlowStore, prefix: string, size: number): Promise<string[]> {
  const names: string[] = [];
  for (let after = prefix; ; after = names.at(-1) ?? prefix) {
    const page = await store.list(size, after);
    expect(page.length).toBeLessThanOrEqual(size);
    const ours = page.map((flow) => flow.name).filter((name) => name.startsWith(prefix));
    names.push(...ours);
    if (ours.length < size) return names;
  }
}
