import { PADDING } from "../../batch/batch.ts";
import { FormatError } from "../format.ts";
import { checkLength, decompressPage } from "./decompress-page.ts";
import { freeMemory } from "./free-memory.ts";
import type { PageBytes } from "./page-bytes.ts";
import { PagePart } from "./page-part.ts";
import { Codec } from "./parquet-types.ts";
import { SNAPPY_HISTORY, SNAPPY_OVERRUN, SnappyBlock } from "./snappy-block.ts";

/** How much is decompressed at least when it is not known how much is needed. */
const STEP_BYTES = 32 * 1024;
const FIRST_ROOM = 2 * SNAPPY_HISTORY;
/** More memory than this is not kept from page to page. */
const MAX_KEPT_ROOM = 1024 * 1024;

/** How the bytes of one page are decompressed a few at a time: see `SnappyBlock`. */
interface Decompressor {
  readonly reachesBack: boolean;
  decompress(input: Buffer, out: PagePart, limit: number, last: number): number;
}

/** Whether pages of the codec can be read as a stream. */
export function isStreamable(codec: number): boolean {
  return codec === Codec.SNAPPY || codec === Codec.UNCOMPRESSED;
}

/**
 * The bytes of one page, decompressed as they are needed. In memory are those that have been asked for and not been
 * read, and before them as many as later ones usually refer to.
 */
export class PageStream {
  /** What has been decompressed: move its `at` behind what has been read. `load` may put another one in its place. */
  values: PagePart;
  readonly #stored: PageBytes;
  /** How many of the page's stored bytes stand before those of the stream. */
  readonly #skipped: number;
  readonly #codec: number;
  readonly #length: number;
  readonly #decompressor: Decompressor;
  /** How many bytes of the page stood before the first in `values.bytes`. */
  #gone = 0;

  private constructor(
    stored: PageBytes,
    skipped: number,
    length: number,
    codec: number,
    decompressor: Decompressor,
    memory: PagePart | undefined,
  ) {
    this.#stored = stored;
    this.#skipped = skipped;
    this.#length = length;
    this.#codec = codec;
    this.#decompressor = decompressor;
    const isKept = memory !== undefined && memory.bytes.length <= MAX_KEPT_ROOM;
    this.values = isKept ? memory : partOf(FIRST_ROOM);
    this.values.at = 0;
    this.values.end = 0;
  }

  /**
   * The stream of a page's `length` bytes; `skipped` of the stored ones have been taken already. It may use the memory of
   * another stream that nobody reads any more.
   */
  static async open(
    stored: PageBytes,
    skipped: number,
    length: number,
    codec: number,
    memory: PagePart | undefined,
  ): Promise<PageStream> {
    if (codec !== Codec.SNAPPY) checkLength(stored.left, length);
    const decompressor = codec === Codec.SNAPPY ? await openSnappy(stored, length) : new PlainBlock();
    return new PageStream(stored, skipped, length, codec, decompressor, memory);
  }

  /** True when all of the page has been decompressed. */
  get isWhole(): boolean {
    return this.#gone + this.values.end === this.#length;
  }

  /** Takes bytes from the front, as a part of their own. */
  async take(count: number): Promise<PagePart> {
    await this.load(count);
    const { bytes } = this.values;
    const at = this.values.take(count);
    const taken = partOf(count);
    bytes.copy(taken.bytes, 0, at, at + count);
    taken.end = count;
    return taken;
  }

  /**
   * Waits until the next `count` values can be read, or all that the page has; returns how many can. They have `width`
   * bytes each; when that is 0, each stands behind its length.
   */
  async loadValues(count: number, width: number): Promise<number> {
    if (width === 0) return this.#loadTexts(count);
    await this.load(count * width);
    return Math.floor((this.values.end - this.values.at) / width);
  }

  /** Waits until `count` bytes that have not been read are there, or all that the page has. */
  async load(count: number): Promise<void> {
    if (this.values.end - this.values.at >= count || this.isWhole) return;
    this.#makeRoom(count);
    const last = this.#length - this.#gone;
    const limit = Math.min(this.values.at + count, last);
    for (;;) {
      this.#stored.pass(this.#decompressor.decompress(this.#stored.hand, this.values, limit, last));
      if (this.values.end >= limit) return;
      if (this.#decompressor.reachesBack) return this.#openWhole();
      if (!(await this.#stored.more())) throw new FormatError("a page cannot be decompressed: it ends too early");
    }
  }

  /** Goes to the page's end in the chunk. */
  async close(): Promise<void> {
    await this.#stored.end();
  }

  async #loadTexts(count: number): Promise<number> {
    let whole = 0;
    let next = 0;
    for (;;) {
      const { view, at, end } = this.values;
      while (whole < count && end - at - next >= 4) {
        const length = view.getInt32(at + next, true);
        if (length < 0 || length > end - at - next - 4) break;
        next += length + 4;
        whole++;
      }
      if (whole === count || this.isWhole) return whole;
      // In steps that double, so that a length that is not true takes no memory.
      await this.load(end - at + Math.max(STEP_BYTES, whole === 0 ? end - at : 0));
    }
  }

  /** Makes room for `count` bytes that have not been read; moves to the front what must stay. */
  #makeRoom(count: number): void {
    const { bytes, at, end } = this.values;
    const needed = count + SNAPPY_OVERRUN + PADDING;
    if (at + needed <= bytes.length) return;
    const first = Math.max(0, Math.min(at, end - SNAPPY_HISTORY));
    const room = at - first + needed;
    if (room > bytes.length) this.values = partOf(Math.max(room, bytes.length * 2));
    bytes.copy(this.values.bytes, 0, first, end);
    if (room > bytes.length) freeMemory(bytes);
    this.values.at = at - first;
    this.values.end = end - first;
    this.#gone += first;
  }

  /** Reads and decompresses the page once more, all of it: some copies reach back further than we keep what they copy. */
  async #openWhole(): Promise<void> {
    const stored = await this.#stored.again(this.#skipped);
    const whole = new PagePart(decompressPage(this.#codec, stored, this.#length), 0, this.#length);
    whole.at = this.#gone + this.values.at;
    this.#gone = 0;
    this.values = whole;
  }
}

function partOf(room: number): PagePart {
  return new PagePart(Buffer.allocUnsafeSlow(room + PADDING), 0, 0);
}

/** The block begins with its length when decompressed, in up to five bytes. */
async function openSnappy(stored: PageBytes, expected: number): Promise<SnappyBlock> {
  let length = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = (await stored.take(1))[0]!;
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
    if (factor === 128 ** 4) throw new FormatError("the length of a page has more than 35 bits");
  }
  checkLength(length, expected);
  return new SnappyBlock();
}

/** A page that is not compressed. */
class PlainBlock implements Decompressor {
  readonly reachesBack = false;

  decompress(input: Buffer, out: PagePart, limit: number): number {
    const count = Math.min(input.length, limit - out.end);
    input.copy(out.bytes, out.end, 0, count);
    out.end += count;
    return count;
  }
}
