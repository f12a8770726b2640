import { compareKeys, readBucket, readPrefix, SettingsReader, show } from "#sdk";
import type {
  BytesPage,
  InputFormat,
  Json,
  JsonObject,
  ObjectInfo,
  Problem,
  ReadableSource,
  Session,
  SourceQuery,
  SplitQuery,
  SplitSession,
  TimeWindow,
} from "#sdk";
import { entities, describe } from "./entities.ts";
import { bodyOf, formatOf, holdsRecords, versionOf } from "./objects.ts";
import type { FoundObject } from "./objects.ts";
import { SLICE_SIZES, sliceObjects } from "./slices.ts";
import type { Slice, SliceSizes } from "./slices.ts";

interface SourceSettings {
  readonly bucket: string;
  readonly prefix: string;
  readonly format: InputFormat["type"];
  /** Keys that begin with one of these are not read. */
  readonly excluded: readonly string[];
}

/** PARQUET is ours: AppFlow reads CSV and JSON. */
const FORMATS: ReadonlyMap<string, InputFormat["type"]> = new Map([
  ["CSV", "csv"],
  ["JSON", "json"],
  ["PARQUET", "parquet"],
]);

const DAY_MS = 24 * 60 * 60 * 1000;

/** One object is one page, or one section of it is. */
export const source: ReadableSource = createSource(SLICE_SIZES);

export function createSource(sizes: SliceSizes): ReadableSource {
  return {
    triggers: ["on-demand", "scheduled"],
    minimumMinutes: 1,
    destinations: [
      "CustomerProfiles",
      "Honeycode",
      "Redshift",
      "S3",
      "Marketo",
      "Salesforce",
      "SAPOData",
      "Snowflake",
      "Upsolver",
      "Zendesk",
      "CustomConnector",
    ],
    check: (settings) => readSettings(settings).problems,

    describeObject(settings) {
      const { bucket, prefix } = readSettings(settings);
      return `s3://${bucket}/${prefix}`;
    },

    excluding(settings, written) {
      const { bucket, prefix, excluded } = readSettings(settings);
      const own = written.filter((place) => place.bucket === bucket && overlap(place.prefix, prefix));
      if (own.length === 0) return settings;
      return { ...settings, excludedPrefixes: [...excluded, ...own.map((place) => place.prefix)] };
    },

    entities,
    describe,

    incremental: {
      // An object is dated by the beginning of its upload, and shown at its end.
      lookbackMs: DAY_MS,
      lagMs: 0,
      clock: ({ objects }, settings) => objects.clock(readSettings(settings).bucket),
    },

    async *split(session: SplitSession, query: SplitQuery) {
      const settings = readSettings(query.settings);
      const found = findObjects(session, settings);
      const wanted = query.window === undefined ? withoutTime(found) : newObjects(found, query.window, session);
      yield* sliceObjects(wanted, settings, sizes, session);
    },

    async *read(session: Session, query: SourceQuery) {
      const settings = readSettings(query.settings);
      const start = query.cursor as Cursor | undefined;
      let current: PinnedObject | undefined;
      if (start !== undefined && "etag" in start) current = { ...start, begun: true };
      const after = start === undefined ? undefined : "after" in start ? start.after : start.key;
      const slice = query.slice as unknown as Slice | null;
      const found = slice === null ? findObjects(session, settings, after) : objectsOf(slice, after);
      // One object is looked ahead, so that a page knows whether it is the last.
      for await (const object of found) {
        session.signal.throwIfAborted();
        if (current !== undefined) yield* pagesOf(session, settings, current, query, { after: current.key });
        current = { ...object, begun: false };
      }
      if (current !== undefined) yield* pagesOf(session, settings, current, query, null);
    },
  };
}

type Cursor =
  /** This object: it may have been read in part. */
  | { readonly key: string; readonly etag: string; readonly size: number; readonly modifiedAt?: number }
  /** The first object behind this key. */
  | { readonly after: string };

interface PinnedObject extends FoundObject {
  /** Whether records of it may have been read before. */
  readonly begun: boolean;
}

function readSettings(given: JsonObject): SourceSettings & { readonly problems: readonly Problem[] } {
  const reader = new SettingsReader(given);
  const settings = {
    bucket: readBucket(reader),
    prefix: readPrefix(reader),
    format: reader.within("s3InputFormatConfig").choice("s3InputFileType", FORMATS) ?? "csv",
    excluded: reader.texts("excludedPrefixes"),
  };
  const own = settings.excluded.find((prefix) => `${settings.prefix}/`.startsWith(prefix));
  if (own !== undefined) {
    reader.report(
      "bucketPrefix",
      `everything under ${show(settings.prefix)} is under ${show(own)}, which the flow writes itself`,
      "read from a prefix, or write to one, that the other does not contain",
    );
  }
  return { ...settings, problems: reader.problems };
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

/** The objects that hold records, in the order of their keys, those behind `after` only. */
async function* findObjects(
  { objects, signal }: Session,
  settings: SourceSettings,
  after?: string,
): AsyncGenerator<FoundObject> {
  for await (const found of objects.list(settings.bucket, settings.prefix, after)) {
    signal.throwIfAborted();
    if (isRead(found, settings)) yield found;
  }
}

/** Whoever reads everything is not told when it was written. */
async function* withoutTime(found: AsyncIterable<FoundObject>): AsyncGenerator<FoundObject> {
  for await (const { key, etag, size } of found) yield { key, etag, size };
}

/** Those with a time in the window that no run has delivered as they are. */
async function* newObjects(
  found: AsyncIterable<FoundObject>,
  { after, to }: TimeWindow,
  session: SplitSession,
): AsyncGenerator<FoundObject> {
  for await (const object of found) {
    const { name, time } = versionOf(object)!;
    if (time > after && time <= to && !session.isDelivered({ name, time })) yield object;
  }
}

// oxlint-disable-next-line require-await
async function* objectsOf({ objects }: Slice, after: string | undefined): AsyncGenerator<FoundObject> {
  for (const object of objects) if (after === undefined || compareKeys(object.key, after) > 0) yield object;
}

function isRead(found: ObjectInfo, { prefix, excluded }: SourceSettings): boolean {
  return holdsRecords(found, prefix) && !excluded.some((written) => found.key.startsWith(written));
}

/**
 * The object's page; none when the object was deleted before anybody began to read it. One that was replaced before is
 * read as it is then; but an incremental run leaves it to the next one, and sections are places in the object that was found.
 */
async function* pagesOf(
  { objects }: Session,
  { bucket, format }: SourceSettings,
  { begun, ...found }: PinnedObject,
  query: SourceQuery,
  next: Json,
): AsyncGenerator<BytesPage> {
  const { section } = (query.slice as unknown as Slice | null) ?? {};
  const current = begun ? found : await objects.head(bucket, found.key);
  if (current === undefined || current.size === 0) return;
  const isReplaced = current.etag !== found.etag;
  if (isReplaced && section === undefined && query.window !== undefined) return;
  const { key, etag, size, modifiedAt } = section === undefined && isReplaced ? current : found;
  const at = { key, etag, size, ...(query.window !== undefined && modifiedAt !== undefined && { modifiedAt }) };
  const version = query.window === undefined ? undefined : versionOf(at);
  yield {
    at,
    next,
    body: bodyOf(objects, bucket, at),
    format: formatOf(format, key),
    ...(section !== undefined && { section }),
    ...(version !== undefined && { version }),
  };
}
