import { ConnectorError } from "#sdk";
import type { BrowseSession, BytesPage, EntitiesQuery, Entity, EntityField, EntityPage, InputFormat } from "#sdk";
import { bodyOf, formatOf, holdsRecords } from "./objects.ts";
import type { FoundObject } from "./objects.ts";

/*
 * Buckets have no entities of their own, so folders are: what is between the slashes of keys. An entity is named
 * `bucket/folder/`, or `bucket/folder/object`, which is the bucket and the prefix that a flow would read it by.
 */

/** The folders and objects within a bucket, or within one of its folders, in the order of their keys. */
export async function entities(
  { objects, signal }: BrowseSession,
  { path, next: after, limit }: EntitiesQuery,
): Promise<EntityPage> {
  const { bucket, prefix } = placeOf(path ?? "");
  if (bucket === "") throw new ConnectorError("InvalidArgument", "Buckets are not listed: name one in entitiesPath.");
  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const found: Entity[] = [];
  // A folder is passed over as a whole, however many objects it has.
  for (let from = after; ;) {
    const isNext = (info: FoundObject) => holdsRecords(info, folder) && !isWithin(info.key, from);
    const key = await firstKey(objects.list(bucket, folder, from), isNext, signal);
    if (key === undefined) return { group: "Objects", entities: found };
    if (found.length === limit) return { group: "Objects", entities: found, next: from! };
    const slash = key.indexOf("/", folder.length);
    const name = slash === -1 ? key : key.slice(0, slash + 1);
    found.push({ name: `${bucket}/${name}`, label: name.slice(folder.length), hasNested: slash !== -1 });
    from = slash === -1 ? key : name + LAST_CHARACTER;
  }
}

/** Comes after whatever else can go on a folder's name, but for names that go on with it. */
const LAST_CHARACTER = "\u{10FFFF}";

/** Whether a key is in the folder that was passed over. */
function isWithin(key: string, from: string | undefined): boolean {
  return from?.endsWith(LAST_CHARACTER) === true && key.startsWith(from.slice(0, -LAST_CHARACTER.length));
}

async function firstKey(
  listed: AsyncIterable<FoundObject>,
  wanted: (found: FoundObject) => boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  for await (const found of listed) {
    signal.throwIfAborted();
    if (wanted(found)) return found.key;
  }
  return undefined;
}

/** How many objects are looked into. */
const SAMPLES = 3;

/** The fields of the first objects under a prefix, as long as they are in one format. */
export async function describe(session: BrowseSession, entity: string): Promise<readonly EntityField[] | undefined> {
  const { objects, signal } = session;
  const { bucket, prefix } = placeOf(entity);
  const pages: BytesPage[] = [];
  for await (const found of objects.list(bucket, prefix)) {
    signal.throwIfAborted();
    if (!holdsRecords(found, prefix)) continue;
    const body = bodyOf(objects, bucket, found);
    const format = formatOf(typeByName(found.key) ?? (await typeByStart(body, found.size)), found.key);
    if (pages.length > 0 && pages[0]!.format.type !== format.type) break;
    pages.push({ at: null, next: null, body, format });
    if (pages.length === SAMPLES) break;
  }
  if (pages.length === 0) return undefined;
  return (await session.sample(pages)).map(({ name, type }) => fieldOf(name, type?.name ?? "string"));
}

const ENDINGS: readonly (readonly [RegExp, InputFormat["type"]])[] = [
  [/\.[ct]sv(\.\w+)?$/i, "csv"],
  [/\.(json|jsonl|ndjson)(\.\w+)?$/i, "json"],
  [/\.parquet$/i, "parquet"],
];

/** A flow says of which format its objects are; whoever only looks has to guess. */
function typeByName(key: string): InputFormat["type"] | undefined {
  return ENDINGS.find(([ending]) => ending.test(key))?.[1];
}

async function typeByStart(body: BytesPage["body"], size: number): Promise<InputFormat["type"]> {
  const start = Buffer.from(await body.read(0, Math.min(size, 64))).toString("latin1");
  if (start.startsWith("PAR1")) return "parquet";
  return /^(\u{ef}\u{bb}\u{bf})?\s*[{[]/u.test(start) ? "json" : "csv";
}

const ANY = ["EQUAL_TO", "NOT_EQUAL_TO"];
const ORDERED = [...ANY, "LESS_THAN", "LESS_THAN_OR_EQUAL_TO", "GREATER_THAN", "GREATER_THAN_OR_EQUAL_TO", "BETWEEN"];
const WITHOUT_ORDER = ["boolean", "json", "binary"];

function fieldOf(name: string, type: string): EntityField {
  return {
    name,
    label: name,
    type,
    filterOperators: WITHOUT_ORDER.includes(type) ? ANY : ORDERED,
    source: { isRetrievable: true, isQueryable: true, isTimestamp: false },
  };
}

function placeOf(name: string): { readonly bucket: string; readonly prefix: string } {
  const slash = name.indexOf("/");
  return slash === -1 ? { bucket: name, prefix: "" } : { bucket: name.slice(0, slash), prefix: name.slice(slash + 1) };
}
