import type { ByteSource } from "../../sdk/byte-source.ts";
import { freeMemory } from "./free-memory.ts";
import type { MemoryPool } from "./memory-pool.ts";
import { readRange } from "./read-range.ts";

/** Room in front of a step, for what is left of the one before. */
export const ROOM_BEFORE = 64 * 1024;

const NOTHING = Buffer.alloc(0);

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** Bytes that have been read, and whose their memory is. */
export interface Step {
  readonly bytes: Buffer;
  /** A piece of the pool, in which they stand behind `ROOM_BEFORE`; "own" or "shared" when they stand anywhere else. */
  readonly memory: Buffer | "own" | "shared";
}

/**
 * The bytes of a range of an object, front to back, in steps: of the size of the pool's pieces without `ROOM_BEFORE`, or of
 * a page that is longer. While one is used the next is being read: no more than two
 * of them, or than a page and a step, are in memory.
 */
export class ChunkBytes {
  readonly #source: ByteSource;
  readonly #pool: MemoryPool;
  readonly #end: number;
  /** Where in the object the bytes in hand end. */
  #next: number;
  #hand: Buffer = NOTHING;
  /** The step in which the bytes in hand stand. */
  #held: Step | undefined;
  /** The bytes after those in hand, on their way. */
  #ahead: Promise<Step> | undefined;
  #isSkipping = false;

  /** `first`: the first bytes of the range, on their way already. */
  constructor(source: ByteSource, range: ByteRange, pool: MemoryPool, first?: Promise<Step>) {
    this.#source = source;
    this.#pool = pool;
    this.#end = range.start + range.length;
    this.#next = range.start;
    if (first !== undefined) this.#readAhead(first);
    else if (range.length > 0) this.#readAhead(this.#read(0));
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

  /** True when nothing of the range is still to be read. */
  get isRead(): boolean {
    return this.#next === this.#end;
  }

  /** Reads until at least `count` bytes are in hand, or all that are left. */
  async fill(count: number): Promise<void> {
    const wanted = Math.min(count, this.left);
    if (wanted <= this.#hand.length) return;
    const steps: Step[] = [];
    for (let missing = wanted - this.#hand.length; missing > 0;) {
      const step = await (this.#ahead ?? this.#read(missing));
      this.#ahead = undefined;
      this.#next += step.bytes.length;
      missing -= step.bytes.length;
      steps.push(step);
    }
    this.#hold(steps);
    if (!this.#isSkipping && !this.isRead) this.#readAhead(this.#read(0));
    this.#isSkipping = false;
  }

  async #read(missing: number): Promise<Step> {
    const stepBytes = this.#pool.bytes - ROOM_BEFORE;
    const length = Math.min(Math.max(missing, stepBytes), this.#end - this.#next);
    // A piece of the pool for much less would be a waste, and more has no room in it.
    if (length > stepBytes || length < stepBytes / 4) {
      return { bytes: await readRange(this.#source, this.#next, length), memory: "own" };
    }
    const memory = this.#pool.take();
    const bytes = await readRange(this.#source, this.#next, length, memory.subarray(ROOM_BEFORE));
    return { bytes, memory };
  }

  #readAhead(step: Promise<Step>): void {
    this.#ahead = step;
    // Whoever needs the bytes learns that they cannot be had; perhaps nobody does.
    step.catch(() => undefined);
  }

  #hold(steps: readonly Step[]): void {
    const left = this.#hand;
    const step = steps.length === 1 ? steps[0]! : undefined;
    if (step !== undefined && left.length === 0) this.#hand = step.bytes;
    else if (step !== undefined && step.memory instanceof Buffer && left.length <= ROOM_BEFORE) {
      this.#hand = step.memory.subarray(ROOM_BEFORE - left.length, ROOM_BEFORE + step.bytes.length);
      this.#hand.set(left);
    } else {
      this.#hand = Buffer.concat([left, ...steps.map(({ bytes }) => bytes)]);
      for (const joined of steps) this.#release(joined);
      this.#release(this.#held);
      this.#held = { bytes: this.#hand, memory: "own" };
      return;
    }
    this.#release(this.#held);
    this.#held = step;
  }

  #release(step: Step | undefined): void {
    if (step === undefined || step.memory === "shared") return;
    if (step.memory === "own") freeMemory(step.bytes);
    else this.#pool.give(step.memory);
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
    if (this.#hand.length > 0) return;
    this.#release(this.#held);
    this.#held = undefined;
  }

  /** Leaves out `count` bytes, without reading those that are not in hand or on their way. */
  skip(count: number): void {
    const inHand = Math.min(count, this.#hand.length);
    this.#hand = this.#hand.subarray(inHand);
    if (count === inHand) return;
    this.#next += count - inHand;
    this.#dropAhead();
    this.#isSkipping = true;
  }

  /** Says that nobody reads any of the bytes any more. */
  close(): void {
    this.#hand = NOTHING;
    this.forget();
    this.#dropAhead();
  }

  #dropAhead(): void {
    // Its memory is being written to until it is there.
    this.#ahead?.then(
      (step) => this.#release(step),
      () => undefined,
    );
    this.#ahead = undefined;
  }
}
