import { isUtf8 } from "node:buffer";
import { PADDING } from "../../batch/batch.ts";
import { NEWLINE } from "./ascii.ts";

/**
 * A stretch of a byte stream, always followed by `PADDING` zeros. The memory is used again: what is read into it is
 * valid until the next call of `fill` or `skipLine`.
 */
export class BlockReader {
  bytes!: Buffer;
  view!: DataView;
  /** How many bytes there are. */
  end = 0;
  /** Where the first of them stands in the source. */
  offset: number;
  /** True when the source has nothing behind them. */
  final = false;
  /** True when they are UTF-8. */
  utf8 = true;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #blockBytes: number;
  readonly #maxBytes: number;
  /** What is pulled and not yet copied. */
  #chunk: Uint8Array = new Uint8Array(0);

  /** `offset`: where the chunks begin in the source. A block has `blockBytes`, and for a long record up to `maxBytes`. */
  constructor(chunks: AsyncIterable<Uint8Array>, offset: number, blockBytes: number, maxBytes: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#blockBytes = blockBytes;
    this.#maxBytes = maxBytes;
    this.offset = offset;
    this.#allocate(blockBytes);
  }

  /**
   * Moves the bytes from `from` on to the front and reads on until the block is full or the source at its end. What is
   * moved is a record that did not fit, so a full block is at least twice as long as that.
   */
  async fill(from: number): Promise<void> {
    const kept = this.end - from;
    const goal = Math.max(this.#blockBytes, Math.min(kept * 2, this.#maxBytes));
    this.#keep(from, goal);
    await this.#read(goal);
    this.bytes.fill(0, this.end, this.end + PADDING);
    this.utf8 = isUtf8(this.bytes.subarray(0, this.final ? this.end : wholeCharacters(this.bytes, this.end)));
  }

  /** Drops the whole block and all that follows up to the next line end; returns where that is, or `end` at the end. */
  async skipLine(): Promise<number> {
    for (;;) {
      await this.fill(this.end);
      const newline = this.indexOfNewline(0);
      if (newline >= 0) return newline;
      if (this.final) return this.end;
    }
  }

  /** The first line end at or behind `from`; -1 when there is none in the block. */
  indexOfNewline(from: number): number {
    return this.bytes.subarray(0, this.end).indexOf(NEWLINE, from);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #keep(from: number, capacity: number): void {
    const { bytes, end } = this;
    if (capacity > bytes.length - PADDING) this.#allocate(capacity);
    bytes.copy(this.bytes, 0, from, end);
    this.end = end - from;
    this.offset += from;
  }

  /** Asks for a byte more than fits, so that `final` is known together with the last byte. */
  async #read(goal: number): Promise<void> {
    for (;;) {
      const count = Math.min(goal - this.end, this.#chunk.length);
      this.bytes.set(this.#chunk.subarray(0, count), this.end);
      this.end += count;
      this.#chunk = this.#chunk.subarray(count);
      if (this.#chunk.length > 0) return;
      const { done, value } = await this.#chunks.next();
      if (done === true) break;
      this.#chunk = value;
    }
    this.final = true;
  }

  #allocate(capacity: number): void {
    this.bytes = Buffer.allocUnsafeSlow(capacity + PADDING);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }
}

/** How many of the bytes are whole characters, if they are UTF-8: the last one may be cut. */
function wholeCharacters(bytes: Buffer, end: number): number {
  for (let at = end - 1; at >= Math.max(0, end - 3); at--) {
    const c = bytes[at]!;
    if (c < 0x80) return end;
    if (c >= 0xc0) return at;
  }
  return end;
}
