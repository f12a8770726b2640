import type { ByteWriter } from "../../batch/byte-writer.ts";
import type { OutputField } from "../format.ts";
import { MAGIC } from "./parquet-types.ts";
import { ThriftWriter } from "./thrift-writer.ts";
import type { ColumnChunk } from "./write-chunk.ts";
import { CODECS } from "./write-page.ts";
import type { CodecName } from "./write-page.ts";
import { physicalType, writeSchema } from "./write-schema.ts";

export const APPLICATION = "millrace";
/**
 * Names the writer, so that readers can work around its faults: the version is raised when what it writes changes.
 * Its form is the one that parquet-mr parses.
 */
export const CREATED_BY = `${APPLICATION} version 1.0.0`;

/** A row group as it stands in the file. A plain JSON value. */
export interface RowGroup {
  /** The offset of its first byte in the file. */
  readonly start: number;
  readonly records: number;
  /** One per field, in order, without gaps between them. */
  readonly chunks: readonly ColumnChunk[];
}

export interface FileDescription {
  /** 1 for files that old readers can read, else 2. */
  readonly version: 1 | 2;
  readonly codec: CodecName;
  /** As they are stored. */
  readonly fields: readonly OutputField[];
  readonly rowGroups: readonly RowGroup[];
}

/** Writes all that follows the last row group. */
export function writeFooter(out: ByteWriter, file: FileDescription): void {
  writeMetadata(out, (thrift) => {
    thrift.i32(1, file.version);
    writeSchema(thrift, 2, file.fields);
    thrift.i64(
      3,
      sum(file.rowGroups, ({ records }) => records),
    );
    thrift.structs(4, file.rowGroups, (group) => writeRowGroup(thrift, file, group));
    thrift.text(6, CREATED_BY);
    // Every field's statistics follow the order that its type defines.
    thrift.structs(7, file.fields, () => thrift.struct(1, () => undefined));
  });
}

/** Writes the struct `FileMetaData` with the given fields, and what ends a file. */
export function writeMetadata(out: ByteWriter, writeFields: (thrift: ThriftWriter) => void): void {
  const start = out.length;
  const thrift = new ThriftWriter(out);
  thrift.root(() => writeFields(thrift));
  out.reserve(8);
  out.view.setUint32(out.length, out.length - start, true);
  out.view.setUint32(out.length + 4, MAGIC, true);
  out.length += 8;
}

function writeRowGroup(thrift: ThriftWriter, file: FileDescription, { start, records, chunks }: RowGroup): void {
  let offset = start;
  const placed = chunks.map((chunk, i) => {
    const chunkStart = offset;
    offset += chunk.storedBytes;
    return { chunk, start: chunkStart, field: file.fields[i]! };
  });
  thrift.structs(1, placed, (chunk) => writeColumnChunk(thrift, file.codec, records, chunk));
  thrift.i64(
    2,
    sum(chunks, ({ plainBytes }) => plainBytes),
  );
  thrift.i64(3, records);
  thrift.i64(5, start);
  thrift.i64(6, offset - start);
}

interface PlacedChunk {
  readonly chunk: ColumnChunk;
  readonly start: number;
  readonly field: OutputField;
}

function writeColumnChunk(
  thrift: ThriftWriter,
  codec: CodecName,
  records: number,
  { chunk, start, field }: PlacedChunk,
): void {
  thrift.i64(2, start);
  thrift.struct(3, () => {
    thrift.i32(1, physicalType(field.type));
    thrift.i32s(2, chunk.encodings);
    thrift.texts(3, [field.name]);
    thrift.i32(4, CODECS[codec].id);
    thrift.i64(5, records);
    thrift.i64(6, chunk.plainBytes);
    thrift.i64(7, chunk.storedBytes);
    thrift.i64(9, start + chunk.dictionaryBytes);
    if (chunk.dictionaryBytes > 0) thrift.i64(11, start);
    thrift.struct(12, () => {
      thrift.i64(3, chunk.nulls);
      if (chunk.max !== undefined) thrift.binary(5, Buffer.from(chunk.max, "base64"));
      if (chunk.min !== undefined) thrift.binary(6, Buffer.from(chunk.min, "base64"));
    });
  });
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
