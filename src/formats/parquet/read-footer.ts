import type { ByteSource } from "../../sdk/byte-source.ts";
import { FormatError } from "../format.ts";
import { MAGIC } from "./parquet-types.ts";
import { readRange } from "./read-range.ts";
import { buildSchema, leavesOf } from "./schema-tree.ts";
import type { LogicalAnnotation, SchemaElement } from "./schema-element.ts";
import type { Leaf, SchemaNode } from "./schema-tree.ts";
import { ThriftReader } from "./thrift-reader.ts";

/** What the footer says about the file (`FileMetaData`). */
export interface Footer {
  readonly records: number;
  /** The fields of the record, in the order of the file. */
  readonly fields: readonly SchemaNode[];
  readonly rowGroups: readonly RowGroup[];
}

export interface RowGroup {
  readonly records: number;
  /** One per leaf of the schema, in its order. */
  readonly chunks: readonly ColumnChunk[];
}

/** One column of one row group: `length` bytes of pages from `start`. */
export interface ColumnChunk {
  readonly physical: number;
  readonly codec: number;
  /** How many values, nulls included. */
  readonly values: number;
  readonly start: number;
  readonly length: number;
  readonly encrypted: boolean;
  /** True when the bytes are in another file. */
  readonly external: boolean;
}

/** `PARE`: the footer itself is encrypted. */
const MAGIC_ENCRYPTED = 0x45524150;
/** Read speculatively: most footers are shorter, and then one read is enough. */
const TAIL_BYTES = 64 * 1024;
const MAX_FOOTER_BYTES = 256 * 1024 * 1024;

/** Reads the footer, with one read or two. Throws a `FormatError` when there is none that can be understood. */
export async function readFooter(source: ByteSource): Promise<Footer> {
  const bytes = await readFooterBytes(source);
  try {
    const { schema, records, rowGroups } = parseFooter(bytes);
    const fields = buildSchema(schema);
    checkRowGroups(rowGroups, records, fields.flatMap(leavesOf), source.size!);
    return { records, fields, rowGroups };
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw broken(source, `the footer cannot be understood: ${cause.message}.`, cause);
  }
}

/** The footer as it stands, between the last row group and its own length. */
export async function readFooterBytes(source: ByteSource): Promise<Buffer> {
  const { size } = source;
  if (size === undefined) throw broken(source, "its size is unknown, so its footer cannot be found.");
  if (size < 12) throw broken(source, `${size} bytes are too few for one.`);
  const tailLength = Math.min(size, TAIL_BYTES);
  const tail = await readRange(source, size - tailLength, tailLength);
  const magic = tail.readUInt32LE(tailLength - 4);
  if (magic === MAGIC_ENCRYPTED) throw broken(source, "it is encrypted. Write it without encryption.");
  if (magic !== MAGIC) throw broken(source, "it does not end in `PAR1`. It is another format, or cut off.");
  const length = tail.readUInt32LE(tailLength - 8);
  if (length > size - 12 || length > MAX_FOOTER_BYTES) {
    throw broken(source, `it says that its footer has ${length} bytes, which cannot be.`);
  }
  if (length <= tailLength - 8) return tail.subarray(tailLength - 8 - length, tailLength - 8);
  return readRange(source, size - 8 - length, length);
}

function broken(source: ByteSource, problem: string, cause?: unknown): FormatError {
  return new FormatError(`\`${source.name}\` is no Parquet file that can be read: ${problem}`, { cause });
}

interface FileMetaData {
  readonly records: number;
  /** The schema's elements, depth first; the first is the root. */
  readonly schema: readonly SchemaElement[];
  readonly rowGroups: readonly RowGroup[];
}

function parseFooter(bytes: Buffer): FileMetaData {
  const reader = new ThriftReader(bytes);
  let records = 0;
  const schema: SchemaElement[] = [];
  const rowGroups: RowGroup[] = [];
  reader.struct((field) => {
    if (field === 2) reader.list(() => schema.push(parseElement(reader)));
    else if (field === 3) records = reader.count();
    else if (field === 4) reader.list(() => rowGroups.push(parseRowGroup(reader)));
  });
  return { records, schema, rowGroups };
}

function parseElement(reader: ThriftReader): SchemaElement {
  const element = {
    name: "",
    physical: undefined as number | undefined,
    typeLength: 0,
    repetition: 0,
    children: 0,
    converted: undefined as number | undefined,
    logical: undefined as LogicalAnnotation | undefined,
    precision: 0,
    scale: 0,
  };
  reader.struct((field) => {
    if (field === 1) element.physical = reader.int();
    else if (field === 2) element.typeLength = reader.int();
    else if (field === 3) element.repetition = reader.int();
    else if (field === 4) element.name = reader.text();
    else if (field === 5) element.children = reader.count();
    else if (field === 6) element.converted = reader.int();
    else if (field === 7) element.scale = reader.int();
    else if (field === 8) element.precision = reader.int();
    else if (field === 10) element.logical = parseLogicalType(reader);
  });
  return element;
}

function parseLogicalType(reader: ThriftReader): LogicalAnnotation | undefined {
  let annotation: LogicalAnnotation | undefined;
  reader.struct((id) => {
    const member = { id, precision: 0, scale: 0, utc: false, unit: 0, bits: 0, signed: false };
    reader.struct((field) => {
      // Field ids of DecimalType, TimeType and TimestampType, IntType; the other members have no parameters that matter.
      if (id === 5 && field === 1) member.scale = reader.int();
      else if (id === 5 && field === 2) member.precision = reader.int();
      else if ((id === 7 || id === 8) && field === 1) member.utc = reader.boolean();
      else if ((id === 7 || id === 8) && field === 2) reader.struct((unit) => (member.unit = unit));
      else if (id === 10 && field === 1) member.bits = reader.int();
      else if (id === 10 && field === 2) member.signed = reader.boolean();
    });
    annotation = member;
  });
  return annotation;
}

function parseRowGroup(reader: ThriftReader): RowGroup {
  let records = 0;
  const chunks: ColumnChunk[] = [];
  reader.struct((field) => {
    if (field === 1) reader.list(() => chunks.push(parseChunk(reader)));
    else if (field === 3) records = reader.count();
  });
  return { records, chunks };
}

function parseChunk(reader: ThriftReader): ColumnChunk {
  const chunk = { physical: -1, codec: 0, values: 0, start: 0, length: 0, encrypted: false, external: false };
  reader.struct((field) => {
    if (field === 1) chunk.external = reader.text() !== "";
    else if (field === 3) parseChunkMeta(reader, chunk);
    else if (field === 8 || field === 9) chunk.encrypted = true;
  });
  return chunk;
}

function parseChunkMeta(reader: ThriftReader, chunk: { -readonly [K in keyof ColumnChunk]: ColumnChunk[K] }): void {
  let dictionary = 0;
  reader.struct((field) => {
    if (field === 1) chunk.physical = reader.int();
    else if (field === 4) chunk.codec = reader.int();
    else if (field === 5) chunk.values = reader.count();
    else if (field === 7) chunk.length = reader.count();
    else if (field === 9) chunk.start = reader.count();
    else if (field === 11) dictionary = reader.count();
  });
  // Some writers say 0 where there is no dictionary.
  if (dictionary > 0 && dictionary < chunk.start) chunk.start = dictionary;
}

function checkRowGroups(rowGroups: readonly RowGroup[], records: number, leaves: readonly Leaf[], size: number): void {
  let total = 0;
  for (const [g, group] of rowGroups.entries()) {
    total += group.records;
    if (group.chunks.length !== leaves.length) {
      throw new FormatError(`row group ${g} has ${group.chunks.length} columns, the schema ${leaves.length}`);
    }
    for (const leaf of leaves) {
      const problem = chunkProblem(group.chunks[leaf.index]!, leaf, group.records, size);
      if (problem !== undefined) throw new FormatError(`in row group ${g}, column \`${leaf.path}\` ${problem}`);
    }
  }
  if (total !== records) throw new FormatError(`its row groups have ${total} records, the file says ${records}`);
}

function chunkProblem(chunk: ColumnChunk, leaf: Leaf, records: number, size: number): string | undefined {
  // Its metadata may be encrypted as well; whoever does not read the column does not mind.
  if (chunk.encrypted || chunk.external) return undefined;
  if (chunk.physical !== leaf.physical) return `has the physical type ${chunk.physical}, the schema ${leaf.physical}`;
  if (chunk.start + chunk.length > size) return "ends behind the end of the file";
  const isPlausible = leaf.maxRepetition === 0 ? chunk.values === records : chunk.values >= records;
  return isPlausible ? undefined : `has ${chunk.values} values for ${records} records`;
}
