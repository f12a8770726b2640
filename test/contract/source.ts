import { describe, expect, it } from "vitest";
import { cellText } from "../../src/batch/cell.ts";
import { decodePage } from "../../src/engine/read-batches.ts";
import { preview } from "../../src/engine/preview.ts";
import { sampleFields } from "../../src/engine/sample-fields.ts";
import { ConnectorError } from "../../src/sdk/connector-error.ts";
import type {
  BrowseSession,
  Connector,
  Page,
  ReadableSource,
  Session,
  SourceQuery,
  TimeWindow,
} from "../../src/sdk/connector.ts";
import type { Entity } from "../../src/sdk/entity.ts";
import type { Filter } from "../../src/sdk/filter.ts";
import type { HttpClientOptions } from "../../src/sdk/http/create-http-client.ts";
import { scalarText } from "../../src/sdk/json.ts";
import type { Json, JsonObject } from "../../src/sdk/json.ts";
import { collect } from "../support/collect.ts";
import { waysToFind } from "../support/find-secret.ts";
import { openProfileWorld, type ProfileWorld } from "../support/saas/profile-world.ts";
import type { Reply, StandIn } from "../support/saas/stand-in.ts";

/** A source to be held to the contract: its connector, and a stand-in for its system. */
export interface SourceUnderTest {
  readonly connector: Connector;
  readonly open: () => Promise<OpenedSystem>;
  /** What flows ask for where nobody can ask for everything; absent: everything. */
  readonly fieldsOf?: (settings: JsonObject) => readonly string[];
}

export interface OpenedSystem {
  readonly standIn: StandIn;
  readonly properties: JsonObject;
  /** With an access token that the stand-in accepts. */
  readonly credentials: JsonObject;
  /** True where an access token that ended can be replaced. */
  readonly renews: boolean;
  /** One of each way of paging. All have at least three pages. */
  readonly objects: readonly ObjectUnderTest[];
  /** The settings of something that has no records. */
  readonly empty: JsonObject;
  /** Filters that the system can evaluate, with what they are about; none where it can evaluate none. */
  readonly filters: readonly { readonly settings: JsonObject; readonly filter: Filter }[];
  /** How the vendor refuses what the profile may not read, and whom it asks to wait. */
  readonly forbidden: Reply;
  readonly tooMany: Reply;
}

export interface ObjectUnderTest {
  /** Of the flow's source. */
  readonly settings: JsonObject;
  /** The field that no two records share, and how many records there are. */
  readonly key: string;
  readonly count: number;
  /** A field of text that every record has. */
  readonly text: string;
  /** The field of an incremental run, in milliseconds since 1970 of a record's text; absent where there is none. */
  readonly time?: { readonly field: string; readonly toMs: (text: string) => number };
  /** How many requests are made before the first page is asked for; absent: none. */
  readonly before?: number;
  /** True where pages come from more than one request each, as those of a job do. */
  readonly hasSteps?: true;
}

/** Everything that a source promises, as far as its datasheet says that it can do it. */
export function sourceContract({ connector, open, fieldsOf }: SourceUnderTest): void {
  const source = connector.source as ReadableSource;

  /** Opens a system and its profile, and closes both after `use`. */
  const within = async (
    use: (system: OpenedSystem, world: ProfileWorld, session: Session) => Promise<void>,
    client?: HttpClientOptions,
  ): Promise<void> => {
    const system = await open();
    await using standIn = system.standIn;
    const { properties, credentials } = system;
    const options = { connector, standIn, properties, credentials, ...(client !== undefined && { client }) };
    await using world = await openProfileWorld(options);
    await use(system, world, await world.session());
  };

  const pagesOf = (session: Session, settings: JsonObject, changes: Partial<SourceQuery> = {}) =>
    source.read(session, { settings, fields: fieldsOf?.(settings), slice: null, cursor: undefined, ...changes });

  const keysOf = async (session: Session, { settings, key }: ObjectUnderTest, changes: Partial<SourceQuery> = {}) => {
    const keys: string[] = [];
    for await (const page of pagesOf(session, settings, changes)) keys.push(...(await valuesOf(page, key)));
    return keys;
  };

  const failureOf = async (session: Session, settings: JsonObject): Promise<ConnectorError> => {
    try {
      await collect(pagesOf(session, settings));
    } catch (error) {
      expect(error).toBeInstanceOf(ConnectorError);
      return error as ConnectorError;
    }
    return expect.fail("It did not fail.");
  };

  const browse = (session: Session): BrowseSession => {
    return { ...session, sample: (pages) => sampleFields(pages, session.signal) };
  };

  describe(`${connector.type} as a source`, () => {
    describe("metadata", () => {
      it("lists its entities, each once, page by page", () =>
        within(async (_, __, session) => {
          const list = async (limit: number): Promise<readonly Entity[]> => {
            const found: Entity[] = [];
            for (let next: string | undefined; ;) {
              const page = await source.entities!(browse(session), { path: undefined, next, limit });
              found.push(...page.entities);
              expect(page.entities.length).toBeLessThanOrEqual(limit);
              if (page.next === undefined) return found;
              next = page.next;
            }
          };

          const all = await list(1000);

          expect(all.length).toBeGreaterThan(0);
          expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
          expect(await list(7)).toEqual(all);
        }));

      it("describes each of them, and those within one, every field once and with a type", () =>
        within(async (_, __, session) => {
          const inside = async (path: string | undefined) =>
            (await source.entities!(browse(session), { path, next: undefined, limit: 1000 })).entities;
          const top = await inside(undefined);
          const parent = top.find(({ hasNested }) => hasNested);
          const entities = [...top, ...(parent === undefined ? [] : await inside(parent.name))];
          for (const { name } of entities.filter(({ hasNested }) => !hasNested)) {
            const fields = (await source.describe!(browse(session), name))!;
            expect(fields.length, name).toBeGreaterThan(0);
            expect(new Set(fields.map((field) => field.name)).size, name).toBe(fields.length);
            expect(
              fields.filter(({ type }) => type === ""),
              name,
            ).toEqual([]);
          }
        }));

      it("knows nothing of an entity that there is not", () =>
        within(async (_, __, session) => {
          expect(await source.describe!(browse(session), "no-such-entity")).toBeUndefined();
        }));
    });

    describe("pages", () => {
      it("have every record once, and go on from wherever they say", () =>
        within(async ({ objects }, world, session) => {
          for (const object of objects) {
            const { settings, key, count } = object;
            const pages: { readonly page: Page; readonly keys: readonly string[] }[] = [];
            for await (const page of pagesOf(session, settings)) pages.push({ page, keys: await valuesOf(page, key) });
            const keys = pages.flatMap((each) => each.keys);

            expect(pages.length, JSON.stringify(settings)).toBeGreaterThanOrEqual(3);
            expect(keys, JSON.stringify(settings)).toHaveLength(count);
            expect(new Set(keys).size).toBe(count);
            expect(pages.at(-1)!.page.next).toBeNull();
            for (const [i, { page }] of pages.entries()) {
              const other = await world.session();
              const at = await keysOf(other, object, { cursor: stored(page.at) });
              expect(at).toEqual(pages.slice(i).flatMap((each) => each.keys));
              if (page.next === null) continue;
              const rest = await keysOf(other, object, { cursor: stored(page.next) });
              expect(rest).toEqual(pages.slice(i + 1).flatMap((each) => each.keys));
            }
          }
        }));

      it("end at once where there are no records", () =>
        within(async ({ empty }, _, session) => {
          const pages = await collect(pagesOf(session, empty));

          expect(pages.map(({ next }) => next)).toEqual([null]);
          expect(await valuesOf(pages[0]!, "id")).toEqual([]);
        }));

      it("come from no more requests than there are pages", () =>
        within(async ({ objects, standIn }, _, session) => {
          for (const { settings, before = 0, hasSteps } of objects) {
            if (hasSteps === true) continue;
            const calls = standIn.calls.length;
            const pages = await collect(pagesOf(session, settings));
            expect(standIn.calls.length - calls).toBe(before + pages.length);
          }
        }));
    });

    it.runIf(source.incremental !== undefined)("leaves no record of a window out, at its borders either", () =>
      within(async ({ objects }, _, session) => {
        for (const object of objects) {
          if (object.time === undefined) continue;
          const { field, toMs } = object.time;
          const records = await recordsOf(pagesOf(session, object.settings), object.key, field);
          const times = [...new Set(records.map(({ value }) => toMs(value)))].toSorted((a, b) => a - b);
          const middle = times[Math.floor(times.length / 2)]!;
          const windows: TimeWindow[] = [
            { after: middle - 1, to: middle, field },
            { after: middle, to: times.at(-1)!, field },
            { after: 0, to: middle, field },
          ];
          for (const window of windows) {
            const read = await keysOf(session, object, { window });
            const wanted = records.filter(({ value }) => toMs(value) > window.after && toMs(value) <= window.to);
            expect(wanted.length, "a border with records").toBeGreaterThan(0);
            expect(new Set(read)).toEqual(new Set([...read, ...wanted.map(({ key }) => key)]));
          }
        }
      }),
    );

    it("gives with a filter what the engine lets through without it", () =>
      within(async ({ filters }, _, session) => {
        for (const { settings, filter } of filters) {
          const tasks = [
            { type: "filter", index: 0, ...filter },
            { type: "map-all", index: 1, exclude: [] },
          ] as const;
          const through = async (read: ReadableSource["read"]) => {
            const io = { ...session, source: { ...source, read } };
            const shown = await collect(preview({ source: { settings }, tasks }, 100_000, io));
            return shown.map((each) => (each.kind === "record" ? each.json : each.kind));
          };
          const all = (query: SourceQuery) => ({ ...query, fields: query.fields ?? fieldsOf?.(settings) });
          const pushed = await through((given, query) => source.read(given, all(query)));
          const unfiltered = await through((given, query) => source.read(given, { ...all(query), filters: undefined }));

          expect(pushed.length).toBeGreaterThan(0);
          expect(pushed).toEqual(unfiltered);
        }
      }));

    describe("what goes wrong", () => {
      it("a token that has ended is replaced once, and stored before it is used", () =>
        within(async ({ objects: [object], standIn, renews }, world, session) => {
          if (!renews) return;
          standIn.tokens.expireAll();

          const keys = await keysOf(session, object!);

          expect(keys).toHaveLength(object!.count);
          expect(standIn.tokens.requests).toBe(1);
          expect(Object.values(await world.credentials())).toContain(standIn.tokens.issued.at(-2));
        }));

      it("two that use a profile at once do not end each other's tokens", () =>
        within(async ({ objects: [object], standIn, renews }, world, session) => {
          if (!renews) return;
          standIn.tokens.expireAll();
          const other = await world.session();

          const both = await Promise.all([keysOf(session, object!), keysOf(other, object!)]);

          expect(both.map(({ length }) => length)).toEqual([object!.count, object!.count]);
          expect(standIn.tokens.requests).toBe(1);
        }));

      it("credentials that are not accepted any more end it, without asking for ever", () =>
        within(async ({ objects: [object], standIn }, _, session) => {
          standIn.tokens.revokeAll();

          expect((await failureOf(session, object!.settings)).code).toBe("InvalidCredentials");
          expect(standIn.calls.length).toBeLessThanOrEqual(2);
        }));

      it("what the profile may not read ends it at once", () =>
        within(async ({ objects: [object], standIn, forbidden }, _, session) => {
          standIn.faults.push(forbidden);

          expect((await failureOf(session, object!.settings)).code).toBe("AccessDenied");
          expect(standIn.calls).toHaveLength(1);
        }));

      it.each([
        ["in seconds", () => "37"],
        ["as a date", (now: number) => new Date(now + 37_000).toUTCString()],
      ])("waits as long as it is asked to %s", (_, retryAfter) =>
        within(async ({ objects: [object], standIn, tooMany }, __, session) => {
          const before = standIn.time.now();
          standIn.faults.push({ ...tooMany, headers: { ...tooMany.headers, "retry-after": retryAfter(before) } });

          const pages = pagesOf(session, object!.settings);
          await pages.next();

          expect(standIn.calls).toHaveLength(2 + (object!.before ?? 0));
          expect(standIn.time.now() - before).toBe(37_000);
        }),
      );

      it.each(["too many requests", 500, 503, "cut", "malformed"] as const)("%s is tried again", (fault) =>
        within(async ({ objects, standIn, tooMany }, _, session) => {
          for (const object of objects) {
            const faulty = typeof fault === "number" ? { status: fault, body: "<html>Sorry</html>" } : fault;
            standIn.faults.push(undefined, faulty === "too many requests" ? tooMany : faulty);

            expect(await keysOf(session, object)).toHaveLength(object.count);
            expect(standIn.faults).toEqual([]);
          }
        }),
      );

      it("what does not pass ends it, after some tries", () =>
        within(async ({ objects: [object], standIn }, _, session) => {
          standIn.faults.push(...Array.from({ length: 100 }, () => ({ status: 500, body: { error: "boom" } })));

          expect((await failureOf(session, object!.settings)).code).toBe("ServerError");
          expect(standIn.calls.length).toBeGreaterThan(2);
          expect(standIn.calls.length).toBeLessThan(20);
        }));

      it("a body that comes too slowly is given up, and asked for again", () =>
        within(
          async ({ objects: [object], standIn }, _, session) => {
            standIn.faults.push("drip");

            expect(await keysOf(session, object!)).toHaveLength(object!.count);
          },
          { minimumPace: { bytes: 1024, milliseconds: 100 } },
        ));

      it.each(["gone", "added", "retyped"] as const)("a field that is %s costs no record", (drift) =>
        within(async ({ objects, standIn }, _, session) => {
          for (const object of objects) {
            standIn.rewrite = (json) => drifted(json, object.text, drift);

            expect(await keysOf(session, object)).toHaveLength(object.count);
          }
        }),
      );

      it("ends when it is cancelled, also while it waits", () =>
        within(async ({ objects: [object], standIn }, world) => {
          const controller = new AbortController();
          const session = await world.session({ signal: controller.signal });
          const pages = pagesOf(session, object!.settings);
          await pages.next();
          const reason = new Error("Cancelled.");
          standIn.faults.push({ status: 503, headers: { "retry-after": "10" } });
          standIn.time.onWait = () => controller.abort(reason);

          await expect(pages.next()).rejects.toBe(reason);
          expect(standIn.calls).toHaveLength(2 + (object!.before ?? 0));
        }));

      it("does not wait beyond the time that it has", () =>
        within(async ({ objects: [object], standIn, tooMany }, world) => {
          const session = await world.session({ deadline: standIn.time.now() + 10_000 });
          standIn.faults.push({ ...tooMany, headers: { ...tooMany.headers, "retry-after": "3600" } });

          expect(await failureOf(session, object!.settings)).toMatchObject({
            code: "RateLimitExceeded",
            retryAfterMs: 3_600_000,
          });
        }));

      it("tells no credential, even if the system echoes them all", () =>
        within(async ({ objects: [object], standIn, credentials }, _, session) => {
          const secrets = Object.entries(credentials).filter(([name]) => /token|secret|password|key/i.test(name));
          const values = secrets.map(([, value]) => scalarText(value));
          const echo = { error: values.join(" "), description: Buffer.from(values.join(" ")).toString("base64") };
          for (const status of [400, 403, 422]) {
            standIn.faults.push({ status, body: echo });
            const error = await failureOf(session, object!.settings);
            const shown = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join("\n");
            for (const value of values) expect(waysToFind(value, shown)).toEqual([]);
          }
        }));
    });
  });
}

/** As a run stores it. */
function stored(cursor: Json): Json {
  return JSON.parse(JSON.stringify(cursor)) as Json;
}

async function valuesOf(page: Page, field: string): Promise<string[]> {
  const values: string[] = [];
  for await (const { columns, count, rejected } of decodePage(page, [field], undefined, { bytes: 0 })) {
    expect(rejected).toEqual([]);
    for (let record = 0; record < count; record++) values.push(cellText(columns[0]!, record) ?? "");
  }
  return values;
}

async function recordsOf(pages: AsyncIterable<Page>, key: string, field: string) {
  const records: { readonly key: string; readonly value: string }[] = [];
  for await (const page of pages) {
    for await (const { columns, count } of decodePage(page, [key, field], undefined, { bytes: 0 })) {
      for (let record = 0; record < count; record++) {
        const [name, value] = columns.map((column) => cellText(column, record) ?? "");
        records.push({ key: name!, value: value! });
      }
    }
  }
  return records;
}

/** The same answer, but every object that has the field lost it, has one more, or has something else in it. */
function drifted(json: unknown, field: string, drift: "gone" | "added" | "retyped"): unknown {
  if (Array.isArray(json)) return json.map((item) => drifted(item, field, drift));
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).map(([name, value]) => [name, drifted(value, field, drift)] as const);
  const changed = Object.fromEntries(entries) as Record<string, unknown>;
  if (!(field in changed)) return changed;
  if (drift === "gone") delete changed[field];
  else if (drift === "added") changed["field_of_tomorrow"] = { any: ["thing", 1] };
  else changed[field] = { retyped: [1, null] };
  return changed;
}
