import { ByteWriter } from "../batch/byte-writer.ts";
import { RecordSum } from "../batch/record-sum.ts";
import type { RecordDigest } from "./format.ts";

const LF = 10;
const QUOTE = 34;

/**
 * Digests files of text as their encoders write them: a record is what stands before its line end. A line end within quotes
 * belongs to a CSV record, and a CSV file's first line names the fields.
 */
export class LineDigest implements RecordDigest {
  readonly #sum = new RecordSum();
  readonly #quotes: boolean;
  #isHeader: boolean;
  /** The beginning of a record whose end has not been seen. */
  readonly #begun = new ByteWriter(1 << 10);
  /** Whether that has an odd number of quotes. */
  #inQuotes = false;
  /** Where the next quote of the chunk in hand stands; `Infinity` when there is none. */
  #quoteAt = Infinity;

  constructor(format: "json" | "csv") {
    this.#quotes = format === "csv";
    this.#isHeader = format === "csv";
  }

  addBytes(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.#quotes) this.#quoteAt = placeOf(QUOTE, bytes, 0);
    let start = 0;
    for (let end = this.#endOfRecord(bytes, 0); end >= 0; end = this.#endOfRecord(bytes, start)) {
      if (this.#begun.length === 0) this.#add(view, start, end);
      else this.#addBegun(bytes.subarray(start, end));
      start = end + 1;
    }
    if (start < bytes.length) this.#begun.append(bytes.subarray(start));
  }

  addRecords(): void {}

  finish(): RecordSum {
    if (this.#begun.length > 0) this.#addBegun(Buffer.alloc(0));
    return this.#sum;
  }

  #addBegun(rest: Buffer): void {
    this.#begun.append(rest);
    this.#add(this.#begun.view, 0, this.#begun.length);
    this.#begun.length = 0;
  }

  #add(view: DataView, start: number, end: number): void {
    if (this.#isHeader) this.#isHeader = false;
    else this.#sum.add(view, start, end);
  }

  /** Where the record ends that goes on at `start`; -1 when that is not in the chunk. */
  #endOfRecord(bytes: Buffer, start: number): number {
    for (let from = start; ;) {
      const end = placeOf(LF, bytes, from);
      for (; this.#quoteAt < end; this.#quoteAt = placeOf(QUOTE, bytes, this.#quoteAt + 1)) {
        this.#inQuotes = !this.#inQuotes;
      }
      if (end === Infinity) return -1;
      if (!this.#inQuotes) return end;
      from = end + 1;
    }
  }
}

function placeOf(byte: number, bytes: Buffer, from: number): number {
  const place = bytes.indexOf(byte, from);
  return place < 0 ? Infinity : place;
}
