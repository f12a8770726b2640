import { PADDING } from "./batch.ts";

/** Below this a buffer grows fourfold: memory costs nothing before it is written to, and moving what is there costs much. */
const FAST_GROWTH_BYTES = 4 * 1024 * 1024;

/**
 * A growing output buffer. It always has `PADDING` spare bytes behind `capacity`, so that callers may copy a word
 * at a time and overrun the end of what they write. Call `reserve` first, then write at `length` and move it.
 *
 * The memory is allocated outside Node's shared pool, so it may be handed to another thread or kept.
 */
export class ByteWriter {
  bytes!: Buffer;
  view!: DataView;
  length = 0;
  #capacity = 0;

  /** `memory`: a capacity, or memory that nobody else uses. */
  constructor(memory: number | ArrayBufferLike = 1 << 16) {
    if (typeof memory === "number") this.#allocate(memory);
    else this.#use(Buffer.from(memory));
  }

  /** Makes room for `count` more bytes. `bytes` and `view` may be other objects afterwards. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#capacity) return;
    const old = this.bytes;
    const factor = this.#capacity < FAST_GROWTH_BYTES ? 4 : 2;
    this.#allocate(Math.max(this.#capacity * factor, needed));
    old.copy(this.bytes, 0, 0, this.length);
  }

  append(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** The first `count` bytes as a copy of their own; what follows moves to the front. */
  take(count: number = this.length): Buffer {
    const taken = Buffer.allocUnsafeSlow(count);
    this.bytes.copy(taken, 0, 0, count);
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
    return taken;
  }

  /**
   * The first `count` bytes; what follows moves to the front. As little as possible is copied: what is handed over is the
   * writer's own memory, and `spare`, which nobody may use any more, takes its place; or it is the other way round.
   */
  handOver(count: number, spare: ArrayBufferLike | undefined): Buffer {
    const { bytes, length } = this;
    const rest = length - count;
    this.length = rest;
    if (rest > count) {
      const other = memoryOf(count, spare) ?? allocate(count);
      bytes.copy(other, 0, 0, count);
      bytes.copyWithin(0, count, length);
      return other.subarray(0, count);
    }
    const other = memoryOf(rest, spare) ?? allocate(this.#capacity);
    bytes.copy(other, 0, count, length);
    this.#use(other);
    return bytes.subarray(0, count);
  }

  #allocate(capacity: number): void {
    this.#use(allocate(capacity));
  }

  #use(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#capacity = bytes.length - PADDING;
  }
}

/** The memory when it has room for so many bytes, and their padding. */
function memoryOf(capacity: number, memory: ArrayBufferLike | undefined): Buffer | undefined {
  return memory !== undefined && memory.byteLength >= capacity + PADDING ? Buffer.from(memory) : undefined;
}

function allocate(capacity: number): Buffer {
  return Buffer.allocUnsafeSlow(capacity + PADDING);
}
