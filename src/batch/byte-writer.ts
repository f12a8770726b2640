import { PADDING } from "./batch.ts";

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

  constructor(capacity = 1 << 16) {
    this.#allocate(capacity);
  }

  /** Makes room for `count` more bytes. `bytes` and `view` may be other objects afterwards. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#capacity) return;
    const old = this.bytes;
    this.#allocate(Math.max(this.#capacity * 2, needed));
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

  #allocate(capacity: number): void {
    this.bytes = Buffer.allocUnsafeSlow(capacity + PADDING);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.#capacity = capacity;
  }
}
