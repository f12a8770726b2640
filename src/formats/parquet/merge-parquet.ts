import { ByteWriter } from "../../batch/byte-writer.ts";
import type { ByteSource } from "../../sdk/byte-source.ts";
import { FormatError } from "../format.ts";
import { readFooterBytes } from "./read-footer.ts";
import { ThriftReader } from "./thrift-reader.ts";
import { ThriftWriter } from "./thrift-writer.ts";
import { APPLICATION, CREATED_BY, writeMetadata } from "./write-footer.ts";

const MAGIC_BYTES = 4;
/** The length of the footer, and the magic number. */
const TRAILER_BYTES = 8;

/** A file to be merged: where its row groups lie, and what its footer says. */
interface Piece {
  readonly source: ByteSource;
  /** The row groups are the bytes from `MAGIC_BYTES` to here. */
  readonly end: number;
  readonly metadata: Metadata;
}

/** A footer (`FileMetaData`), of which only what changes is understood. */
interface Metadata {
  readonly version: number;
  readonly createdBy: string;
  /** The lists of schema elements and of column orders as they stand. */
  readonly schema: Buffer;
  readonly orders: Buffer;
  readonly records: number;
  readonly rowGroups: readonly CopiedRowGroup[];
}

/** A struct `RowGroup` as it stands, and where in it there are offsets into the file. */
interface CopiedRowGroup {
  readonly bytes: Buffer;
  readonly offsets: readonly { readonly start: number; readonly end: number; readonly value: number }[];
}

/** How pieces become one file: the given bytes of each, one after the other, then the footer. */
export interface MergedParquet {
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
  readonly footer: Uint8Array;
}

/**
 * One file with the records of all pieces, in their order. The pieces are whole files that `createParquetEncoder` wrote,
 * at least one, all with the same fields. Their row groups are taken over as they are. Reads footers alone, which are all in
 * memory. Throws a `FormatError` when a piece is no such file: fields are never united.
 */
export async function mergeParquet(pieces: readonly ByteSource[]): Promise<MergedParquet> {
  const opened: Piece[] = [];
  for (const source of pieces) {
    const piece = await openPiece(source);
    checkPiece(opened[0] ?? piece, piece);
    opened.push(piece);
  }
  const first = opened[0];
  if (first === undefined) throw new RangeError("There is nothing to merge.");
  return {
    ranges: opened.map(({ end }, i) => ({ from: i === 0 ? 0 : MAGIC_BYTES, to: end })),
    footer: mergedFooter(opened, first.metadata),
  };
}

async function openPiece(source: ByteSource): Promise<Piece> {
  const footer = await readFooterBytes(source);
  return { source, end: source.size! - TRAILER_BYTES - footer.length, metadata: parseMetadata(footer) };
}

function parseMetadata(footer: Buffer): Metadata {
  const reader = new ThriftReader(footer);
  let version = 0;
  let createdBy = "";
  let records = 0;
  let schema = Buffer.alloc(0);
  let orders = Buffer.alloc(0);
  const rowGroups: CopiedRowGroup[] = [];
  const listBytes = (): Buffer<ArrayBuffer> => {
    const start = reader.offset;
    reader.list(() => undefined);
    return Buffer.from(footer.subarray(start, reader.offset));
  };
  reader.struct((field) => {
    if (field === 1) version = reader.int();
    else if (field === 2) schema = listBytes();
    else if (field === 3) records = reader.count();
    else if (field === 4) reader.list(() => rowGroups.push(parseRowGroup(reader, footer)));
    else if (field === 6) createdBy = reader.text();
    else if (field === 7) orders = listBytes();
  });
  return { version, createdBy, schema, orders, records, rowGroups };
}

function parseRowGroup(reader: ThriftReader, footer: Buffer): CopiedRowGroup {
  const groupStart = reader.offset;
  const offsets: { start: number; end: number; value: number }[] = [];
  const noteOffset = (): void => {
    const start = reader.offset - groupStart;
    const value = reader.count();
    offsets.push({ start, end: reader.offset - groupStart, value });
  };
  reader.struct((groupField) => {
    if (groupField === 5) noteOffset();
    if (groupField !== 1) return;
    reader.list(() =>
      reader.struct((chunkField) => {
        if (chunkField === 2) noteOffset();
        if (chunkField !== 3) return;
        // The offsets of the first data page and of the dictionary page; our files have no index pages.
        reader.struct((field) => {
          if (field === 9 || field === 11) noteOffset();
        });
      }),
    );
  });
  return { bytes: footer.subarray(groupStart, reader.offset), offsets };
}

/** Files of other writers may have offsets that are not looked for here, such as those of page indexes. */
function checkPiece(first: Piece, { source, metadata }: Piece): void {
  if (!metadata.createdBy.startsWith(`${APPLICATION} version `)) {
    throw new FormatError(`\`${source.name}\` cannot be merged: it was written by \`${metadata.createdBy}\`.`);
  }
  if (metadata.version !== first.metadata.version || !metadata.schema.equals(first.metadata.schema)) {
    throw new FormatError(`\`${source.name}\` has other fields than \`${first.source.name}\`.`);
  }
}

function mergedFooter(pieces: readonly Piece[], { version, schema, orders }: Metadata): Uint8Array {
  const out = new ByteWriter();
  writeMetadata(out, (thrift) => {
    thrift.i32(1, version);
    thrift.copiedList(2, schema);
    thrift.i64(
      3,
      pieces.reduce((sum, { metadata }) => sum + metadata.records, 0),
    );
    thrift.copiedStructs(4, movedRowGroups(pieces));
    thrift.text(6, CREATED_BY);
    thrift.copiedList(7, orders);
  });
  return out.take();
}

/** All row groups, each with its offsets in the merged file. */
function movedRowGroups(pieces: readonly Piece[]): Buffer[] {
  let shift = 0;
  return pieces.flatMap(({ end, metadata }) => {
    const moved = metadata.rowGroups.map((group) => moveRowGroup(group, shift));
    shift += end - MAGIC_BYTES;
    return moved;
  });
}

function moveRowGroup({ bytes, offsets }: CopiedRowGroup, shift: number): Buffer {
  const out = new ByteWriter(bytes.length + offsets.length * 8);
  const thrift = new ThriftWriter(out);
  let copied = 0;
  for (const { start, end, value } of offsets) {
    out.append(bytes.subarray(copied, start));
    thrift.integer(value + shift);
    copied = end;
  }
  out.append(bytes.subarray(copied));
  return out.take();
}
