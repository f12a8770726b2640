import { createHash } from "node:crypto";
import type { RecordSum } from "../batch/record-sum.ts";
import type { FieldType } from "../batch/field-type.ts";
import { objectBytes } from "../engine/object-bytes.ts";
import { sumOfRecords } from "../engine/sum-of-records.ts";
import { FormatError } from "../formats/format.ts";
import type { RecordDigest } from "../formats/format.ts";
import { decodeParquet } from "../formats/parquet/decode-parquet.ts";
import { createRecordDigest } from "../formats/record-digest.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectInfo, ObjectStore } from "../sdk/object-store.ts";
import type { Receipt, ReceiptObject } from "./receipt.ts";

/** Something that is not as the receipt says. */
export interface Fault {
  /** The object at fault, `s3://bucket/key`; absent where it is the receipt itself. */
  readonly object?: string;
  readonly fault: FaultKind;
  /** For people. */
  readonly message: string;
}

export type FaultKind =
  /** There is no such object, or it cannot be had. */
  | "missing"
  /** It has more or fewer bytes. */
  | "size"
  /** It has other bytes. */
  | "sha256"
  /** It has more or fewer records. */
  | "records"
  /** It has other records, or is not in its format. */
  | "record-digest"
  /** The receipt names it twice. */
  | "named-twice"
  /** It is a receipt, but not the one that was written. */
  | "receipt"
  /** The books do not balance. */
  | "balance";

export interface VerifyProgress {
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Reads everything that the receipt names, and compares: bytes, records, and the books, which are added up anew from what
 * the objects hold. An empty list: all is as it says. Fails only when the store does, and then says nothing.
 */
export async function verifyReceipt(
  receipt: Receipt,
  objects: ObjectStore,
  signal: AbortSignal,
  progress: (progress: VerifyProgress) => void = () => undefined,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [...namedTwice(receipt)];
  const found: FoundObject[] = [];
  let bytes = 0;
  for (const object of receipt.objects) {
    signal.throwIfAborted();
    const { faults: more, found: sum } = await verifyObject(object, objects);
    faults.push(...more);
    found.push({ ...object, records: sum.records, recordDigest: sum.digest });
    bytes += object.bytes;
    progress({ objects: found.length, bytes });
  }
  return [...faults, ...verifyBooks(receipt, found)];
}

/** An object with what it was found to hold. */
type FoundObject = ReceiptObject;

function namedTwice({ objects }: Receipt): readonly Fault[] {
  const names = objects.map(nameOf);
  const twice = new Set(names.filter((name, i) => names.indexOf(name) !== i));
  return Array.from(twice, (object) => ({
    object,
    fault: "named-twice" as const,
    message: `${object} is named more than once.`,
  }));
}

const NOTHING = { records: 0, digest: "0".repeat(32) };

interface VerifiedObject {
  readonly faults: readonly Fault[];
  readonly found: Pick<RecordSum, "records" | "digest">;
}

async function verifyObject(object: ReceiptObject, objects: ObjectStore): Promise<VerifiedObject> {
  const name = nameOf(object);
  const fault = (kind: FaultKind, message: string): Fault => ({ object: name, fault: kind, message });
  try {
    const info = await objects.head(object.bucket, object.key);
    if (info === undefined) return { faults: [fault("missing", `${name} is not there.`)], found: NOTHING };
    const { bytes, sha256, sum } = await readWhole(object, info, objects);
    const faults: Fault[] = [];
    if (bytes !== object.bytes) {
      faults.push(fault("size", `${name} has ${bytes} bytes; it was written with ${object.bytes}.`));
    }
    if (sha256 !== object.sha256) {
      faults.push(fault("sha256", `${name} has the SHA-256 ${sha256}; it was written with ${object.sha256}.`));
    }
    if (typeof sum === "string") {
      faults.push(fault("record-digest", `${name} cannot be read as ${object.format}: ${sum}`));
      return { faults, found: NOTHING };
    }
    if (sum.records !== object.records) {
      faults.push(fault("records", `${name} has ${sum.records} records; it was written with ${object.records}.`));
    } else if (sum.digest !== object.recordDigest) {
      const message = `${name} has records with the digest ${sum.digest}; it was written with ${object.recordDigest}.`;
      faults.push(fault("record-digest", message));
    }
    return { faults, found: sum };
  } catch (error) {
    if (!(error instanceof ObjectStoreError) || !IS_GONE.has(error.code)) throw error;
    return { faults: [fault("missing", `${name} cannot be read. ${error.message}`)], found: NOTHING };
  }
}

const IS_GONE: ReadonlySet<string> = new Set(["NoSuchObject", "NoSuchBucket", "Changed"]);

interface WholeObject {
  readonly bytes: number;
  readonly sha256: string;
  /** Or why its records cannot be told. */
  readonly sum: RecordSum | string;
}

async function readWhole(
  { bucket, key, format }: ReceiptObject,
  info: ObjectInfo,
  objects: ObjectStore,
): Promise<WholeObject> {
  const digest = createRecordDigest(format);
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of objects.read(bucket, key, { ifMatch: info.etag })) {
    hash.update(chunk);
    digest.addBytes(chunk);
    bytes += chunk.length;
  }
  const sum = format === "parquet" ? await sumOfParquet(bucket, info, objects) : digest.finish();
  return { bytes, sha256: hash.digest("hex"), sum };
}

async function sumOfParquet(bucket: string, info: ObjectInfo, objects: ObjectStore): Promise<RecordSum | string> {
  let digest: RecordDigest | undefined;
  try {
    for await (const batch of decodeParquet(objectBytes(objects, bucket, info), { maxRecordBytes: Infinity })) {
      const [rejected] = batch.rejected;
      if (rejected !== undefined) return rejected.message;
      digest ??= createRecordDigest("parquet", batch.types as readonly FieldType[]);
      digest.addRecords(batch.columns, everyRecord(batch.count), 0, batch.count);
    }
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
  return digest!.finish();
}

/** The books of each destination, from what the objects hold. */
function verifyBooks({ counts, destinations, lost = [] }: Receipt, found: readonly FoundObject[]): readonly Fault[] {
  const wrong: string[] = [];
  const compare = (what: string, actual: number | string, told: number | string) => {
    if (actual !== told) wrong.push(`${what}: ${actual}; the receipt says ${told}.`);
  };
  const dropped = counts.filteredBy.reduce((sum, { records }) => sum + records, 0);
  compare("Records that single tasks dropped", dropped, counts.filtered);
  compare("Destinations", destinations.length, counts.destinations.length);
  counts.destinations.forEach((destination, i) => {
    const of = (kind: ReceiptObject["kind"]) => found.filter((each) => each.kind === kind && each.destination === i);
    const lostOf = (kind: ReceiptObject["kind"]) =>
      lost
        .filter((each) => each.kind === kind && each.destination === i)
        .reduce((sum, { records }) => sum + records, 0);
    const present = sumOfRecords(of("data"));
    const written = present.records + lostOf("data");
    const rejected = sumOfRecords(of("error")).records + lostOf("error");
    // What could not be decoded is in the first destination's error object alone.
    const undecoded = i === 0 ? counts.rejected : 0;
    const keepsRejected = destinations[i]?.keepsRejected ?? true;
    compare(`Records written to destination ${i}`, written, destination.written);
    compare(`Digest of the records of destination ${i}`, present.digest, destinations[i]?.recordDigest ?? "nothing");
    if (keepsRejected) compare(`Records rejected at destination ${i}`, rejected, destination.rejected + undecoded);
    const accounted = counts.filtered + counts.rejected + destination.rejected + written;
    compare(`Records read, by what became of them at destination ${i}`, accounted, counts.read);
  });
  return wrong.map((message) => ({ fault: "balance" as const, message }));
}

export function nameOf({ bucket, key }: Pick<ReceiptObject, "bucket" | "key">): string {
  return `s3://${bucket}/${key}`;
}

let identity = new Int32Array(0);

/** The selection of all of `count` records. */
function everyRecord(count: number): Int32Array {
  if (identity.length < count) identity = Int32Array.from({ length: count }, (_, record) => record);
  return identity;
}
