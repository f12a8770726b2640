import zlib from "node:zlib";
import { snappyUncompressor } from "hysnappy";
import { PADDING } from "../../batch/batch.ts";
import { FormatError } from "../format.ts";
import { decompressHadoopLz4, decompressLz4Block } from "./decompress-lz4.ts";
import { Codec } from "./parquet-types.ts";

/**
 * A page's bytes, decompressed to exactly `length` of them, in a buffer of our own: `PADDING` bytes after them may be
 * read. Throws when the data is damaged or its size another.
 */
export function decompressPage(codec: number, stored: Buffer, length: number): Buffer {
  try {
    return decompress(codec, stored, length);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    throw new FormatError(`a page cannot be decompressed: ${(cause as Error).message}`, { cause });
  }
}

function decompress(codec: number, stored: Buffer, length: number): Buffer {
  // Not every writer compresses nothing to something.
  if (length === 0) return Buffer.alloc(PADDING);
  switch (codec) {
    case Codec.UNCOMPRESSED:
      checkLength(stored.length, length);
      return copied(stored);
    case Codec.SNAPPY:
      return decompressSnappy(stored, length);
    case Codec.GZIP:
      return padded(zlib.gunzipSync(stored, zlibOptions(length)), length);
    case Codec.BROTLI:
      return padded(zlib.brotliDecompressSync(stored, zlibOptions(length)), length);
    case Codec.ZSTD:
      return padded(zlib.zstdDecompressSync(stored, zlibOptions(length)), length);
    case Codec.LZ4:
      return decompressLz4(decompressHadoopLz4, stored, length);
    case Codec.LZ4_RAW:
      return decompressLz4((source, out, end) => decompressLz4Block(source, out, 0, end), stored, length);
    default:
      throw new FormatError(`the compression codec ${codec} is not supported`);
  }
}

/** The chunk has room for the padding, so that `padded` seldom has to copy. */
function zlibOptions(length: number): { chunkSize: number; maxOutputLength: number } {
  return { chunkSize: length + 64, maxOutputLength: length };
}

/** The bytes themselves when padding may be read behind them and they are ours, else a copy. */
function padded(bytes: Buffer, length: number): Buffer {
  checkLength(bytes.length, length);
  const { buffer, byteOffset } = bytes;
  if (buffer.byteLength - byteOffset >= length + PADDING) return Buffer.from(buffer, byteOffset, length + PADDING);
  return copied(bytes);
}

/** A copy of the bytes, with padding behind them. */
export function copied(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length + PADDING);
  copy.set(bytes);
  return copy;
}

let snappy: ((source: Uint8Array, length: number) => Uint8Array) | undefined;

function decompressSnappy(stored: Buffer, length: number): Buffer {
  // The decoder believes this length, whatever room we give it.
  checkLength(snappyLength(stored), length);
  snappy ??= snappyUncompressor();
  const bytes = snappy(stored, length + PADDING);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The decompressed length, with which Snappy data begins (https://github.com/google/snappy/blob/main/format_description.txt). */
function snappyLength(stored: Buffer): number {
  let length = 0;
  for (let at = 0, factor = 1; at < 5 && at < stored.length; at++, factor *= 128) {
    const byte = stored[at]!;
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) return length;
  }
  return -1;
}

function decompressLz4(
  decode: (source: Buffer, out: Buffer, length: number) => number,
  stored: Buffer,
  length: number,
): Buffer {
  const out = Buffer.allocUnsafeSlow(length + PADDING);
  checkLength(decode(stored, out, length), length);
  return out;
}

export function checkLength(actual: number, expected: number): void {
  if (actual !== expected) throw new FormatError(`a page of ${expected} bytes has ${actual}`);
}
