import { BATCH_RECORDS } from "../../batch/batch.ts";
import type { Batch, DecoderPosition } from "../../batch/batch.ts";
import type { ByteSource } from "../../sdk/byte-source.ts";
import { FormatError } from "../format.ts";
import type { DecodeOptions } from "../format.ts";
import { openChunks } from "./chunk-bytes.ts";
import { AbsentField, FlatField } from "./field-reader.ts";
import type { FieldReader } from "./field-reader.ts";
import { NestedField } from "./nested-field.ts";
import { readFooter } from "./read-footer.ts";
import type { ColumnChunk, RowGroup } from "./read-footer.ts";
import { rejectRecords } from "./reject-records.ts";
import { isFlat } from "./schema-tree.ts";
import type { SchemaNode } from "./schema-tree.ts";

/**
 * Reads a Parquet object with ranged reads: its footer, then of each row group the chunks of the asked fields, page by
 * page. A batch ends where a page of any of them ends. A record's offset is its number in the object.
 *
 * Nested fields are JSON text. A value that its type cannot hold, or that is no UTF-8, rejects its record; a page that
 * cannot be decoded fails the object. A name that several fields have means the first of them.
 */
export async function* decodeParquet(source: ByteSource, options: DecodeOptions): AsyncGenerator<Batch> {
  const { rowGroups, fields } = await readFooter(source);
  const reader = new RecordReader(source, fields, options);
  let { group, record } = startPosition(source, rowGroups, options.from);
  let first = 0;
  for (let before = 0; before < group; before++) first += rowGroups[before]!.records;
  for (; group < rowGroups.length; group++) {
    const rowGroup = rowGroups[group]!;
    if (record < rowGroup.records) await reader.open(rowGroup, group, record);
    while (record < rowGroup.records) {
      const count = await reader.load(rowGroup.records - record);
      const next = following(rowGroups, group, record + count);
      yield reader.read(count, first + record, next);
      if (next === null) return;
      record += count;
    }
    first += rowGroup.records;
    record = 0;
  }
  yield reader.read(0, first, null);
}

interface Position {
  readonly group: number;
  readonly record: number;
}

function startPosition(
  source: ByteSource,
  rowGroups: readonly RowGroup[],
  from: DecoderPosition | undefined,
): Position {
  if (from === undefined) return { group: 0, record: 0 };
  const { rowGroup: group, record } = from;
  if (isIndex(group) && isIndex(record) && record < (rowGroups[group]?.records ?? 0)) return { group, record };
  throw new FormatError(
    `\`${source.name}\` has no record at ${JSON.stringify(from)}: it is not the object read before.`,
  );
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Where to go on after the records before `record` of a row group; null when no row group has more. */
function following(rowGroups: readonly RowGroup[], group: number, record: number): DecoderPosition | null {
  if (record < rowGroups[group]!.records) return { rowGroup: group, record };
  const next = rowGroups.findIndex((rowGroup, g) => g > group && rowGroup.records > 0);
  return next < 0 ? null : { rowGroup: next, record: 0 };
}

/** Reads the asked fields of one row group after another, in step. */
class RecordReader {
  readonly #source: ByteSource;
  readonly #names: readonly string[];
  /** One per name. A reader that several names share stands here once per name. */
  readonly #fields: readonly FieldReader[];
  readonly #readers: readonly FieldReader[];
  readonly #maxRecordBytes: number;
  readonly #offsets = new Float64Array(BATCH_RECORDS);

  constructor(source: ByteSource, schema: readonly SchemaNode[], options: DecodeOptions) {
    this.#source = source;
    this.#maxRecordBytes = options.maxRecordBytes;
    this.#names = options.fields ?? schema.map((node) => node.element.name);
    this.#fields =
      options.fields === undefined
        ? schema.map((node) => createReader(node, options.maxRecordBytes))
        : pickFields(schema, options.fields, options.maxRecordBytes);
    this.#readers = [...new Set(this.#fields)];
  }

  /** Goes to a row group, `skip` records after its first. */
  async open(rowGroup: RowGroup, group: number, skip: number): Promise<void> {
    const leaves = this.#readers.flatMap((reader) => reader.leaves);
    const places = leaves.map(({ leaf }) => `\`${this.#source.name}\`: row group ${group}, column \`${leaf.path}\``);
    const chunks = leaves.map(({ leaf }, l) => readableChunk(rowGroup.chunks[leaf.index]!, places[l]!));
    const opened = await openChunks(this.#source, chunks);
    for (const [l, reader] of leaves.entries()) reader.open(chunks[l]!, opened[l]!, places[l]!);
    await Promise.all(this.#readers.map((reader) => reader.start(skip)));
  }

  /** Waits until records can be read; returns how many of the `left` ones can. */
  async load(left: number): Promise<number> {
    let count = Math.min(left, BATCH_RECORDS);
    const waiting = this.#readers.filter((reader) => reader.available < count);
    if (waiting.length > 0) await Promise.all(waiting.map((reader) => reader.load(count)));
    for (const reader of this.#readers) count = Math.min(count, reader.available);
    return count;
  }

  read(count: number, first: number, next: DecoderPosition | null): Batch {
    for (let r = 0; r < count; r++) this.#offsets[r] = first + r;
    const read = new Map(this.#readers.map((reader) => [reader, reader.read(count)]));
    const batch: Batch = {
      count,
      fields: this.#names,
      columns: this.#fields.map((reader) => read.get(reader)!),
      types: this.#fields.map((reader) => reader.type),
      offsets: this.#offsets,
      rejected: [],
      next,
    };
    const refused = this.#fields.map((reader) => reader.refused);
    const largest = this.#readers.reduce((total, reader) => total + reader.largest, 0);
    const isClean = largest <= this.#maxRecordBytes && refused.every((cells) => cells.length === 0);
    return isClean ? batch : rejectRecords(batch, refused, this.#maxRecordBytes);
  }
}

function readableChunk(chunk: ColumnChunk, place: string): ColumnChunk {
  if (chunk.encrypted) throw new FormatError(`${place} is encrypted. Write it without encryption.`);
  if (chunk.external) throw new FormatError(`${place} is in another file, which is not read.`);
  return chunk;
}

function createReader(node: SchemaNode, maxRecordBytes: number): FieldReader {
  return isFlat(node) ? new FlatField(node.leaf) : new NestedField(node, maxRecordBytes);
}

function pickFields(
  schema: readonly SchemaNode[],
  names: readonly string[],
  maxRecordBytes: number,
): readonly FieldReader[] {
  const picked = new Map<string, FieldReader>();
  for (const name of names) {
    if (picked.has(name)) continue;
    const node = schema.find(({ element }) => element.name === name);
    picked.set(name, node === undefined ? new AbsentField() : createReader(node, maxRecordBytes));
  }
  return names.map((name) => picked.get(name)!);
}
