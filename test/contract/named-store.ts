import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { RememberedCall } from "../../src/store/remembered-call.ts";
import type { WriteResult } from "../../src/store/write-result.ts";

/** What stores of things with a name and a version have in common. */
export interface NamedStore<Thing> {
  create(thing: Thing, call?: RememberedCall): Promise<WriteResult>;
  get(name: string): Promise<Thing | undefined>;
  update(thing: Thing, call?: RememberedCall): Promise<WriteResult>;
  list(limit: number, after?: string): Promise<readonly Thing[]>;
  delete(name: string): Promise<boolean>;
}

export interface NamedStoreCase<Thing> {
  /** Two views of one store, once it is open. */
  readonly opened: () => { readonly store: NamedStore<Thing>; readonly other: NamedStore<Thing> };
  readonly nameOf: (thing: Thing) => string;
  /** Another thing for every text. */
  readonly sample: (name: string, version?: number, text?: string) => Thing;
  /** Any text with which a name of the store may end, other than a prefix of letters and digits. */
  readonly endings: readonly string[];
}

/** The promises that they have in common. To be called in a `describe`. */
export function namedStoreContract<Thing>({ opened, nameOf, sample, endings }: NamedStoreCase<Thing>): void {
  let prefixes = 0;
  /** Names that no other test uses. */
  const fresh = () => `n${String(++prefixes).padStart(3, "0")}-`;

  it("gives back what was created, to every reader", async () => {
    const { store, other } = opened();
    const thing = sample(`${fresh()}a`, 1, "«ü» \u0000 \u{1F600} \ud800");

    const created = await store.create(thing);

    expect(created).toBe("done");
    expect(await other.get(nameOf(thing))).toEqual(thing);
  });

  it("keeps the first of two things with one name", async () => {
    const { store, other } = opened();
    const thing = sample(`${fresh()}a`);
    await store.create(thing);

    const created = await other.create(sample(nameOf(thing), 1, "other"));

    expect(created).toBe("refused");
    expect(await store.get(nameOf(thing))).toEqual(thing);
  });

  it("lets one of many creators win", async () => {
    const { store, other } = opened();
    const name = `${fresh()}a`;

    const results = await Promise.all(
      Array.from({ length: 20 }, (_, creator) => [store, other][creator % 2]!.create(sample(name, 1, `${creator}`))),
    );

    expect(results.toSorted()).toEqual(["done", ...Array.from({ length: 19 }, () => "refused")]);
    expect(await store.get(name)).toEqual(sample(name, 1, `${results.indexOf("done")}`));
  });

  it("lets one of many changes to a version win", async () => {
    const { store, other } = opened();
    const name = `${fresh()}a`;
    await store.create(sample(name));

    const results = await Promise.all(
      Array.from({ length: 10 }, (_, writer) => [store, other][writer % 2]!.update(sample(name, 2, `${writer}`))),
    );

    expect(results.filter((result) => result === "done")).toHaveLength(1);
    expect(await store.get(name)).toEqual(sample(name, 2, `${results.indexOf("done")}`));
  });

  it("updates only what has the version before", async () => {
    const { store, other } = opened();
    const name = `${fresh()}a`;
    await store.create(sample(name));

    const first = await store.update(sample(name, 2, "first"));
    const stale = await other.update(sample(name, 2, "stale"));
    const ahead = await other.update(sample(name, 4, "ahead"));
    const second = await other.update(sample(name, 3, "second"));

    expect([first, stale, ahead, second]).toEqual(["done", "refused", "refused", "done"]);
    expect(await store.get(name)).toEqual(sample(name, 3, "second"));
  });

  it("does not update or delete what is not there", async () => {
    const { store } = opened();
    const name = `${fresh()}a`;

    expect(await store.update(sample(name, 2))).toBe("refused");
    expect(await store.delete(name)).toBe(false);
    expect(await store.get(name)).toBeUndefined();
  });

  it("forgets what is deleted", async () => {
    const { store, other } = opened();
    const thing = sample(`${fresh()}a`);
    await store.create(thing);

    const deleted = await other.delete(nameOf(thing));

    expect(deleted).toBe(true);
    expect(await store.get(nameOf(thing))).toBeUndefined();
    expect(await store.create(thing)).toBe("done");
  });

  it("lets one of many deletions win", async () => {
    const { store, other } = opened();
    const name = `${fresh()}a`;
    await store.create(sample(name));

    const results = await Promise.all([store, other, store, other].map((each) => each.delete(name)));

    expect(results.filter(Boolean)).toHaveLength(1);
  });

  it("lists everything once, by name, whatever the size of the page", async () => {
    const { store } = opened();
    const prefix = fresh();
    for (const ending of endings) await store.create(sample(prefix + ending));
    const expected = endings.map((ending) => prefix + ending).sort();

    for (const size of [1, 3, endings.length, 100]) {
      expect(await listFrom(store, prefix, size)).toEqual(expected);
    }
  });

  it("lists from a name that is gone", async () => {
    const { store } = opened();
    const prefix = fresh();
    for (const name of ["a", "b", "c"]) await store.create(sample(prefix + name));
    await store.delete(`${prefix}b`);

    const page = await store.list(1, `${prefix}b`);

    expect(page.map(nameOf)).toEqual([`${prefix}c`]);
  });

  it("behaves like a map in every history", async () => {
    const { store, other } = opened();
    const name = fc.constantFrom("a", "b", "c");
    const action = fc.oneof(
      fc.record({ type: fc.constant("create" as const), name, text: fc.string() }),
      fc.record({
        type: fc.constant("update" as const),
        name,
        text: fc.string(),
        version: fc.integer({ min: 2, max: 4 }),
      }),
      fc.record({ type: fc.constant("delete" as const), name }),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const prefix = fresh();
        const model = new Map<string, { thing: Thing; version: number }>();
        for (const step of actions) {
          const name = prefix + step.name;
          const known = model.get(name);
          if (step.type === "delete") {
            expect(await store.delete(name)).toBe(model.delete(name));
          } else {
            const version = step.type === "create" ? 1 : step.version;
            const isDone = known?.version === (version === 1 ? undefined : version - 1);
            const thing = sample(name, version, step.text);
            const result = await (step.type === "create" ? store.create(thing) : store.update(thing));
            expect(result).toBe(isDone ? "done" : "refused");
            if (isDone) model.set(name, { thing, version });
          }
          expect(await other.get(name)).toEqual(model.get(name)?.thing);
        }
        expect(await listFrom(other, prefix, 2)).toEqual([...model.keys()].sort());
      }),
      { numRuns: 30 },
    );
  });

  /** The names of everything with the prefix, page by page. */
  async function listFrom(store: NamedStore<Thing>, prefix: string, size: number): Promise<string[]> {
    const names: string[] = [];
    for (let after = prefix; ; after = names.at(-1) ?? prefix) {
      const page = await store.list(size, after);
      expect(page.length).toBeLessThanOrEqual(size);
      const ours = page.map(nameOf).filter((name) => name.startsWith(prefix));
      names.push(...ours);
      if (ours.length < size) return names;
    }
  }
}
