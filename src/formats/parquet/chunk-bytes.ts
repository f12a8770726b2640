import type { ByteSource } from "../../sdk/byte-source.ts";
import { freeMemory } from "./free-memory.ts";
import { readRange } from "./read-range.ts";

/** Ranges are read in steps of at most this many bytes, and at least that many; a page that is longer is read at once. */
const MAX_STEP_BYTES = 1024 * 1024;
const MIN_STEP_BYTES = 64 * 1024;
/** What is read for all ranges together, and once more for what is read ahead. */
const ALL_STEPS_BYTES = 16 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes of a range of an object, front to back, in steps. While one is used the next is being read: no more than two
 * of them, or than a page and a step, are in memory.
 */
export class ChunkBytes {
  readonly #source: ByteSource;
  readonly #end: number;
  /** Where in the object the bytes in hand end. */
  #next: number;
  #hand: Buffer;
  /** All of the memory in which the bytes in hand stand; undefined when that is shared. */
  #memory: Buffer | undefined;
  /** The bytes after those in hand, on their way. */
  #ahead: Promise<Buffer> | undefined;
  #isSkipping = false;
  readonly #stepBytes: number;

  /** The first bytes of the range may be in hand already. */
  constructor(source: ByteSource, range: ByteRange, stepBytes: number, hand: Buffer) {
    this.#source = source;
    this.#stepBytes = stepBytes;
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
    const wanted = Math.min(count, this.left);
    if (wanted <= this.#hand.length) return;
    const pieces = [this.#hand];
    for (let missing = wanted - this.#hand.length; missing > 0;) {
      const piece = await (this.#ahead ?? this.#read(missing));
      this.#ahead = undefined;
      this.#next += piece.length;
      missing -= piece.length;
      pieces.push(piece);
    }
    this.#hold(pieces);
    if (!this.#isSkipping && this.#next < this.#end) this.#readAhead();
    this.#isSkipping = false;
  }

  #read(missing: number): Promise<Buffer> {
    const length = Math.min(Math.max(missing, this.#stepBytes), this.#end - this.#next);
    return readRange(this.#source, this.#next, length);
  }

  #readAhead(): void {
    this.#ahead = this.#read(0);
    // Whoever needs the bytes learns that they cannot be had; perhaps nobody does.
    this.#ahead.catch(() => undefined);
  }

  #hold(pieces: readonly Buffer[]): void {
    const isOne = pieces.length === 2 && this.#hand.length === 0;
    const hand = isOne ? pieces[1]! : Buffer.concat(pieces);
    if (!isOne) for (const piece of pieces.slice(1)) freeMemory(piece);
    if (this.#memory !== undefined) freeMemory(this.#memory);
    this.#memory = hand;
    this.#hand = hand;
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
    if (this.#memory === undefined || this.#hand.length > 0) return;
    freeMemory(this.#memory);
    this.#memory = undefined;
  }

  /** Leaves out `count` bytes, without reading those that are not in hand or on their way. */
  skip(count: number): void {
    const inHand = Math.min(count, this.#hand.length);
    this.#hand = this.#hand.subarray(inHand);
    if (count === inHand) return;
    this.#next += count - inHand;
    this.#ahead = undefined;
    this.#isSkipping = true;
  }
}

/**
 * The bytes of each range, for reading side by side. Ranges that lie together within one large step are read together, so that
 * an object with many small chunks does not take a request for each.
 */
export async function openChunks(source: ByteSource, ranges: readonly ByteRange[]): Promise<readonly ChunkBytes[]> {
  const opened = new Map<ByteRange, ChunkBytes>();
  const share = Math.floor(ALL_STEPS_BYTES / Math.max(1, ranges.length));
  const stepBytes = Math.min(Math.max(share, MIN_STEP_BYTES), MAX_STEP_BYTES);
  await Promise.all(neighbours(ranges).map((group) => openGroup(source, group, stepBytes, opened)));
  return ranges.map((range) => opened.get(range)!);
}

function neighbours(ranges: readonly ByteRange[]): readonly (readonly ByteRange[])[] {
  const groups: ByteRange[][] = [];
  let start = 0;
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const group = groups.at(-1);
    if (group !== undefined && range.start + range.length - start <= MAX_STEP_BYTES) group.push(range);
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
  stepBytes: number,
  opened: Map<ByteRange, ChunkBytes>,
): Promise<void> {
  const { start } = group[0]!;
  const end = Math.max(...group.map((range) => range.start + range.length));
  const bytes = group.length > 1 && end > start ? await readRange(source, start, end - start) : NOTHING;
  for (const range of group) {
    const at = range.start - start;
    opened.set(range, new ChunkBytes(source, range, stepBytes, bytes.subarray(at, at + range.length)));
  }
}
