import { BATCH_RECORDS } from "../../batch/batch.ts";
import { FormatError } from "../format.ts";
import type { Cells } from "./cells.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import { ChunkPages } from "./chunk-pages.ts";
import { freeMemory } from "./free-memory.ts";
import { HybridReader } from "./hybrid-reader.ts";
import { openPage, openStream } from "./open-page.ts";
import type { OpenPage } from "./open-page.ts";
import type { PageHeader } from "./page-header.ts";
import { isStreamable } from "./page-stream.ts";
import type { PageStream } from "./page-stream.ts";
import { Encoding, PageType, PhysicalType } from "./parquet-types.ts";
import { PagePart } from "./page-part.ts";
import type { ColumnChunk } from "./read-footer.ts";
import { rewriteAsPlain } from "./rewrite-as-plain.ts";
import type { Leaf } from "./schema-tree.ts";

/** A page of plain values that is longer is decompressed a few values at a time. */
const STREAM_BYTES = 256 * 1024;

/**
 * Reads one leaf, chunk after chunk, a few entries at a time. An entry is a value, a null, or the sign of an empty list;
 * its levels say which. In memory are one page, decompressed, or what is read next of a large one, and the chunk's
 * dictionary.
 */
export class LeafReader {
  readonly leaf: Leaf;
  /** The values among the entries that were read last, close together; `present` is how many. */
  readonly cells: Cells;
  present = 0;
  /** The levels of those entries; empty where the leaf's greatest level is 0. */
  readonly definitions: Int32Array;
  readonly repetitions: Int32Array;
  /** How many entries of the page in hand can be read without waiting. */
  entries = 0;
  /** How many more the page in hand has, and how many there are in the pages after it. */
  #waiting = 0;
  #unopened = 0;

  #place = "";
  #bytes: ChunkBytes | undefined;
  #pages: ChunkPages | undefined;
  #codec = 0;
  /** The memory of the page in hand, and of the dictionary. */
  #page: Buffer | undefined;
  #dictionaryPage: Buffer | undefined;
  #dictionary: Cells | undefined;
  #booleans: Cells | undefined;
  readonly #repetitionReader = new HybridReader();
  readonly #definitionReader = new HybridReader();
  readonly #indexReader = new HybridReader();
  readonly #indexes = new Int32Array(BATCH_RECORDS);
  /** The page's values; undefined when they are indexes into `#lookup`. */
  #plain: PagePart | undefined;
  #lookup: Cells | undefined;
  /** Where they come from, when they are a few at a time; and the memory that such pages use one after the other. */
  #stream: PageStream | undefined;
  #streamMemory: PagePart | undefined;

  constructor(leaf: Leaf) {
    this.leaf = leaf;
    this.cells = leaf.type.createCells(BATCH_RECORDS);
    this.definitions = new Int32Array(leaf.maxDefinition > 0 ? BATCH_RECORDS : 0);
    this.repetitions = new Int32Array(leaf.maxRepetition > 0 ? BATCH_RECORDS : 0);
  }

  /** Goes to the front of a chunk. `place` is what messages call it. */
  open(chunk: ColumnChunk, bytes: ChunkBytes, place: string): void {
    this.#place = place;
    this.#bytes?.close();
    this.#bytes = bytes;
    this.#pages = new ChunkPages(bytes);
    this.#codec = chunk.codec;
    if (this.#dictionaryPage !== undefined) freeMemory(this.#dictionaryPage);
    this.#dictionaryPage = undefined;
    this.#dictionary = undefined;
    this.entries = 0;
    this.#waiting = 0;
    this.#unopened = chunk.values;
    this.#stream = undefined;
  }

  /** True when there are no entries behind those that can be read without waiting. */
  get isLast(): boolean {
    return this.#waiting === 0 && this.#unopened === 0;
  }

  /**
   * Waits until the next `count` entries can be read, or as many as their page has, but at least one. Throws when the
   * chunk has no more. What was read before is not to be used any more.
   */
  async advance(count: number): Promise<void> {
    try {
      while (this.entries + this.#waiting === 0) await this.#nextPage(0);
      await this.#load(count);
    } catch (error) {
      throw this.located(error);
    }
  }

  /** Leaves out the next `count` entries. Whole pages are not even decompressed. */
  async skip(count: number): Promise<void> {
    try {
      for (let left = count; left > 0;) {
        if (this.entries + this.#waiting === 0) left -= await this.#nextPage(left);
        else {
          await this.#load(BATCH_RECORDS);
          const step = Math.min(left, this.entries, BATCH_RECORDS);
          this.#readEntries(step);
          left -= step;
        }
      }
    } catch (error) {
      throw this.located(error);
    }
  }

  /** Reads `count` entries of the page in hand, at most as many as it has and `BATCH_RECORDS`. */
  read(count: number): void {
    try {
      this.#readEntries(count);
    } catch (error) {
      throw this.located(error);
    }
  }

  /** What is wrong with the bytes is said with their place; other failures, of the source, are not ours to name. */
  located(error: unknown): unknown {
    if (!(error instanceof FormatError)) return error;
    return new FormatError(`${this.#place} cannot be read: ${error.message}.`, { cause: error });
  }

  #readEntries(count: number): void {
    const { maxDefinition, maxRepetition } = this.leaf;
    this.present = count;
    if (maxRepetition > 0) this.#repetitionReader.read(this.repetitions, count);
    if (maxDefinition > 0) {
      this.#definitionReader.read(this.definitions, count);
      this.present = countEqual(this.definitions, count, maxDefinition);
    }
    if (this.#plain !== undefined) this.cells.read(this.#plain, this.present);
    else {
      this.#indexReader.read(this.#indexes, this.present);
      this.cells.lookUp(this.#lookup!, this.#indexes, this.present);
    }
    this.entries -= count;
  }

  async #load(count: number): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || this.#waiting === 0 || this.entries >= count) return;
    const { physical, typeLength } = this.leaf;
    const left = this.entries + this.#waiting;
    const values = await stream.loadValues(Math.min(count, left), plainWidth(physical, typeLength)!);
    // An entry has one value at most; when all values are there, so is everything that the page has.
    this.entries = stream.isWhole ? left : Math.min(values, left);
    this.#waiting = left - this.entries;
    this.#plain = stream.values;
    this.#streamMemory = stream.values;
    if (this.#waiting > 0) return;
    await stream.close();
    this.#pages!.forget();
    this.#stream = undefined;
  }

  /** Loads one page, or passes it by when it has no more than `passable` entries; returns how many it passed by. */
  async #nextPage(passable: number): Promise<number> {
    if (this.#unopened === 0) throw new FormatError("it has fewer values than its row group has records");
    const pages = this.#pages!;
    const header = await pages.header();
    const isData = header.type === PageType.DATA_PAGE || header.type === PageType.DATA_PAGE_V2;
    if (isData) {
      if (header.values > this.#unopened) throw new FormatError("its pages have more values than it has");
      this.#unopened -= header.values;
    }
    if (isData ? header.values <= passable : header.type !== PageType.DICTIONARY_PAGE) {
      pages.skip(header);
      return isData ? header.values : 0;
    }
    if (isData && this.#isStream(header)) {
      await this.#openStream(header, pages);
      return 0;
    }
    const body = await pages.body(header);
    const page = openPage(header, body, this.#codec, this.leaf);
    pages.forget();
    if (isData) this.#openData(header, page);
    else this.#readDictionary(header, page);
    return 0;
  }

  #isStream(header: PageHeader): boolean {
    const { physical, typeLength } = this.leaf;
    const isLarge = header.plainBytes > STREAM_BYTES && isStreamable(this.#codec);
    return isLarge && header.encoding === Encoding.PLAIN && plainWidth(physical, typeLength) !== undefined;
  }

  async #openStream(header: PageHeader, pages: ChunkPages): Promise<void> {
    const memory = this.#streamMemory;
    const opened = await openStream(header, pages.open(header), this.#codec, this.leaf, memory);
    this.#openLevels(opened);
    this.#stream = opened.stream;
    this.#waiting = header.values;
  }

  #readDictionary(header: PageHeader, { values }: OpenPage): void {
    const { physical } = this.leaf;
    if (physical === PhysicalType.BOOLEAN) throw new FormatError("booleans have no dictionary");
    if (header.encoding !== Encoding.PLAIN && header.encoding !== Encoding.PLAIN_DICTIONARY) {
      throw new FormatError(`its dictionary has the encoding ${header.encoding}`);
    }
    // Every entry has four bytes or more, or a length of its own.
    const least = physical === PhysicalType.FIXED_LEN_BYTE_ARRAY ? this.leaf.typeLength : 4;
    if (header.values * least > header.plainBytes) throw new FormatError("its dictionary ends before its last entry");
    const dictionary = this.leaf.type.createCells(header.values);
    dictionary.readEntries(values, header.values);
    this.#dictionary = dictionary;
    this.#dictionaryPage = values.bytes;
  }

  #openLevels({ repetitions, definitions }: Pick<OpenPage, "repetitions" | "definitions">): void {
    const { maxRepetition, maxDefinition } = this.leaf;
    if (repetitions !== undefined) this.#repetitionReader.reset(repetitions, bitWidth(maxRepetition));
    if (definitions !== undefined) this.#definitionReader.reset(definitions, bitWidth(maxDefinition));
  }

  #openData(header: PageHeader, page: OpenPage): void {
    const { values } = page;
    this.#openLevels(page);
    this.entries = header.values;
    // Who asks for another page has done with what was read from the one before.
    if (this.#page !== undefined) freeMemory(this.#page);
    this.#page = values.bytes;
    this.#plain = undefined;
    switch (header.encoding) {
      case Encoding.PLAIN:
        this.#plain = values;
        break;
      case Encoding.PLAIN_DICTIONARY:
      case Encoding.RLE_DICTIONARY:
        this.#openIndexes(values);
        break;
      case Encoding.RLE:
        this.#openBooleans(values);
        break;
      default:
        this.#plain = rewriteAsPlain(header.encoding, this.leaf.physical, this.leaf.typeLength, values, header.values);
    }
  }

  /** Indexes begin with a byte that says how many bits each has; a page without values may end before it. */
  #openIndexes(values: PagePart): void {
    if (this.#dictionary === undefined) throw new FormatError("it has indexes into a dictionary, and no dictionary");
    this.#lookup = this.#dictionary;
    const width = values.at < values.end ? values.bytes[values.take(1)]! : 1;
    this.#indexReader.reset(values, width);
  }

  /** Booleans in runs are indexes, of one bit, into the dictionary of false and true. */
  #openBooleans(values: PagePart): void {
    if (this.leaf.physical !== PhysicalType.BOOLEAN) throw new FormatError("only booleans can be runs of values");
    this.#lookup = this.#booleans ??= this.#createBooleans();
    if (values.at < values.end) values.take(4);
    this.#indexReader.reset(values, 1);
  }

  #createBooleans(): Cells {
    const booleans = this.leaf.type.createCells(2);
    booleans.readEntries(new PagePart(Buffer.from([0b10]), 0, 1), 2);
    return booleans;
  }
}

/** The bytes of a value in the encoding PLAIN, 0 when each says how many it has, undefined when it is less than one. */
function plainWidth(physical: number, typeLength: number): number | undefined {
  switch (physical) {
    case PhysicalType.INT32:
    case PhysicalType.FLOAT:
      return 4;
    case PhysicalType.INT64:
    case PhysicalType.DOUBLE:
      return 8;
    case PhysicalType.INT96:
      return 12;
    case PhysicalType.FIXED_LEN_BYTE_ARRAY:
      return typeLength;
    case PhysicalType.BYTE_ARRAY:
      return 0;
    default:
      return undefined;
  }
}

function bitWidth(level: number): number {
  return 32 - Math.clz32(level);
}

function countEqual(levels: Int32Array, count: number, level: number): number {
  let equal = 0;
  for (let i = 0; i < count; i++) if (levels[i] === level) equal++;
  return equal;
}
