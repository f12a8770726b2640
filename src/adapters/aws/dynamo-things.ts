import type { CallStore, RememberedCall } from "../../store/remembered-call.ts";
import { TOKEN_LIFE_MS } from "../../store/remembered-call.ts";
import type { WriteResult } from "../../store/write-result.ts";
import { createDynamoCallStore, rememberingWrite } from "./dynamo-call-store.ts";
import { TableError } from "./dynamo-error.ts";
import { readListed, readNames } from "./dynamo-list.ts";
import type { Action, DynamoTable, Item } from "./dynamo-table.ts";
import { packBody, unpackBody } from "./item-body.ts";
import { listedKey, thingKey } from "./table.ts";

/** What flows, profiles and registrations have in common: they are found by name, listed by name, and have versions. */
export interface Things<Thing> {
  create(thing: Thing, call?: RememberedCall): Promise<WriteResult>;
  get(name: string): Promise<Thing | undefined>;
  /** `beside`: what else the transaction does. */
  update(thing: Thing, call?: RememberedCall, beside?: readonly Action[]): Promise<WriteResult>;
  delete(name: string): Promise<boolean>;
  /** Up to `limit` things of a list in the order of their names, those after `after` only. */
  list(list: string, limit: number, after?: string): Promise<readonly Thing[]>;
  /** Up to `limit` names of a list, in order. */
  names(list: string, limit: number, after?: string): Promise<readonly string[]>;
}

export interface ThingKind<Thing> {
  readonly kind: Parameters<typeof thingKey>[0];
  readonly nameOf: (thing: Thing) => string;
  /** The lists that a thing is in. A change leaves and joins fewer than a hundred, as many as a transaction can. */
  readonly listsOf: (thing: Thing) => readonly string[];
}

/**
 * Keeps each thing in an item of its own, and its name in an item for each of its lists, all in one transaction. The thing
 * knows its lists, so whoever changes it knows what to take it from.
 */
export function createThings<Thing extends { readonly version: number }>(
  table: DynamoTable,
  { kind, nameOf, listsOf }: ThingKind<Thing>,
): Things<Thing> {
  const calls = createDynamoCallStore(table);
  const thingOf = (item: Item) => unpackBody(item["body"]) as Thing;
  const attributesOf = (thing: Thing) => ({
    version: thing.version,
    lists: listsOf(thing),
    body: packBody(thing, `The ${kind} \`${nameOf(thing)}\``, "make what it says shorter, or divide it in two"),
  });
  const enlist = (lists: readonly string[], name: string) =>
    lists.map((list) => ({ put: { ...listedKey(list, name) } }));
  const strike = (lists: readonly string[], name: string) => lists.map((list) => ({ delete: listedKey(list, name) }));

  return {
    names: (list, limit, after) => readNames(table, { list, limit, after }),

    async create(thing, call) {
      const name = nameOf(thing);
      const item = { ...thingKey(kind, name), ...attributesOf(thing) };
      const put = { put: item, if: { expression: "attribute_not_exists(#pk)" } };
      return rememberingWrite(table, [put, ...enlist(item.lists, name)], call);
    },

    async get(name) {
      const item = await table.get(thingKey(kind, name));
      return item && thingOf(item);
    },

    async update(thing, call, beside = []) {
      const name = nameOf(thing);
      const key = thingKey(kind, name);
      const set = attributesOf(thing);
      const stored = await table.get(key);
      if (stored?.["version"] !== thing.version - 1) return (await isRepeated(calls, call)) ? "repeated" : "refused";
      const before = new Set(listsIn(stored));
      const after = new Set(set.lists);
      const actions = [
        { update: key, set, if: unchanged(stored) },
        ...enlist([...after.difference(before)], name),
        ...strike([...before.difference(after)], name),
        ...beside,
      ];
      return rememberingWrite(table, actions, call);
    },

    async delete(name) {
      const key = thingKey(kind, name);
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const stored = await table.get(key);
        if (stored === undefined) return false;
        const failed = await table.write([{ delete: key, if: unchanged(stored) }, ...strike(listsIn(stored), name)]);
        if (failed.length === 0) return true;
      }
      const what = `The ${kind} \`${name}\` changed with every attempt to delete it.`;
      throw new TableError(`${what} Try again later.`, { passes: true });
    },

    async list(list, limit, after) {
      const items = await readListed(table, { list, limit, after }, (name) => thingKey(kind, name));
      return items.map(thingOf);
    },
  };
}

const ATTEMPTS = 10;

/** The lists too: a thing may have been deleted and made again, with the same version. */
function unchanged(stored: Item) {
  return {
    expression: "#version = :version AND #lists = :lists",
    values: { ":version": stored["version"], ":lists": stored["lists"] },
  } as const;
}

async function isRepeated(calls: CallStore, call: RememberedCall | undefined): Promise<boolean> {
  return call !== undefined && (await calls.find(call.token, call.at - TOKEN_LIFE_MS)) !== undefined;
}

function listsIn(item: Item): readonly string[] {
  return item["lists"] as readonly string[];
}
