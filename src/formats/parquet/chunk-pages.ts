import { FormatError } from "../format.ts";
import type { ChunkBytes } from "./chunk-bytes.ts";
import { PageBytes } from "./page-bytes.ts";
import { readPageHeader } from "./page-header.ts";
import type { PageHeader } from "./page-header.ts";
import { ThriftReader } from "./thrift-reader.ts";

/** Headers are short, but may hold the least and the greatest value of their page. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** The pages of a chunk. Ask for a header, then for its body or to skip it. */
export class ChunkPages {
  readonly #bytes: ChunkBytes;

  constructor(bytes: ChunkBytes) {
    this.#bytes = bytes;
  }

  /** The header of the next page. Throws a `FormatError` when there is none, or the page does not fit the chunk. */
  async header(): Promise<PageHeader> {
    const bytes = this.#bytes;
    for (;;) {
      await bytes.fill(Math.min(bytes.hand.length + 1, MAX_HEADER_BYTES));
      const reader = new ThriftReader(bytes.hand);
      const header = tryHeader(reader, bytes.left > bytes.hand.length && bytes.hand.length < MAX_HEADER_BYTES);
      if (header === undefined) continue;
      bytes.take(reader.offset);
      if (header.storedBytes > bytes.left) throw new FormatError("a page ends behind the end of its column");
      return header;
    }
  }

  /** The bytes of the page whose header was read last, all of them. Say `forget` when they are read. */
  async body(header: PageHeader): Promise<Buffer> {
    await this.#bytes.fill(header.storedBytes);
    const page = this.open(header);
    const body = page.hand;
    await page.end();
    return body;
  }

  /** The same bytes, to be read a few at a time. Nothing else may be asked for before its end. */
  open(header: PageHeader): PageBytes {
    return new PageBytes(this.#bytes, header);
  }

  /** Says that nobody reads the body any more. */
  forget(): void {
    this.#bytes.forget();
  }

  skip(header: PageHeader): void {
    this.#bytes.skip(header.storedBytes);
  }
}

/** Undefined when the header goes on behind the bytes in hand, and there are more. */
function tryHeader(reader: ThriftReader, more: boolean): PageHeader | undefined {
  try {
    return readPageHeader(reader);
  } catch (error) {
    if (reader.exhausted && more) return undefined;
    throw error;
  }
}
