import { createHash } from "node:crypto";
import { ByteWriter } from "../batch/byte-writer.ts";
import { writeInstant } from "../batch/instant-text.ts";
import type { FileLayout, FileTarget } from "../sdk/connector.ts";
import type { ErrorLocation, PartitionValues } from "./run-plan.ts";

/** What a run puts into the keys of its objects. */
export interface KeyParts {
  readonly flow: string;
  readonly runId: string;
  readonly schemaVersion: number;
  /** Milliseconds since 1970. All keys of a run are dated by its start, so a run never crosses midnight. */
  readonly startedAt: number;
  /** The destination's place in the flow's list: two destinations may name the same folder. */
  readonly output: number;
  readonly partition: PartitionValues;
  /** Which attempt at the run's work writes the file: no two of them write to one key. */
  readonly piece: Piece;
  /** Counts the files of a partition in a piece, from 1. */
  readonly sequence: number;
}

/** One attempt at one segment of one slice. */
export interface Piece {
  /** From 0. */
  readonly slice: number;
  /** From 0. */
  readonly segment: number;
  /** From 1. */
  readonly attempt: number;
}

/** Keys that begin with this are Millrace's own business; no reader of data looks there. */
const RESERVED = "_millrace";

/** S3's limit, in bytes of UTF-8 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html). */
const MAX_KEY_BYTES = 1024;

/**
 * Bytes kept free for a file name, whatever its sequence. A partition's folder must not depend on the file's number.
 * The longest name: a UUID (36), the time (20), `-destination50` (14), the piece (27), the sequence (11), `.parquet` (8).
 */
const FILE_NAME_ROOM = 120;

const EXTENSIONS: Readonly<Record<FileTarget["format"], string>> = { json: ".json", csv: ".csv", parquet: ".parquet" };

/** How many of year, month, day, hour and minute a date folder has. */
const DATE_FOLDERS: Readonly<Record<NonNullable<FileLayout["granularity"]>, number>> = {
  year: 1,
  month: 2,
  day: 3,
  hour: 4,
  minute: 5,
};

/**
 * The key of a data file:
 *
 * `{prefix}/{flow}/[schemaVersion_{n}/][{date}/][{runId}/][{field}={value}/…]{runId}-{start of the run}[-{piece}][-{sequence}].{format}`
 *
 * The start of the run is in every name, as FILENAME asks.
 *
 * Different partitions, pieces, sequences, outputs, runs and flows give different keys. Every key lies under `outputPrefix`
 * and has at most 1024 bytes: folders of partition values that would be longer are cut, and end in a hash of all values.
 */
export function objectKey(target: FileTarget, parts: KeyParts): string {
  const { layout } = target;
  const folder =
    outputPrefix(target.prefix, parts.flow) +
    (layout.schemaVersionFolder ? `schemaVersion_${parts.schemaVersion}/` : "") +
    (layout.datePath ? dateFolders(parts.startedAt, layout.granularity) : "") +
    (layout.executionFolder ? `${parts.runId}/` : "");
  const room = MAX_KEY_BYTES - FILE_NAME_ROOM - Buffer.byteLength(folder);
  return folder + partitionFolders(parts.partition, room) + fileName(target, parts);
}

/** What every key that a flow writes to a prefix begins with. */
export function outputPrefix(prefix: string, flow: string): string {
  return prefix === "" ? `${flow}/` : `${prefix}/${flow}/`;
}

/** The key of a file of rejected records: `{prefix}/{flow}/{runId}/{start of the run}-errors[-{piece}].json`. */
export function errorObjectKey(
  location: ErrorLocation,
  parts: Pick<KeyParts, "flow" | "runId" | "startedAt" | "output" | "piece">,
): string {
  const name = `${startText(parts.startedAt)}-errors${outputSuffix(parts.output)}${pieceSuffix(parts.piece)}.json`;
  return `${outputPrefix(location.prefix, parts.flow)}${parts.runId}/${name}`;
}

/** The key of a run's receipt. It is written last: whoever waits for it finds all of the run's objects. */
export function receiptKey(flow: string, runId: string): string {
  return `${receiptPrefix(flow)}${runId}.json`;
}

/** What the keys of all receipts of flows of that name begin with. */
export function receiptPrefix(flow: string): string {
  return `${RESERVED}/runs/${flow}/`;
}

/** Whether a run's files could have this key: those of rejected records, or of data. */
export function isKeyOfRun(key: string, runId: string): boolean {
  const segments = key.split("/");
  return segments.at(-1)!.startsWith(`${runId}-`) || segments.at(-2) === runId;
}

/** Of a key that a flow's files could have: the run whose file it would be, and of which kind. */
export function fileOfKey(key: string): { readonly run: string; readonly kind: "data" | "error" } | undefined {
  const [folder, name] = key.split("/").slice(-2);
  if (name === undefined) return undefined;
  if (new RegExp(`^${START}-errors`).test(name)) return { run: folder!, kind: "error" };
  const run = new RegExp(`^(.+?)-${START}`).exec(name)?.[1];
  return run === undefined ? undefined : { run, kind: "data" };
}

/**
 * Where the rejected records of a destination go that has no error location of its own, as S3 in AppFlow: to the same
 * bucket, away from the data. Readers of the data's prefix do not list it, and those of the whole bucket (Hive, Spark,
 * Athena, the S3 source) pass over names that begin with an underscore.
 */
export function defaultErrorLocation(target: FileTarget): ErrorLocation {
  const prefix = target.prefix === "" ? `${RESERVED}/errors` : `${RESERVED}/errors/${target.prefix}`;
  return { bucket: target.bucket, prefix };
}

/** `2026/01/31/` for a day; nothing when the definition gives no granularity. UTC. */
function dateFolders(startedAt: number, granularity: FileLayout["granularity"]): string {
  if (granularity === undefined) return "";
  const numbers = startText(startedAt).split(/[-T:]/);
  return `${numbers.slice(0, DATE_FOLDERS[granularity]).join("/")}/`;
}

/** What `startText` gives, as a pattern. */
const START = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d";

/** `2026-01-31T23:59:59`, UTC. */
function startText(startedAt: number): string {
  const { bytes, view } = new ByteWriter(40);
  return bytes.latin1Slice(0, writeInstant(view, 0, startedAt, 0, false)).slice(0, "yyyy-MM-ddTHH:mm:ss".length);
}

function partitionFolders(partition: PartitionValues, room: number): string {
  const folders = partition.map(({ field, value }) => `${encode(field)}=${partitionValue(value)}/`).join("");
  return Buffer.byteLength(folders) <= room ? folders : cutFolders(folders, room);
}

/** Null is written as `null`, as AppFlow does; the text "null" is spelled so that it reads the same and differs. */
function partitionValue(value: string | null): string {
  if (value === null) return "null";
  return value === "null" ? "%6Eull" : encode(value);
}

// Hive's own list of characters that must not stand in a folder's name, and the tilde, which marks a hash:
// https://github.com/apache/hive/blob/master/common/src/java/org/apache/hadoop/hive/common/FileUtils.java
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f"#%'*/:=?\\\u007f{[\]^~]/g;

function encode(text: string): string {
  return text.replace(UNSAFE, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** As much of the beginning as there is room for. No value holds a tilde, so nothing else looks like the result. */
function cutFolders(folders: string, room: number): string {
  const hash = `~${createHash("sha256").update(folders).digest("hex").slice(0, 32)}/`;
  let kept = "";
  let left = room - hash.length;
  for (const character of folders) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    kept += character;
  }
  // Half an escape would be read as something else.
  return kept.replace(/%.?$/, "") + hash;
}

/** AppFlow's names begin with the execution id and hold the time; the extension is ours, because readers expect one. */
function fileName(target: FileTarget, parts: KeyParts): string {
  const sequence = parts.sequence === 1 ? "" : `-${parts.sequence}`;
  const name = `${parts.runId}-${startText(parts.startedAt)}${outputSuffix(parts.output)}${pieceSuffix(parts.piece)}${sequence}`;
  return name + EXTENSIONS[target.format];
}

function outputSuffix(output: number): string {
  return output === 0 ? "" : `-destination${output + 1}`;
}

/** Nothing for a run that is done in one piece. The letters keep it apart from a sequence. */
function pieceSuffix({ slice, segment, attempt }: Piece): string {
  const parts = [
    slice === 0 ? "" : `s${slice + 1}`,
    segment === 0 ? "" : `g${segment + 1}`,
    attempt === 1 ? "" : `a${attempt}`,
  ];
  const piece = parts.join("");
  return piece === "" ? "" : `-${piece}`;
}
