import { snappyUncompressor } from "hysnappy";

/** How a framed Snappy stream begins (https://github.com/google/snappy/blob/main/framing_format.txt). */
export const SNAPPY_MAGIC = Buffer.from([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);

const COMPRESSED = 0x00;
const UNCOMPRESSED = 0x01;
const STREAM_START = 0xff;
/** Chunk types from here on may be passed over; those below are reserved and may not. */
const SKIPPABLE = 0x80;
const HEADER_BYTES = 4;
const CHECKSUM_BYTES = 4;
const MAX_FRAME_OUTPUT = 65_536;
/** A raw block is one piece: it and what it becomes must fit in memory. */
const MAX_RAW_OUTPUT = 256 * 1024 * 1024;

/** The Snappy data is not valid. */
export class SnappyDamage extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SnappyDamage";
  }
}

/** Decompresses a framed stream chunk by chunk, and anything else as one raw block. Throws `SnappyDamage`. */
export async function* decompressSnappy(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const uncompress = snappyUncompressor();
  let held = Buffer.alloc(0);
  let framed: boolean | undefined;
  for await (const piece of input) {
    held = held.length === 0 ? Buffer.from(piece) : Buffer.concat([held, piece]);
    if (framed === undefined && held.length >= SNAPPY_MAGIC.length) framed = startsFramed(held);
    if (framed !== true) {
      if (held.length > MAX_RAW_OUTPUT) throw new SnappyDamage(`a raw block is larger than ${MAX_RAW_OUTPUT} bytes`);
      continue;
    }
    let at = 0;
    for (let end = frameEnd(held, at); end <= held.length; end = frameEnd(held, at)) {
      const output = readFrame(held.subarray(at, end), uncompress);
      if (output.length > 0) yield output;
      at = end;
    }
    held = held.subarray(at);
  }
  if (framed === true) {
    if (held.length > 0) throw new SnappyDamage("the last frame is cut");
  } else if (held.length > 0) yield uncompressBlock(held, MAX_RAW_OUTPUT, uncompress);
}

type Uncompress = (input: Uint8Array, outputLength: number) => Uint8Array;

function startsFramed(bytes: Buffer): boolean {
  return SNAPPY_MAGIC.equals(bytes.subarray(0, SNAPPY_MAGIC.length));
}

/** Infinity while its header is not there. */
function frameEnd(bytes: Buffer, at: number): number {
  return at + HEADER_BYTES > bytes.length ? Infinity : at + HEADER_BYTES + bytes.readUIntLE(at + 1, 3);
}

function readFrame(frame: Buffer, uncompress: Uncompress): Uint8Array {
  const type = frame[0]!;
  if (type === STREAM_START || type >= SKIPPABLE) return Buffer.alloc(0);
  if (type !== COMPRESSED && type !== UNCOMPRESSED)
    throw new SnappyDamage(`there is a frame of the reserved type ${type}`);
  if (frame.length < HEADER_BYTES + CHECKSUM_BYTES) throw new SnappyDamage("a frame lacks its checksum");
  const body = frame.subarray(HEADER_BYTES + CHECKSUM_BYTES);
  const output = type === UNCOMPRESSED ? body : uncompressBlock(body, MAX_FRAME_OUTPUT, uncompress);
  if (maskedCrc32c(output) !== frame.readUInt32LE(HEADER_BYTES)) throw new SnappyDamage("a checksum does not match");
  return output;
}

function uncompressBlock(block: Uint8Array, limit: number, uncompress: Uncompress): Uint8Array {
  const length = blockLength(block);
  if (length > limit) throw new SnappyDamage(`a block of ${length} bytes is larger than ${limit}`);
  try {
    const output = Buffer.from(uncompress(block, length));
    if (output.length === length) return output;
  } catch (cause) {
    throw new SnappyDamage(cause instanceof Error ? cause.message : String(cause));
  }
  throw new SnappyDamage("a block has another length than it says");
}

/** A block begins with the length of what it becomes, seven bits a byte. */
function blockLength(block: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < Math.min(block.length, 5); i++) {
    length += (block[i]! & 0x7f) * 2 ** (7 * i);
    if (block[i]! < 0x80) return length;
  }
  throw new SnappyDamage("a block lacks its length");
}

const CASTAGNOLI = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78;
  return crc >>> 0;
});

function maskedCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CASTAGNOLI[(crc ^ byte) & 0xff]!;
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
