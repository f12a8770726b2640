import type { RecordSum } from "../batch/record-sum.ts";
import { csvHeader } from "../formats/csv/encode-csv.ts";
import type { RecordDigest } from "../formats/format.ts";
import { mergeParquet } from "../formats/parquet/merge-parquet.ts";
import { createRecordDigest } from "../formats/record-digest.ts";
import type { PlannedOutput } from "../plan/run-plan.ts";
import { MIN_PART_BYTES, ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectStore } from "../sdk/object-store.ts";
import type { ClosedFile } from "./closed-file.ts";
import { CONTENT_TYPES } from "./file-writer.ts";
import { objectBytes } from "./object-bytes.ts";
import { RunCancelled } from "./run-failure.ts";
import { sumOfRecords } from "./sum-of-records.ts";
import { UploadFile } from "./upload-file.ts";

/** So many ranges are copied at the most: with what stands between them they are far from S3's 10,000 parts. */
const MAX_COPIES = 4000;

export interface JoinIo {
  readonly objects: ObjectStore;
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Called now and then, with the bytes that are written so far, and waited for. */
  progress(bytes: number): Promise<void>;
}

/**
 * One file with the records of all pieces, in their order: whole files of the output's format and fields, at least one. The
 * file is written whole, and invisible; when this fails, it is thrown away.
 *
 * Text is the pieces' own, one after the other, CSV with the first one's header; Parquet has their row groups, and one footer.
 * What is large enough for a part is copied by the store, where it can; the rest goes through here, in memory bounded by two
 * parts. Every byte is read once all the same: a SHA-256 cannot be made of others, and text is looked through for the records
 * that the pieces were registered with.
 */
export async function joinPieces(
  pieces: readonly ClosedFile[],
  place: { readonly bucket: string; readonly key: string },
  output: PlannedOutput,
  io: JoinIo,
): Promise<ClosedFile> {
  const { ranges, tail } = await layoutOf(pieces, output, io.objects);
  const sum = sumOfRecords(pieces);
  const { format } = output.target;
  const digest = format === "parquet" ? summedDigest(sum) : createRecordDigest(format);
  const file = await UploadFile.open(io.objects, { ...place, contentType: CONTENT_TYPES[format], digest });
  try {
    file.records = sum.records;
    const least = leastCopy(ranges);
    for (const [i, range] of ranges.entries()) await append(file, pieces[i]!, range, least, io);
    file.out.append(tail);
    const closed = await file.close();
    if (closed.recordDigest === sum.digest) return closed;
    throw new Error(`\`${place.key}\` does not hold the records of its pieces. It is not published.`);
  } catch (error) {
    await Promise.allSettled([file.abort()]);
    throw error;
  }
}

/** Bytes of a piece, from `from` up to `to`. */
interface Range {
  readonly from: number;
  readonly to: number;
}

interface Layout {
  /** Of each piece, what goes into the file. */
  readonly ranges: readonly Range[];
  /** What comes last. */
  readonly tail: Uint8Array;
}

async function layoutOf(
  pieces: readonly ClosedFile[],
  { target, fields = [] }: PlannedOutput,
  objects: ObjectStore,
): Promise<Layout> {
  if (target.format === "parquet") {
    const sources = pieces.map(({ upload: { bucket, key }, bytes }) =>
      objectBytes(objects, bucket, { key, size: bytes }),
    );
    const { ranges, footer } = await mergeParquet(sources);
    return { ranges, tail: footer };
  }
  const header = target.format === "csv" ? csvHeader(fields.map(({ name }) => name)).length : 0;
  return {
    ranges: pieces.map(({ bytes }, i) => ({ from: i === 0 ? 0 : header, to: bytes })),
    tail: new Uint8Array(0),
  };
}

/** The pieces' own: what a Parquet file holds is known by its columns, and those are not looked at again. */
function summedDigest(sum: RecordSum): RecordDigest {
  return { addBytes() {}, addRecords() {}, finish: () => sum };
}

function leastCopy(ranges: readonly Range[]): number {
  const bytes = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  return Math.max(MIN_PART_BYTES, Math.ceil(bytes / MAX_COPIES));
}

async function append(
  file: UploadFile,
  piece: ClosedFile,
  { from, to }: Range,
  least: number,
  io: JoinIo,
): Promise<void> {
  // What waits to be a part needs so much more to be large enough.
  const missing = file.out.length === 0 ? 0 : Math.max(0, MIN_PART_BYTES - file.out.length);
  const copied = to - from - missing >= least ? from + missing : to;
  await send(file, bytesOf(piece, from, copied, file, io));
  if (copied === to) return;
  const range = { ...(await findPiece(piece, io.objects)), from: copied, to };
  if (await file.copy(range, bytesOf(piece, copied, to, file, io))) return;
  await send(file, bytesOf(piece, copied, to, file, io));
}

async function findPiece({ upload: { bucket, key }, bytes }: ClosedFile, objects: ObjectStore) {
  const found = await objects.head(bucket, key);
  if (found?.size === bytes) return { bucket, key, etag: found.etag, size: found.size };
  throw new ObjectStoreError("Changed", `The piece \`${bucket}/${key}\` is not what was written.`);
}

async function send(file: UploadFile, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) {
    file.out.append(chunk);
    await file.drain();
  }
}

async function* bytesOf(
  { upload: { bucket, key } }: ClosedFile,
  from: number,
  to: number,
  file: UploadFile,
  io: JoinIo,
): AsyncGenerator<Uint8Array> {
  if (from === to) return;
  let at = from;
  for await (const chunk of io.objects.read(bucket, key, { from, to })) {
    if (io.signal.aborted) throw new RunCancelled();
    yield chunk;
    at += chunk.length;
    await io.progress(file.bytes);
  }
  if (at === to) return;
  throw new ObjectStoreError("Changed", `The piece \`${bucket}/${key}\` ended after ${at} of ${to} bytes.`);
}
