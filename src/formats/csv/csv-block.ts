import { isUtf8 } from "node:buffer";
import { PADDING } from "../../batch/batch.ts";

const LF = 10;
const CR = 13;
const QUOTE = 34;

/**
 * A window onto the bytes of an object: `bytes[start .. end)`, of which the reader moves `start`. `fill` moves the rest
 * to the front and reads on, so spans into the window are valid until then.
 *
 * Behind the window stand a line end and a quote, so that a scanner that looks for either needs not look for the end.
 */
export class CsvBlock {
  bytes!: Buffer;
  view!: DataView;
  start = 0;
  end = 0;
  /** True when nothing follows the window. */
  final = false;
  /** True when the window is UTF-8, a character that its end cuts aside. */
  valid = true;
  /** Where `bytes[0]` stands in the object. */
  offset: number;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** What did not fit yet of the chunk in hand. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>, offset: number, capacity: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.offset = offset;
    this.#allocate(capacity);
  }

  /** Reads until the window is full or the object ends. A window that is full as it stands becomes twice as large. */
  async fill(): Promise<void> {
    this.#makeRoom();
    while (this.end < this.#capacity && (this.#rest.length > 0 || (await this.#pull()))) this.#take();
    this.bytes[this.end] = LF;
    this.bytes[this.end + 1] = QUOTE;
    this.valid = isUtf8(this.bytes.subarray(this.start, this.final ? this.end : this.#wholeCharacters()));
  }

  /** Where the line that starts at `from` ends, its end mark not included; -1 when that cannot be seen yet. */
  lineEnd(from: number): number {
    for (let at = from; at < this.end; at++) {
      const c = this.bytes[at]!;
      if (c === LF || (c === CR && (this.final || at + 1 < this.end))) return at;
    }
    return this.final ? this.end : -1;
  }

  /** The offset after the end mark at `at`: LF, CR LF or CR. */
  afterLineEnd(at: number): number {
    return this.bytes[at] === CR && this.bytes[at + 1] === LF ? at + 2 : at + 1;
  }

  /** Moves `start` behind the line that it is in, reading on as far as that takes. */
  async skipLine(): Promise<void> {
    let lineEnd = this.lineEnd(this.start);
    while (lineEnd < 0) {
      // A CR at the end of the window may be half of a line end.
      this.start = this.bytes[this.end - 1] === CR ? this.end - 1 : this.end;
      await this.fill();
      lineEnd = this.lineEnd(this.start);
    }
    this.start = this.afterLineEnd(lineEnd);
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  get #capacity(): number {
    return this.bytes.length - PADDING;
  }

  #makeRoom(): void {
    const { bytes, start, end } = this;
    if (start === 0 && end === this.#capacity) this.#allocate(end * 2);
    bytes.copy(this.bytes, 0, start, end);
    this.offset += start;
    this.end = end - start;
    this.start = 0;
  }

  async #pull(): Promise<boolean> {
    if (this.final) return false;
    const next = await this.#chunks.next();
    this.final = next.done === true;
    if (next.done !== true) this.#rest = next.value;
    return !this.final;
  }

  #take(): void {
    const count = Math.min(this.#rest.length, this.#capacity - this.end);
    this.bytes.set(this.#rest.subarray(0, count), this.end);
    this.#rest = this.#rest.subarray(count);
    this.end += count;
  }

  /** The end of the last character that is whole. */
  #wholeCharacters(): number {
    const { bytes, start, end } = this;
    for (let at = end - 1; at >= start && at >= end - 3; at--) {
      const c = bytes[at]!;
      if (c < 0x80) break;
      if (c < 0xc0) continue;
      const length = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
      return at + length > end ? at : end;
    }
    return end;
  }

  #allocate(capacity: number): void {
    this.bytes = Buffer.allocUnsafeSlow(capacity + PADDING);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }
}
