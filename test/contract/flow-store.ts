import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FlowStore } from "../../src/flow/flow-store.ts";
import type { Flow } from "../../src/flow/flow.ts";
import { sampleFlow } from "../support/sample-flow.ts";
import { namedStoreContract } from "./named-store.ts";
import type { StoresCase, StoresUnderTest } from "./stores.ts";

/** Everything that a `FlowStore` promises. */
export function flowStoreContract(subject: StoresCase): void {
  describe(`flow store: ${subject.name}`, () => {
    let opened: StoresUnderTest;
    let store: FlowStore;
    let other: FlowStore;
    let prefixes = 0;
    /** Names that no other test uses. */
    const fresh = () => `t${String(++prefixes).padStart(3, "0")}-`;

    beforeAll(async () => {
      opened = await subject.open();
      [store, other] = [opened.stores.flows, opened.others.flows];
    });

    afterAll(() => opened.close());

    namedStoreContract({
      opened: () => ({ store, other }),
      nameOf: (flow) => flow.name,
      sample: (name, version = 1, text) =>
        sampleFlow(name, { version, ...(text !== undefined && { statusMessage: text }) }),
      endings: ["B", "a", "a.b", "a-b", "a_b", "a1", "a10", "a2", "ab", "z#1"],
    });

    it("takes the names of fields for data", async () => {
      const flow = sampleFlow(`${fresh()}a`, {
        tags: JSON.parse('{"__proto__":"x","constructor":"y","":"z"}') as Flow["tags"],
        request: { flowName: "ü\u0000\u{1F600}", tasks: [] },
      });

      await store.create(flow);

      expect(await other.get(flow.name)).toEqual(flow);
      expect(Object.keys((await store.get(flow.name))!.tags)).toEqual(["__proto__", "constructor", ""]);
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
  });
}
