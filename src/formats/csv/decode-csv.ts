import { BATCH_RECORDS, RAW_LIMIT } from "../../batch/batch.ts";
import type { Batch, DecoderPosition, RejectCode, RejectedRecord, TextColumn } from "../../batch/batch.ts";
import type { ByteSource } from "../../sdk/byte-source.ts";
import { FormatError } from "../format.ts";
import type { Decode, DecodeOptions } from "../format.ts";
import { CsvBlock } from "./csv-block.ts";
import { CsvScanner } from "./csv-scanner.ts";
import type { ScanStop } from "./csv-scanner.ts";
import { readHeader } from "./read-header.ts";
import type { CsvHeader } from "./read-header.ts";

const BLOCK_BYTES = 1 << 20;

/** A batch holds no more bytes of rejected records than about this. */
const REJECTED_BYTES = 1 << 20;

/**
 * Reads CSV as RFC 4180 describes it (https://www.rfc-editor.org/rfc/rfc4180), in UTF-8, with a header. Lines end in LF,
 * CR LF or CR; blank ones are skipped. An empty cell is null, a quoted empty one is an empty string, every other one is
 * a string.
 *
 * Each byte belongs to one record. A record with too many or too few cells, or that is not UTF-8, is rejected whole. One
 * that is not in the grammar, or too long, costs the line on which it starts, and reading goes on at the next line:
 * a stray quote opens a cell that may reach to the end of the object, and must not take all the records there with it.
 */
export const decodeCsv: Decode = createCsvDecoder(BLOCK_BYTES);

/** The same, with blocks of that many bytes. The block's size decides how records are cut into batches and nothing else. */
export function createCsvDecoder(blockBytes: number): Decode {
  return async function* decode(source, options) {
    const delimiter = delimiterByte(source, options.delimiter);
    const from = options.from === undefined ? undefined : readPosition(options.from);
    const offset = from?.offset ?? 0;
    const block = new CsvBlock(source.stream(offset), offset, blockBytes);
    try {
      const header = from?.header ?? (await readHeader(block, source.name, delimiter, options.maxRecordBytes));
      yield* new CsvReader(block, header, delimiter, options).read();
    } finally {
      await block.close();
    }
  };
}

interface CsvPosition {
  readonly offset: number;
  readonly header: CsvHeader;
}

function readPosition(position: DecoderPosition): CsvPosition {
  const { offset, line, header } = position;
  return { offset: offset as number, header: { names: header as readonly string[], line: line as number } };
}

function delimiterByte(source: ByteSource, delimiter = ","): number {
  const byte = delimiter.charCodeAt(0);
  if (delimiter.length === 1 && byte < 0x80 && !'"\r\n'.includes(delimiter)) return byte;
  throw new FormatError(
    `${source.name} cannot be read with the delimiter ${JSON.stringify(delimiter)}; use one ASCII character, but no quote or line end`,
  );
}

/** The records of one object, from where its block stands. */
class CsvReader {
  readonly #block: CsvBlock;
  readonly #header: readonly string[];
  readonly #fields: readonly string[];
  /** For each field its column in the scanner. One that the object does not have is never written: its cells stay ABSENT. */
  readonly #slots: readonly number[];
  readonly #types: readonly undefined[];
  readonly #maxRecordBytes: number;
  readonly #scanner: CsvScanner;
  #columns: readonly TextColumn[] = [];
  #rejected: RejectedRecord[] = [];
  #rejectedBytes = 0;

  constructor(block: CsvBlock, header: CsvHeader, delimiter: number, options: DecodeOptions) {
    const fields = options.fields ?? header.names;
    const slots = new Map<string, number>();
    for (const field of fields) if (!slots.has(field)) slots.set(field, slots.size);
    this.#block = block;
    this.#header = header.names;
    this.#fields = fields;
    this.#slots = fields.map((field) => slots.get(field)!);
    this.#types = fields.map(() => undefined);
    this.#maxRecordBytes = options.maxRecordBytes;
    this.#scanner = new CsvScanner({
      columns: header.names.map((name) => slots.get(name) ?? -1),
      columnCount: slots.size,
      delimiter,
      maxRecordBytes: options.maxRecordBytes,
      line: header.line,
    });
  }

  async *read(): AsyncGenerator<Batch> {
    const block = this.#block;
    for (;;) {
      const stop = this.#scanner.scan(block);
      if (stop === "wrong-count" || stop === "not-utf8") this.#rejectRecord(stop);
      else if (stop !== "batch-full" && !this.#isAtEnd()) {
        const readsOn = stop === "block-end" || !this.#seesLineEnd();
        // Reading on moves the bytes, so the records that point to them go first.
        if (readsOn && !this.#isEmpty()) yield this.#takeBatch();
        if (readsOn && !this.#isTooLong()) await block.fill();
        else await this.#rejectLine(stop);
      }
      if (this.#isAtEnd()) break;
      if (stop === "batch-full" || this.#isCrowded()) yield this.#takeBatch();
    }
    yield this.#takeBatch();
  }

  #isAtEnd(): boolean {
    return this.#block.final && this.#block.start >= this.#block.end;
  }

  #isEmpty(): boolean {
    return this.#scanner.count === 0 && this.#rejected.length === 0;
  }

  #isCrowded(): boolean {
    return this.#rejected.length >= BATCH_RECORDS || this.#rejectedBytes >= REJECTED_BYTES;
  }

  #seesLineEnd(): boolean {
    return this.#block.lineEnd(this.#block.start) >= 0;
  }

  /** True when the record, which does not end in the block, cannot end within the limit: two bytes may be its line end. */
  #isTooLong(): boolean {
    return this.#block.end - this.#block.start >= this.#maxRecordBytes + 2;
  }

  #takeBatch(): Batch {
    const block = this.#block;
    const scanner = this.#scanner;
    if (this.#columns[0]?.bytes !== block.bytes) {
      this.#columns = this.#slots.map((slot) => scanner.column(slot, block));
    }
    const batch = {
      count: scanner.count,
      fields: this.#fields,
      columns: this.#columns,
      types: this.#types,
      offsets: scanner.offsets,
      rejected: this.#rejected,
      next: this.#isAtEnd() ? null : { offset: block.offset + block.start, line: scanner.line, header: this.#header },
    };
    scanner.count = 0;
    this.#rejected = [];
    this.#rejectedBytes = 0;
    return batch;
  }

  /** Rejects the record that stopped the scan. Its cells are known, so it is known where it ends. */
  #rejectRecord(stop: "wrong-count" | "not-utf8"): void {
    const { cells, end, next, lines } = this.#scanner.stopped;
    if (stop === "not-utf8") this.#reject("InvalidEncoding", "The record holds bytes that are not UTF-8.", end);
    else {
      const width = this.#header.length;
      this.#reject("ColumnCountMismatch", `The record has ${cellCount(cells)}, the header has ${width}.`, end);
    }
    this.#scanner.line += lines;
    this.#block.start = next;
  }

  /** Rejects the line on which the record starts that stopped the scan. */
  async #rejectLine(stop: Exclude<ScanStop, "batch-full" | "wrong-count" | "not-utf8">): Promise<void> {
    const block = this.#block;
    const limit = block.start + this.#maxRecordBytes;
    const lineEnd = block.lineEnd(block.start);
    const most = `${this.#maxRecordBytes} bytes`;
    if (lineEnd < 0 || lineEnd > limit) {
      this.#reject("RecordTooLarge", `The record is longer than ${most}.`, limit, true);
    } else if (stop === "block-end" || stop === "too-long") {
      const message = `The record does not end within ${most}; is a quote on this line not closed?`;
      this.#reject("RecordTooLarge", message, lineEnd);
    } else this.#reject("MalformedRecord", MALFORMED[stop], lineEnd);
    this.#scanner.line++;
    await block.skipLine();
  }

  /** Rejects what stands from the block's start to `end`; `cut` says that there is more of it. */
  #reject(code: RejectCode, message: string, end: number, cut = false): void {
    const { bytes, start, offset } = this.#block;
    const limit = Math.min(end, start + RAW_LIMIT);
    const truncated = cut || limit < end;
    const rawEnd = truncated ? characterStart(bytes, limit) : end;
    this.#rejected.push({
      code,
      message,
      offset: offset + start,
      line: this.#scanner.line,
      raw: bytes.utf8Slice(start, rawEnd),
      ...(truncated && { rawTruncated: true }),
    });
    this.#rejectedBytes += rawEnd - start;
  }
}

const MALFORMED: Readonly<Record<"open-quote" | "text-after-quote", string>> = {
  "open-quote": "The record opens a quoted cell that is never closed.",
  "text-after-quote": "The record has text after the closing quote of a cell.",
};

function cellCount(count: number): string {
  return count === 1 ? "1 cell" : `${count} cells`;
}

/** `at`, or the start of the character that it would cut. */
function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (start > at - 3 && (bytes[start]! & 0xc0) === 0x80) start--;
  return start;
}
