import type { ByteSource } from "../../sdk/byte-source.ts";
import { freeMemory } from "./free-memory.ts";
import { readRange } from "./read-range.ts";

/** How much is read at a time; a page that is longer is read at once. */
const STEP_BYTES = 1024 * 1024;

const NOTHING = Buffer.alloc(0);

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** The bytes of a range of an object, front to back, in pieces: no more than a page and a step are in memory. */
export class ChunkBytes {
  readonly #source: ByteSource;
  readonly #end: number;
  /** Where in the object the bytes in hand end. */
  #next: number;
  #hand: Buffer;
  /** The memory of the bytes in hand, when it is ours and not the source's. */
  #joined: Buffer | undefined;

  /** The first bytes of the range may be in hand already. */
  constructor(source: ByteSource, range: ByteRange, hand: Buffer) {
    this.#source = source;
    this.#end = range.start + range.length;
    this.#next = range.start + hand.length;
    this.#hand = hand;
  }

  /** Where in the object the next byte to be taken stands. */
  get position(): number {
    return this.#next - this.#hand.length;
  }

  /** How many bytes of the range have not been taken. */
  get left(): number {
    return this.#end - this.#next + this.#hand.length;
  }

  /** The bytes that have been read and not taken. */
  get hand(): Buffer {
    return this.#hand;
  }

  /** Reads until at least `count` bytes are in hand, or all that are left. */
  async fill(count: number): Promise<void> {
    const missing = Math.min(count, this.left) - this.#hand.length;
    if (missing <= 0) return;
    const length = Math.min(Math.max(missing, STEP_BYTES), this.#end - this.#next);
    const read = await readRange(this.#source, this.#next, length);
    this.#next += length;
    const joined = this.#hand.length === 0 ? undefined : Buffer.concat([this.#hand, read]);
    if (this.#joined !== undefined) freeMemory(this.#joined);
    this.#joined = joined;
    this.#hand = joined ?? read;
  }

  /** Bytes that have been taken, read anew. */
  again(from: number, length: number): Promise<Buffer> {
    return readRange(this.#source, from, length);
  }

  /** The next `count` bytes, which must be in hand. They may be read until `forget` or `fill` is called. */
  take(count: number): Buffer {
    const taken = this.#hand.subarray(0, count);
    this.#hand = this.#hand.subarray(count);
    return taken;
  }

  /** Says that nobody reads any more what has been taken. */
  forget(): void {
    if (this.#joined === undefined || this.#hand.length > 0) return;
    freeMemory(this.#joined);
    this.#joined = undefined;
  }

  /** Leaves out `count` bytes, without reading those that are not in hand. */
  skip(count: number): void {
    const inHand = Math.min(count, this.#hand.length);
    this.#hand = this.#hand.subarray(inHand);
    this.#next += count - inHand;
  }
}

/**
 * The bytes of each range, for reading side by side. Ranges that lie together within one step are read together, so that
 * an object with many small chunks does not take a request for each.
 */
export async function openChunks(source: ByteSource, ranges: readonly ByteRange[]): Promise<readonly ChunkBytes[]> {
  const opened = new Map<ByteRange, ChunkBytes>();
  await Promise.all(neighbours(ranges).map((group) => openGroup(source, group, opened)));
  return ranges.map((range) => opened.get(range)!);
}

function neighbours(ranges: readonly ByteRange[]): readonly (readonly ByteRange[])[] {
  const groups: ByteRange[][] = [];
  let start = 0;
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const group = groups.at(-1);
    if (group !== undefined && range.start + range.length - start <= STEP_BYTES) group.push(range);
    else {
      groups.push([range]);
      ({ start } = range);
    }
  }
  return groups;
}

async function openGroup(
  source: ByteSource,
  group: readonly ByteRange[],
  opened: Map<ByteRange, ChunkBytes>,
): Promise<void> {
  const { start } = group[0]!;
  const end = Math.max(...group.map((range) => range.start + range.length));
  const bytes = group.length > 1 && end > start ? await readRange(source, start, end - start) : NOTHING;
  for (const range of group) {
    const at = range.start - start;
    opened.set(range, new ChunkBytes(source, range, bytes.subarray(at, at + range.length)));
  }
}
