import { BATCH_RECORDS } from "../../batch/batch.ts";
import type { Batch, DecoderPosition } from "../../batch/batch.ts";
import type { ByteSource } from "../../sdk/byte-source.ts";
import { FormatError } from "../format.ts";
import type { DecodeOptions } from "../format.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import { ChunkOpener } from "./chunk-opener.ts";
import { AbsentField, FlatField } from "./field-reader.ts";
import type { FieldReader } from "./field-reader.ts";
import type { LeafReader } from "./leaf-reader.ts";
import { NestedField } from "./nested-field.ts";
import { readFooter } from "./read-footer.ts";
import type { ColumnChunk, RowGroup } from "./read-footer.ts";
import { rejectRecords } from "./reject-records.ts";
import { isFlat } from "./schema-tree.ts";
import type { SchemaNode } from "./schema-tree.ts";

/**
 * Reads a Parquet object with ranged reads: its footer, then of each row group the chunks of the asked fields, page by
 * page. A batch ends where a page of any of them ends. A record's offset is its number in the object. When all that is
 * needed of a row group has been read, the beginning of the next one is.
 *
 * Nested fields are JSON text. A value that its type cannot hold, or that is no UTF-8, rejects its record; a page that
 * cannot be decoded fails the object. A name that several fields have means the first of them.
 */
export async function* decodeParquet(source: ByteSource, options: DecodeOptions): AsyncGenerator<Batch> {
  const { rowGroups, fields } = await readFooter(source);
  const reader = new RecordReader(source, rowGroups, fields, options);
  try {
    let { group, record } = startPosition(source, rowGroups, options.from);
    let first = 0;
    for (let before = 0; before < group; before++) first += rowGroups[before]!.records;
    for (; group < rowGroups.length; group++) {
      const rowGroup = rowGroups[group]!;
      if (record < rowGroup.records) await reader.open(group, record);
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
  } finally {
    reader.close();
  }
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
  const next = groupAfter(rowGroups, group);
  return next < 0 ? null : { rowGroup: next, record: 0 };
}

/** The next row group that has records, or -1. */
function groupAfter(rowGroups: readonly RowGroup[], group: number): number {
  return rowGroups.findIndex((rowGroup, g) => g > group && rowGroup.records > 0);
}

/** The bytes of the asked fields of a row group. */
interface OpenGroup {
  readonly group: number;
  readonly bytes: readonly ChunkBytes[];
}

/** Reads the asked fields of one row group after another, in step. */
class RecordReader {
  readonly #source: ByteSource;
  readonly #rowGroups: readonly RowGroup[];
  readonly #names: readonly string[];
  /** One per name. A reader that several names share stands here once per name. */
  readonly #fields: readonly FieldReader[];
  readonly #readers: readonly FieldReader[];
  /** What they read, one chunk each. */
  readonly #leaves: readonly LeafReader[];
  readonly #opener: ChunkOpener;
  /** The row group in hand, and the one whose first bytes are on their way; none before the first and after the last. */
  #open: OpenGroup | undefined;
  #ahead: OpenGroup | undefined;
  readonly #maxRecordBytes: number;
  readonly #offsets = new Float64Array(BATCH_RECORDS);

  constructor(
    source: ByteSource,
    rowGroups: readonly RowGroup[],
    schema: readonly SchemaNode[],
    options: DecodeOptions,
  ) {
    this.#source = source;
    this.#rowGroups = rowGroups;
    this.#maxRecordBytes = options.maxRecordBytes;
    this.#names = options.fields ?? schema.map((node) => node.element.name);
    this.#fields =
      options.fields === undefined
        ? schema.map((node) => createReader(node, options.maxRecordBytes))
        : pickFields(schema, options.fields, options.maxRecordBytes);
    this.#readers = [...new Set(this.#fields)];
    this.#leaves = this.#readers.flatMap((reader) => reader.leaves);
    this.#opener = new ChunkOpener(source, this.#leaves.length);
  }

  /** Goes to a row group, `skip` records after its first. */
  async open(group: number, skip: number): Promise<void> {
    const chunks = this.#chunksOf(group);
    const places = this.#leaves.map(
      ({ leaf }) => `\`${this.#source.name}\`: row group ${group}, column \`${leaf.path}\``,
    );
    for (const [l, chunk] of chunks.entries()) checkReadable(chunk, places[l]!);
    this.#open = this.#ahead?.group === group ? this.#ahead : this.#openGroup(group);
    this.#ahead = undefined;
    for (const [l, leaf] of this.#leaves.entries()) leaf.open(chunks[l]!, this.#open.bytes[l]!, places[l]!);
    await Promise.all(this.#readers.map((reader) => reader.start(skip)));
  }

  /** Waits until records can be read; returns how many of the `left` ones can. */
  async load(left: number): Promise<number> {
    let count = Math.min(left, BATCH_RECORDS);
    const waiting = this.#readers.filter((reader) => reader.available < count);
    if (waiting.length > 0) await Promise.all(waiting.map((reader) => reader.load(count)));
    for (const reader of this.#readers) count = Math.min(count, reader.available);
    this.#readAhead();
    return count;
  }

  close(): void {
    for (const bytes of [...(this.#open?.bytes ?? []), ...(this.#ahead?.bytes ?? [])]) bytes.close();
    this.#opener.close();
  }

  /** Not before the row group in hand has been read: so there are no more than two steps of a field in memory. */
  #readAhead(): void {
    const { group, bytes } = this.#open!;
    if (this.#ahead !== undefined || !bytes.every(({ isRead }) => isRead)) return;
    const next = groupAfter(this.#rowGroups, group);
    if (next >= 0) this.#ahead = this.#openGroup(next);
  }

  #openGroup(group: number): OpenGroup {
    return { group, bytes: this.#opener.open(this.#chunksOf(group)) };
  }

  #chunksOf(group: number): readonly ColumnChunk[] {
    const { chunks } = this.#rowGroups[group]!;
    return this.#leaves.map(({ leaf }) => chunks[leaf.index]!);
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

function checkReadable(chunk: ColumnChunk, place: string): void {
  if (chunk.encrypted) throw new FormatError(`${place} is encrypted. Write it without encryption.`);
  if (chunk.external) throw new FormatError(`${place} is in another file, which is not read.`);
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
