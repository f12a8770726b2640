import zlib from "node:zlib";
import { FormatError } from "../format.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import type { PageHeader } from "./page-header.ts";

/** The bytes of one page as they are stored, front to back: no more of them are in memory than `ChunkBytes` has. */
export class PageBytes {
  readonly #bytes: ChunkBytes;
  readonly #start: number;
  readonly #length: number;
  readonly #checksum: number | undefined;
  /** Of the bytes that have been taken. */
  #sum = 0;
  /** How many bytes have not been taken. */
  left: number;

  /** The page begins at the first byte of `bytes` that has not been taken. */
  constructor(bytes: ChunkBytes, { storedBytes, checksum }: PageHeader) {
    this.#bytes = bytes;
    this.#start = bytes.position;
    this.#length = storedBytes;
    this.left = storedBytes;
    this.#checksum = checksum;
  }

  /** The bytes of the page that have been read and not taken. */
  get hand(): Buffer {
    const { hand } = this.#bytes;
    return hand.length > this.left ? hand.subarray(0, this.left) : hand;
  }

  /** Reads until more bytes are in hand; false when the page has no more. */
  async more(): Promise<boolean> {
    const had = Math.min(this.#bytes.hand.length, this.left);
    if (had === this.left) return false;
    await this.#bytes.fill(had + 1);
    return true;
  }

  /** The next `count` bytes, which are all waited for. They may be read until more are asked for. */
  async take(count: number): Promise<Buffer> {
    if (count > this.left) throw new FormatError("a part of a page ends behind the page's end");
    await this.#bytes.fill(count);
    const taken = this.#bytes.hand.subarray(0, count);
    this.pass(count);
    return taken;
  }

  /** Says that the next `count` bytes, which are in hand, have been read. */
  pass(count: number): void {
    const passed = this.#bytes.take(count);
    if (this.#checksum !== undefined) this.#sum = zlib.crc32(passed, this.#sum);
    this.left -= count;
  }

  /** All bytes from the `offset`th on, whatever has been taken, read anew. The page is over then. */
  async again(offset: number): Promise<Buffer> {
    await this.end();
    return this.#bytes.again(this.#start + offset, this.#length - offset);
  }

  /** Goes to the page's end. Throws when its bytes do not have the checksum that its header says. */
  async end(): Promise<void> {
    if (this.#checksum === undefined) {
      this.#bytes.skip(this.left);
      this.left = 0;
      return;
    }
    do this.pass(this.hand.length);
    while (await this.more());
    if (this.#sum !== this.#checksum) {
      throw new FormatError("a page does not have the checksum that its header says");
    }
  }
}
