import { ObjectStoreError, readBucket, readPrefix, SettingsReader, show } from "#sdk";
import type {
  ByteSource,
  BytesPage,
  InputFormat,
  Json,
  JsonObject,
  ObjectInfo,
  ObjectStore,
  Problem,
  ReadableSource,
  ReadRange,
  Session,
  SourceQuery,
} from "#sdk";

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

/** Millrace's own objects: error files and notes. They are read only by a prefix that leads into this folder. */
const RESERVED = "_millrace/";

/** One object is one page. */
export const source: ReadableSource = {
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

  async *read({ objects, signal }: Session, query: SourceQuery) {
    const settings = readSettings(query.settings);
    const start = query.cursor as Cursor | undefined;
    let current: PinnedObject | undefined;
    if (start !== undefined && "etag" in start) current = { ...start, begun: true };
    const after = start === undefined ? undefined : "after" in start ? start.after : start.key;
    // One object is looked ahead, so that a page knows whether it is the last.
    for await (const found of objects.list(settings.bucket, settings.prefix, after)) {
      signal.throwIfAborted();
      if (!isRead(found, settings)) continue;
      if (current !== undefined) yield* pagesOf(objects, settings, current, { after: current.key });
      current = { ...found, begun: false };
    }
    if (current !== undefined) yield* pagesOf(objects, settings, current, null);
  },
};

type Cursor =
  /** This object: it may have been read in part. */
  | { readonly key: string; readonly etag: string; readonly size: number }
  /** The first object behind this key. */
  | { readonly after: string };

interface PinnedObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
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

/**
 * Whether the object holds records: not a folder's marker, not empty, not one of the notes (`_SUCCESS`, `.crc`) that
 * Hadoop and its kin leave beside their data and hide by such names. A prefix that reaches into a name means it.
 */
function isRead({ key, size }: ObjectInfo, { prefix, excluded }: SourceSettings): boolean {
  if (size === 0 || key.endsWith("/")) return false;
  if (key.startsWith(RESERVED) && !prefix.startsWith(RESERVED)) return false;
  if (excluded.some((written) => key.startsWith(written))) return false;
  const name = key.lastIndexOf("/") + 1;
  return name < prefix.length || !/[_.]/.test(key[name]!);
}

/** The object's page; none when the object was deleted before anybody began to read it. */
async function* pagesOf(
  objects: ObjectStore,
  { bucket, format }: SourceSettings,
  object: PinnedObject,
  next: Json,
): AsyncGenerator<BytesPage> {
  const { key, etag, size } = object;
  if (!object.begun && (await objects.head(bucket, key)) === undefined) return;
  const body = bodyOf(objects, bucket, object);
  yield { at: { key, etag, size }, next, body, format: formatOf(format, key) };
}

/** `.tsv` files, compressed ones too, are what the name says; AppFlow knows commas only. */
function formatOf(type: InputFormat["type"], key: string): InputFormat {
  return type === "csv" && /\.tsv(\.\w+)?$/i.test(key) ? { type, delimiter: "\t" } : { type };
}

function bodyOf(objects: ObjectStore, bucket: string, { key, etag, size }: PinnedObject): ByteSource {
  const name = `s3://${bucket}/${key}`;
  const bytes = (range: ReadRange) => explain(objects.read(bucket, key, { ...range, ifMatch: etag }), name);
  return {
    name,
    size,
    stream: (from = 0) => bytes({ from }),
    async read(from, length) {
      if (from + length > size) throw new Error(`${name} has ${size} bytes: there are no ${length} from ${from} on.`);
      const all = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      for await (const chunk of bytes({ from, to: from + length })) {
        all.set(chunk, filled);
        filled += chunk.length;
      }
      if (filled === length) return all;
      throw new Error(`${name} ended after ${filled} of the ${length} bytes from ${from} on. Read it again.`);
    },
  };
}

/** Says what it means for a flow that the object is not what it was. */
async function* explain(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    if (!(cause instanceof ObjectStoreError)) throw cause;
    const happened = CHANGES.get(cause.code);
    if (happened === undefined) throw cause;
    const message = `${name} was ${happened} after the flow had listed it. Run the flow again, while nobody writes to its source.`;
    throw new ObjectStoreError(cause.code, message, { cause });
  }
}

const CHANGES: ReadonlyMap<string, string> = new Map([
  ["Changed", "replaced"],
  ["NoSuchObject", "deleted"],
]);
