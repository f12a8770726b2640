/*
 * Where one frame of a Zstandard stream ends (RFC 8878, section 3.1). Node's decompressor takes a single frame and passes
 * over the rest in silence, but tools that compress in parallel or append write many.
 */

const MAGIC = 0xfd2fb528;
/** Sixteen magic numbers, of which this is the first, begin a frame without data. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_HEADER_BYTES = 3;
const RLE_BLOCK = 1;
const CHECKSUM_BYTES = 4;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];

/** A frame is not valid. */
export class ZstdDamage extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ZstdDamage";
  }
}

/** The frames that hold data, each as its chunks. A frame must be read to its end before the next one is asked for. */
export async function* zstdFrames(input: AsyncIterable<Uint8Array>): AsyncGenerator<AsyncGenerator<Uint8Array>> {
  const reader = new ByteReader(input);
  try {
    while (!(await reader.atEnd())) {
      const magic = (await reader.need(4)).readUInt32LE(0);
      if (magic === MAGIC) yield readFrame(reader);
      else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) await skipFrame(reader);
      else throw new ZstdDamage("what follows a frame is no other frame");
    }
  } finally {
    await reader.close();
  }
}

async function* readFrame(reader: ByteReader): AsyncGenerator<Uint8Array> {
  const descriptor = (await reader.need(5))[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const contentSize = sizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag]!;
  const header = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]! + contentSize;
  yield* reader.take(header);
  for (let last = false; !last;) {
    const block = (await reader.need(BLOCK_HEADER_BYTES)).readUIntLE(0, BLOCK_HEADER_BYTES);
    last = (block & 1) === 1;
    yield* reader.take(BLOCK_HEADER_BYTES + (((block >> 1) & 3) === RLE_BLOCK ? 1 : block >> 3));
  }
  if ((descriptor & 0x04) !== 0) yield* reader.take(CHECKSUM_BYTES);
}

async function skipFrame(reader: ByteReader): Promise<void> {
  const length = (await reader.need(8)).readUInt32LE(4);
  for await (const _ of reader.take(8 + length)) continue;
}

/** Looks ahead a few bytes, and takes many. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#chunks = input[Symbol.asyncIterator]();
  }

  async atEnd(): Promise<boolean> {
    return this.#held.length === 0 && !(await this.#pull());
  }

  /** What is held, once it has that many bytes. */
  async need(count: number): Promise<Buffer> {
    while (this.#held.length < count) if (!(await this.#pull())) throw new ZstdDamage("the last frame is cut");
    return this.#held;
  }

  async *take(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      const held = await this.need(1);
      const taken = held.subarray(0, left);
      this.#held = held.subarray(taken.length);
      left -= taken.length;
      yield taken;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #pull(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    // The chunk may be lent, and what is held must last.
    this.#held = Buffer.concat([this.#held, value]);
    return true;
  }
}
