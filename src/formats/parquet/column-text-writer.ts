import type { TextColumn } from "../../batch/batch.ts";
import { ByteWriter } from "../../batch/byte-writer.ts";
import { BINARY, DOUBLED, ESCAPED, KIND, NULL } from "../../batch/cell-kind.ts";
import { undoubleQuotes, unescapeJson } from "../../batch/string-text.ts";
import { ByteDictionary } from "./byte-dictionary.ts";
import { copySpan } from "./byte-span.ts";
import type { ColumnWriter } from "./column-writer.ts";
import type { PageQueue } from "./page-queue.ts";
import { Encoding } from "./parquet-types.ts";
import { TextBounds } from "./text-bounds.ts";
import { ChunkWriter, PAGE_BYTES, emptied } from "./write-chunk.ts";
import type { ColumnChunk } from "./write-chunk.ts";
import { writeIndices } from "./write-levels.ts";
import type { CodecName } from "./write-page.ts";

/** Page sizes are 32-bit numbers. This leaves room for the text of bytes in base64, and for what compression may add. */
const MAX_VALUE_BYTES = 1024 * 1024 * 1024;

export interface TextOptions {
  readonly codec: CodecName;
  /** The field's type is `binary`: bytes are written as they are, else as base64. */
  readonly rawBytes: boolean;
  readonly dictionary: "none" | "whole-chunk" | "until-full";
  /** What the file's readers know a dictionary by. */
  readonly dictionaryEncoding: number;
  readonly indexEncoding: number;
}

/**
 * Writes byte arrays. A chunk starts with a dictionary. When that takes no more values and has paid until then, the rest
 * of the chunk is written plainly; when it has not paid, or is to be for the `whole-chunk`, all of the chunk is.
 */
export class TextColumnWriter implements ColumnWriter {
  readonly #options: TextOptions;
  readonly #chunk: ChunkWriter;
  readonly #dictionary = new ByteDictionary();
  readonly #bounds = new TextBounds();
  /** True while values go to the dictionary. */
  #isNumbering: boolean;
  /** Of the values since the last page, while they are numbered. */
  #indices = new Uint16Array(1024);
  #indexCount = 0;
  /** The values since the last page, while they are not. */
  #page = new ByteWriter(1 << 12);
  #scratch = new ByteWriter(256);

  constructor(options: TextOptions) {
    this.#options = options;
    this.#chunk = new ChunkWriter(options.codec);
    this.#isNumbering = options.dictionary !== "none";
  }

  get heldBytes(): number {
    const waiting = this.#page.length + this.#indexCount * 2 + (this.#chunk.levels.count >> 3);
    return this.#chunk.storedBytes + this.#dictionary.entries.length + waiting;
  }

  get plainBytes(): number {
    return this.#isNumbering ? this.#dictionary.seenBytes : this.#chunk.plainBytes + this.#page.length;
  }

  append(column: TextColumn, selection: Int32Array, from: number, to: number): void {
    this.#reserve(to - from);
    const { kinds, starts, ends, bytes, view } = column;
    const { levels } = this.#chunk;
    // No cell is of kind -1: raw bytes need no unwrapping.
    const encoded = this.#options.rawBytes ? -1 : BINARY;
    let seenBytes = 0;
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      const kind = kinds[record]!;
      if ((kind & KIND) <= NULL) levels.addNull();
      else {
        const start = starts[record]!;
        const end = ends[record]!;
        seenBytes += end - start + 4;
        if ((kind & (ESCAPED | DOUBLED)) === 0 && (kind & KIND) !== encoded) this.#add(bytes, view, start, end);
        else this.#addUnwrapped(bytes, start, end, kind);
      }
    }
    if (this.#isNumbering) {
      this.#dictionary.seen = this.#indexCount;
      this.#dictionary.seenBytes += seenBytes;
    }
  }

  finishChunk(out: PageQueue): ColumnChunk {
    if (this.#indexCount > 0) this.#endIndexPage();
    else this.#endPlainPage();
    const dictionary = this.#dictionary;
    if (dictionary.count > 0) {
      const entries = dictionary.entries.bytes.subarray(0, dictionary.entries.length);
      this.#chunk.setDictionary(this.#options.dictionaryEncoding, dictionary.count, entries);
    }
    dictionary.clear();
    this.#isNumbering = this.#options.dictionary !== "none";
    return this.#chunk.finish(out, this.#bounds.take());
  }

  #reserve(records: number): void {
    this.#chunk.levels.reserve(records);
    if (!this.#isNumbering || this.#indexCount + records <= this.#indices.length) return;
    const grown = new Uint16Array(Math.max(this.#indexCount + records, this.#indices.length * 2));
    grown.set(this.#indices);
    this.#indices = grown;
  }

  #add(bytes: Buffer, view: DataView, start: number, end: number): void {
    if (this.#isNumbering) {
      const index = this.#dictionary.indexOf(bytes, view, start, end);
      if (index >= 0) {
        this.#indices[this.#indexCount++] = index;
        this.#chunk.levels.addValue();
        return;
      }
      this.#endNumbering();
    }
    this.#addPlain(bytes, view, start, end);
  }

  /** Adds a string without its escapes or doubled quotes, or bytes as base64. */
  #addUnwrapped(bytes: Buffer, start: number, end: number, kind: number): void {
    checkLength(end - start);
    const scratch = (this.#scratch = emptied(this.#scratch));
    scratch.reserve(Math.ceil((end - start) / 3) * 4);
    const unwrap = (kind & KIND) === BINARY ? writeBase64 : (kind & ESCAPED) !== 0 ? unescapeJson : undoubleQuotes;
    this.#add(scratch.bytes, scratch.view, 0, unwrap(bytes, start, end, scratch.bytes, 0));
  }

  #addPlain(bytes: Buffer, view: DataView, start: number, end: number): void {
    const length = end - start;
    checkLength(length);
    if (this.#page.length + length + 4 > PAGE_BYTES && this.#page.length > 0) this.#endPlainPage();
    const page = this.#page;
    page.reserve(length + 4);
    page.view.setInt32(page.length, length, true);
    copySpan(bytes, view, start, end, page, page.length + 4);
    page.length += length + 4;
    this.#bounds.offer(bytes, view, start, end);
    this.#chunk.levels.addValue();
  }

  #endNumbering(): void {
    this.#isNumbering = false;
    if (this.#options.dictionary === "until-full" && this.#dictionary.pays) this.#endIndexPage();
    else this.#addAgainPlainly();
  }

  /** Takes back all records of the chunk, which are in no page yet, and adds them as plain values. */
  #addAgainPlainly(): void {
    const { entries } = this.#dictionary;
    const levels = this.#chunk.levels.take();
    this.#chunk.levels.reserve(levels.length);
    let next = 0;
    for (const level of levels) {
      if (level === 0) this.#chunk.levels.addNull();
      else {
        const index = this.#indices[next++]!;
        this.#addPlain(entries.bytes, entries.view, this.#dictionary.startOf(index), this.#dictionary.endOf(index));
      }
    }
    this.#indexCount = 0;
    this.#dictionary.clear();
  }

  #endIndexPage(): void {
    const { count, entries } = this.#dictionary;
    const width = Math.max(1, 32 - Math.clz32(count - 1));
    this.#chunk.endPage(this.#options.indexEncoding, (body) =>
      writeIndices(body, this.#indices, this.#indexCount, width),
    );
    this.#indexCount = 0;
    // Every entry is some record's value, so the bounds of the entries are those of the records.
    for (let index = 0; index < count; index++) {
      this.#bounds.offer(entries.bytes, entries.view, this.#dictionary.startOf(index), this.#dictionary.endOf(index));
    }
  }

  #endPlainPage(): void {
    const values = this.#page.bytes.subarray(0, this.#page.length);
    this.#chunk.endPage(Encoding.PLAIN, (body) => body.append(values));
    this.#page = emptied(this.#page);
  }
}

/** In steps, because a string holds less than a buffer. */
function writeBase64(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  const step = 3 << 16;
  let o = at;
  for (let i = start; i < end; i += step) {
    const text = bytes.base64Slice(i, Math.min(i + step, end));
    o += out.latin1Write(text, o);
  }
  return o;
}

function checkLength(length: number): void {
  if (length > MAX_VALUE_BYTES) throw new RangeError(`A value of ${length} bytes is too large for a Parquet page.`);
}
