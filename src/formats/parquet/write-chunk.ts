import { ByteWriter } from "../../batch/byte-writer.ts";
import type { PageQueue } from "./page-queue.ts";
import { Encoding, PageType } from "./parquet-types.ts";
import { DefinitionLevels } from "./write-levels.ts";
import { encodePage } from "./write-page.ts";
import type { CodecName, EncodedPage, Page } from "./write-page.ts";

/** The most bytes of values in a data page; only a single larger value makes a larger page. */
export const PAGE_BYTES = 1024 * 1024;

/** What the footer tells about one field's values in one row group. A plain JSON value. */
export interface ColumnChunk {
  /** Bytes in the file, page headers included. */
  readonly storedBytes: number;
  /** The same without compression. */
  readonly plainBytes: number;
  /** How many of the stored bytes are the dictionary page, which comes first; 0 without one. */
  readonly dictionaryBytes: number;
  readonly encodings: readonly number[];
  readonly nulls: number;
  /** The smallest and the largest value in the plain encoding, in base64; absent when unknown. */
  readonly min?: string | undefined;
  readonly max?: string | undefined;
}

/** The smallest and the largest value of a chunk in the plain encoding, text without its length; undefined when unknown. */
export interface Bounds {
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
}

interface OpenChunk {
  readonly pages: EncodedPage[];
  dictionary: EncodedPage | undefined;
  readonly encodings: Set<number>;
  storedBytes: number;
  plainBytes: number;
  nulls: number;
}

/** Room for a page and its levels, so that writers which are used again do not grow again. */
const ROOM_BYTES = 2 * PAGE_BYTES;

/** Where a page is put together before it is compressed. One for all: nothing interrupts that. */
let assembly = new ByteWriter(ROOM_BYTES);

/** Makes the pages of one column chunk after the other. A page is compressed when it ends, so little more is held. */
export class ChunkWriter {
  /** Of the records since the last page. */
  readonly levels = new DefinitionLevels();
  readonly #codec: CodecName;
  #open = emptyChunk();

  constructor(codec: CodecName) {
    this.#codec = codec;
  }

  /** Bytes of the pages that wait for the row group's end. */
  get storedBytes(): number {
    return this.#open.storedBytes;
  }

  /** The same without compression. */
  get plainBytes(): number {
    return this.#open.plainBytes;
  }

  /** Ends the page of the records since the last one; `writeValues` appends their encoded values. */
  endPage(encoding: number, writeValues: (body: ByteWriter) => void): void {
    const { levels } = this;
    levels.write(assembly);
    writeValues(assembly);
    const body = assembly.bytes.subarray(0, assembly.length);
    this.#open.pages.push(this.#encode({ type: PageType.DATA_PAGE, encoding, count: levels.count, body }));
    this.#open.nulls += levels.nulls;
    levels.clear();
    assembly = emptied(assembly);
  }

  /** Sets the dictionary that pages of this chunk refer to. */
  setDictionary(encoding: number, count: number, body: Buffer): void {
    this.#open.dictionary = this.#encode({ type: PageType.DICTIONARY_PAGE, encoding, count, body });
  }

  /** Hands the pages over; what follows belongs to the next chunk. */
  finish(out: PageQueue, { min, max }: Bounds): ColumnChunk {
    const { pages, dictionary, encodings, storedBytes, plainBytes, nulls } = this.#open;
    this.#open = emptyChunk();
    for (const { header, body } of dictionary === undefined ? pages : [dictionary, ...pages]) {
      out.add(header);
      out.add(body);
    }
    return {
      storedBytes,
      plainBytes,
      dictionaryBytes: dictionary?.storedBytes ?? 0,
      encodings: [...encodings],
      nulls,
      min: min && Buffer.from(min).toString("base64"),
      max: max && Buffer.from(max).toString("base64"),
    };
  }

  #encode(page: Page): EncodedPage {
    const encoded = encodePage(page, this.#codec);
    this.#open.encodings.add(page.encoding);
    this.#open.storedBytes += encoded.storedBytes;
    this.#open.plainBytes += encoded.plainBytes;
    return encoded;
  }
}

/** The writer without its bytes; a new one when a huge value has made it huge. */
export function emptied(writer: ByteWriter): ByteWriter {
  if (writer.bytes.length > 2 * ROOM_BYTES) return new ByteWriter(ROOM_BYTES);
  writer.length = 0;
  return writer;
}

function emptyChunk(): OpenChunk {
  return {
    pages: [],
    dictionary: undefined,
    // The levels are run-length encoded in every page.
    encodings: new Set([Encoding.RLE]),
    storedBytes: 0,
    plainBytes: 0,
    nulls: 0,
  };
}
