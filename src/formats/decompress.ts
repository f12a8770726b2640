import { createGunzip, createZstdDecompress } from "node:zlib";
import type { ByteSource } from "../sdk/byte-source.ts";
import { FormatError } from "./format.ts";
import { decompressSnappy, SNAPPY_MAGIC, SnappyDamage } from "./decompress-snappy.ts";
import { throughStream } from "./through-stream.ts";
import { ZstdDamage, zstdFrames } from "./zstd-frames.ts";

export type Compression = "gzip" | "zstd" | "snappy";

/** Up to here any ratio is fine: it fits in memory twice over. */
const BOMB_FREE_BYTES = 64 * 1024 * 1024;
/** Text of real records compresses to a tenth, rarely to a hundredth. */
const MAX_RATIO = 1000;
const LONGEST_MAGIC = 10;
/** What zlib hands over at once. With its own 16 KiB, gzip takes twice as long. */
const OUTPUT_BYTES = 128 * 1024;

const MAGIC: readonly (readonly [Compression, Buffer])[] = [
  ["gzip", Buffer.from([0x1f, 0x8b])],
  ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  // A frame without data, which pzstd writes first.
  ...Array.from({ length: 16 }, (_, i) => ["zstd", Buffer.from([0x50 + i, 0x2a, 0x4d, 0x18])] as const),
  ["snappy", SNAPPY_MAGIC],
];

/** What an object is compressed with: its first bytes tell; a raw Snappy block has none, so there the name must. */
export function detectCompression(name: string, start: Uint8Array): Compression | undefined {
  const byMagic = MAGIC.find(([, magic]) => magic.equals(start.subarray(0, magic.length)));
  if (byMagic !== undefined) return byMagic[0];
  return /\.(?:snappy|sz)$/i.test(name) && start.length > 0 ? "snappy" : undefined;
}

/**
 * The same source, or, when its bytes are compressed, one of the uncompressed bytes. Gzip and Zstandard objects may have
 * several members; Snappy comes framed or as one raw block. An offset counts uncompressed bytes: `stream(from)` reads from
 * the start and discards. Damage fails with a `FormatError`, after the good bytes before it; so does a bomb, which is
 * data that expands more than a thousandfold.
 */
export async function decompress(source: ByteSource): Promise<ByteSource> {
  const compression = detectCompression(source.name, await readStart(source));
  if (compression === undefined) return source;
  return {
    name: source.name,
    size: undefined,
    stream: (from = 0) => skipBytes(decompressed(source, compression), from),
    read: () => Promise.reject(new FormatError(`${source.name} is compressed: it can only be read from its start on.`)),
  };
}

async function readStart(source: ByteSource): Promise<Uint8Array> {
  if (source.size !== undefined) return source.read(0, Math.min(source.size, LONGEST_MAGIC));
  let start = Buffer.alloc(0);
  for await (const chunk of source.stream()) {
    start = Buffer.concat([start, chunk]);
    if (start.length >= LONGEST_MAGIC) break;
  }
  return start.subarray(0, LONGEST_MAGIC);
}

async function* decompressed(source: ByteSource, compression: Compression): AsyncGenerator<Uint8Array> {
  const guard = new BombGuard(source.name);
  const input = guard.countIn(source.stream());
  try {
    for await (const chunk of DECOMPRESSORS[compression](input)) {
      guard.countOut(chunk.length);
      yield chunk;
    }
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    throw new FormatError(
      `${source.name} is damaged: its ${compression} data ends early or is not valid (${cause.message}).`,
      { cause },
    );
  }
}

const DECOMPRESSORS: Readonly<Record<Compression, (input: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>>> = {
  gzip: (input) => throughStream(input, createGunzip({ chunkSize: OUTPUT_BYTES })),
  zstd: decompressZstd,
  snappy: decompressSnappy,
};

async function* decompressZstd(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const frame of zstdFrames(input))
    yield* throughStream(frame, createZstdDecompress({ chunkSize: OUTPUT_BYTES }));
}

/** Zlib's errors have codes of their own. Anything else is the store's, and stays what it is. */
function isDamage(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error instanceof SnappyDamage || error instanceof ZstdDamage) return true;
  return "code" in error && /^(?:Z_|ZSTD_|ERR_ZLIB)/.test(String(error.code));
}

/** Compares what comes out with what went in. */
class BombGuard {
  readonly #name: string;
  #in = 0;
  #out = 0;

  constructor(name: string) {
    this.#name = name;
  }

  async *countIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#in += chunk.length;
      yield chunk;
    }
  }

  countOut(bytes: number): void {
    this.#out += bytes;
    if (this.#out <= BOMB_FREE_BYTES || this.#out <= this.#in * MAX_RATIO) return;
    throw new FormatError(
      `${this.#name} expands more than ${MAX_RATIO}-fold (${this.#in} bytes to ${this.#out} so far) and is not read further.`,
    );
  }
}

async function* skipBytes(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left > 0 ? chunk.subarray(left) : chunk;
    left = Math.max(0, left - chunk.length);
  }
}
