import { ObjectStoreError } from "#sdk";
import type { ByteSource, InputFormat, ObjectInfo, ObjectStore, PageVersion, ReadRange } from "#sdk";

/** An object, as it was when it was found. */
export interface FoundObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  /** Milliseconds since 1970; absent where it does not matter. */
  readonly modifiedAt?: number;
}

/** One version of an object: the same bytes that are written again are another. */
export function versionOf({ key, etag, modifiedAt }: FoundObject): PageVersion | undefined {
  return modifiedAt === undefined ? undefined : { name: JSON.stringify([key, etag, modifiedAt]), time: modifiedAt };
}

/** Millrace's own objects: error files and notes. They are read only by a prefix that leads into this folder. */
const RESERVED = "_millrace/";

/**
 * Whether the object holds records: not a folder's marker, not empty, not one of the notes (`_SUCCESS`, `.crc`) that
 * Hadoop and its kin leave beside their data and hide by such names. A prefix that reaches into a name means it.
 */
export function holdsRecords({ key, size }: Pick<ObjectInfo, "key" | "size">, prefix: string): boolean {
  if (size === 0 || key.endsWith("/")) return false;
  if (key.startsWith(RESERVED) && !prefix.startsWith(RESERVED)) return false;
  const name = key.lastIndexOf("/") + 1;
  return name < prefix.length || !/[_.]/.test(key[name]!);
}

/** `.tsv` files, compressed ones too, are what the name says; AppFlow knows commas only. */
export function formatOf(type: InputFormat["type"], key: string): InputFormat {
  return type === "csv" && /\.tsv(\.\w+)?$/i.test(key) ? { type, delimiter: "\t" } : { type };
}

/** The bytes of an object. Reading fails when it is another object by then. */
export function bodyOf(objects: ObjectStore, bucket: string, { key, etag, size }: FoundObject): ByteSource {
  const name = `s3://${bucket}/${key}`;
  const bytes = (range: ReadRange) => explain(objects.read(bucket, key, { ...range, ifMatch: etag }), name);
  return {
    name,
    size,
    stream: (from = 0) => bytes({ from }),
    async read(from, length, into = Buffer.allocUnsafeSlow(length)) {
      if (from + length > size) throw new Error(`${name} has ${size} bytes: there are no ${length} from ${from} on.`);
      const all = into.subarray(0, length);
      let filled = 0;
      for await (const chunk of bytes({ from, to: from + length, into: all })) {
        if (chunk.buffer !== all.buffer) all.set(chunk, filled);
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
