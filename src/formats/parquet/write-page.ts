import { constants, zstdCompressSync } from "node:zlib";
import { ByteWriter } from "../../batch/byte-writer.ts";
import { compressSnappy } from "./compress-snappy.ts";
import { Codec, Encoding, PageType } from "./parquet-types.ts";
import { ThriftWriter } from "./thrift-writer.ts";

export type CodecName = keyof typeof CODECS;

export interface Page {
  readonly type: typeof PageType.DATA_PAGE | typeof PageType.DICTIONARY_PAGE;
  readonly encoding: number;
  /** How many values: nulls count in a data page. */
  readonly count: number;
  /** The page before compression: for a data page its levels, then its values. */
  readonly body: Buffer;
}

/** The number that stands for each codec in the metadata, and how a page is compressed with it, into memory of its own. */
export const CODECS = {
  snappy: { id: Codec.SNAPPY, compress: compressSnappy },
  zstd: { id: Codec.ZSTD, compress: compressZstd },
  uncompressed: { id: Codec.UNCOMPRESSED, compress: ownCopy },
} as const;

const header = new ByteWriter(64);

/** A page as the file holds it, in memory of its own. */
export interface EncodedPage {
  readonly header: Buffer;
  readonly body: Uint8Array;
  /** How many bytes both have. */
  readonly storedBytes: number;
  /** How many bytes that would be without compression. */
  readonly plainBytes: number;
}

export function encodePage(page: Page, codec: CodecName): EncodedPage {
  const body = CODECS[codec].compress(page.body);
  header.length = 0;
  writePageHeader(page, body.length);
  const { length } = header;
  const storedBytes = length + body.length;
  return { header: header.take(), body, storedBytes, plainBytes: length + page.body.length };
}

function writePageHeader(page: Page, compressedBytes: number): void {
  const thrift = new ThriftWriter(header);
  thrift.root(() => {
    thrift.i32(1, page.type);
    thrift.i32(2, page.body.length);
    thrift.i32(3, compressedBytes);
    if (page.type === PageType.DATA_PAGE) thrift.struct(5, () => writeDataPageHeader(thrift, page));
    else thrift.struct(7, () => writeDictionaryPageHeader(thrift, page));
  });
}

function writeDataPageHeader(thrift: ThriftWriter, page: Page): void {
  thrift.i32(1, page.count);
  thrift.i32(2, page.encoding);
  // How definition and repetition levels are encoded; flat fields have no repetition levels, but it must be said.
  thrift.i32(3, Encoding.RLE);
  thrift.i32(4, Encoding.RLE);
}

function writeDictionaryPageHeader(thrift: ThriftWriter, page: Page): void {
  thrift.i32(1, page.count);
  thrift.i32(2, page.encoding);
}

function compressZstd(body: Buffer): Buffer {
  const compressed = zstdCompressSync(body, {
    // One chunk for all but pages that hardly compress: chunks are joined by copying.
    chunkSize: Math.max(1 << 16, body.length >> 1),
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  // A copy, because the chunk is larger.
  return ownCopy(compressed);
}

function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
