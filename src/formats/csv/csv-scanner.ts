import { isUtf8 } from "node:buffer";
import { BATCH_RECORDS, TEXT } from "../../batch/batch.ts";
import type { TextColumn } from "../../batch/batch.ts";
import { CSV_SAFE, DOUBLED, NON_ASCII, NULL, STRING } from "../../batch/cell-kind.ts";
import type { CsvBlock } from "./csv-block.ts";
import { repeat } from "./word.ts";

const COMMA = 44;

/** The most cells in a batch: records with very many cells come in smaller batches, down to `FEWEST_RECORDS`. */
const BATCH_CELLS = 1 << 22;
const FEWEST_RECORDS = 32;

/** Between two columns, which keeps the cells of one record out of the same set of the processor's cache. */
const GAP = 16;

/** Why a scan stopped. */
export type ScanStop =
  /** There is no room for another record. */
  | "batch-full"
  /** The record at `block.start` does not end in this block, or the block is empty. */
  | "block-end"
  /** The object ends within a quoted cell. */
  | "open-quote"
  | "text-after-quote"
  | "too-long"
  | "wrong-count"
  | "not-utf8";

export interface CsvLayout {
  /** For each cell of a record, the number of the column that takes it, or -1. */
  readonly columns: readonly number[];
  readonly columnCount: number;
  readonly delimiter: number;
  readonly maxRecordBytes: number;
  /** The line on which the first record starts. */
  readonly line: number;
}

/**
 * Finds the cells of CSV records (RFC 4180) as spans. It takes what is there for what is meant: a quote within an
 * unquoted cell is data, and so are blanks around a cell.
 */
export class CsvScanner {
  /** How many records are in the columns. */
  count = 0;
  /** The physical line on which the record at `block.start` starts, counted from 1. */
  line: number;
  /** Where each record starts in the object. */
  readonly offsets: Float64Array;
  /** Of a record that stopped the scan and is whole: its cells, where it ends, where the next one starts, how many lines it takes. */
  stopped = { cells: 0, end: 0, next: 0, lines: 0 };
  /** How many records fit in the columns. */
  readonly #capacity: number;
  readonly #delimiter: number;
  readonly #maxRecordBytes: number;
  /** For each cell of a record, where its column's first cell lies; -1 when nobody wants it. */
  readonly #firstCells: Int32Array;
  readonly #kinds: Uint8Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(layout: CsvLayout) {
    const { columns, columnCount } = layout;
    const fitting = Math.floor(BATCH_CELLS / Math.max(1, columnCount));
    this.#capacity = Math.min(BATCH_RECORDS, Math.max(FEWEST_RECORDS, fitting));
    this.offsets = new Float64Array(this.#capacity);
    const stride = this.#capacity + GAP;
    this.#firstCells = Int32Array.from(columns, (column) => (column < 0 ? -1 : column * stride));
    this.#kinds = new Uint8Array(columnCount * stride);
    this.#starts = new Int32Array(columnCount * stride);
    this.#ends = new Int32Array(columnCount * stride);
    this.#delimiter = layout.delimiter;
    this.#maxRecordBytes = layout.maxRecordBytes;
    this.line = layout.line;
  }

  /** The cells of a column. The arrays are always the same; the bytes are the block's. */
  column(number: number, block: CsvBlock): TextColumn {
    const from = number * (this.#capacity + GAP);
    const to = from + this.#capacity;
    return {
      form: TEXT,
      kinds: this.#kinds.subarray(from, to),
      starts: this.#starts.subarray(from, to),
      ends: this.#ends.subarray(from, to),
      bytes: block.bytes,
      view: block.view,
    };
  }

  /**
   * Adds the records from `block.start` on, and moves it behind the last one that is added.
   *
   * This is the loop in which reading CSV spends its time. It looks at four bytes at once; word.ts explains how. The tests
   * are written out and the constants are local, because V8 makes slower code of calls and of another module's constants.
   */
  scan(block: CsvBlock): ScanStop {
    const ONES = 0x01010101;
    const BLANKS = 0x20202020;
    const COMMAS = 0x2c2c2c2c;
    const QUOTES = 0x22222222;
    const HIGH_BITS = -0x7f7f7f80;
    const LF = 10;
    const CR = 13;
    const QUOTE = 34;
    const { bytes, view, end, final, valid, offset } = block;
    const kinds = this.#kinds;
    const starts = this.#starts;
    const ends = this.#ends;
    const offsets = this.offsets;
    const capacity = this.#capacity;
    const firstCells = this.#firstCells;
    const width = firstCells.length;
    const maxRecordBytes = this.#maxRecordBytes;
    const delimiter = this.#delimiter;
    const delimiters = repeat(delimiter);
    const plain = delimiter === COMMA ? STRING | CSV_SAFE : STRING;
    // At the end of the object, the line end that stands behind the window ends the last record.
    const limit = final ? end + 1 : end;
    let count = this.count;
    let line = this.line;
    let record = block.start;
    let at = record;
    let stop: ScanStop = "batch-full";

    records: while (count < capacity) {
      let cells = 0;
      let innerLines = 0;
      let c = 0;
      stop = "block-end";
      if (record >= end) break;
      do {
        let kind = NULL;
        let cellStart = at;
        let cellEnd = at;
        let seen = 0;
        if (bytes[at] === QUOTE) {
          let commas = 0;
          cellStart = ++at;
          kind = plain;
          for (;;) {
            const word = view.getInt32(at, true);
            const q = word ^ QUOTES;
            const k = word ^ COMMAS;
            const marks = ((((q - ONES) | 0) & ~q) | (((word - BLANKS) | 0) & ~word)) & HIGH_BITS;
            if (marks === 0) {
              seen |= word;
              commas |= ((k - ONES) | 0) & ~k;
              at += 4;
              continue;
            }
            const bits = 24 - Math.clz32(marks & -marks);
            const below = (1 << bits) - 1;
            seen |= word & below;
            commas |= ((k - ONES) | 0) & ~k & below;
            at += bits >> 3;
            c = (word >>> bits) & 0xff;
            if (c !== QUOTE) {
              if (c === LF || (c === CR && bytes[at + 1] !== LF)) innerLines++;
              if (c === LF || c === CR) kind = kind & ~CSV_SAFE;
              at++;
            } else if (at < end && bytes[at + 1] === QUOTE) {
              kind = (kind & ~CSV_SAFE) | DOUBLED;
              at += 2;
            } else break;
          }
          if (at >= end) {
            if (final) stop = end - record > maxRecordBytes ? "too-long" : "open-quote";
            break records;
          }
          cellEnd = at++;
          if (at >= limit) break records;
          c = bytes[at]!;
          if (c !== delimiter && c !== LF && c !== CR) {
            stop = at - record > maxRecordBytes ? "too-long" : "text-after-quote";
            break records;
          }
          // An empty cell without its quotes would be null.
          if ((commas & HIGH_BITS) !== 0 || cellStart === cellEnd) kind &= ~CSV_SAFE;
        } else {
          for (;;) {
            const word = view.getInt32(at, true);
            const d = word ^ delimiters;
            const q = word ^ QUOTES;
            const marks =
              ((((d - ONES) | 0) & ~d) | (((q - ONES) | 0) & ~q) | (((word - BLANKS) | 0) & ~word)) & HIGH_BITS;
            if (marks === 0) {
              seen |= word;
              at += 4;
              continue;
            }
            const bits = 24 - Math.clz32(marks & -marks);
            seen |= word & ((1 << bits) - 1);
            at += bits >> 3;
            c = (word >>> bits) & 0xff;
            if (c === delimiter || c === LF || c === CR) break;
            if (c === QUOTE) kind = STRING;
            at++;
          }
          if (at >= limit) break records;
          cellEnd = at;
          if (cellEnd > cellStart && kind === NULL) kind = plain;
        }
        if (cells < width) {
          const firstCell = firstCells[cells]!;
          if (firstCell >= 0) {
            kinds[firstCell + count] = (seen & HIGH_BITS) === 0 ? kind : kind | NON_ASCII;
            starts[firstCell + count] = cellStart;
            ends[firstCell + count] = cellEnd;
          }
        }
        cells++;
        at++;
      } while (c === delimiter);

      const recordEnd = at - 1;
      if (c === CR) {
        if (at >= limit) break;
        if (bytes[at] === LF) at++;
      }
      if (recordEnd > record) {
        if (recordEnd - record > maxRecordBytes) stop = "too-long";
        else if (cells !== width) stop = "wrong-count";
        else if (!valid && !isUtf8(bytes.subarray(record, recordEnd))) stop = "not-utf8";
        else stop = "batch-full";
        if (stop !== "batch-full") {
          this.stopped = { cells, end: recordEnd, next: at, lines: 1 + innerLines };
          break;
        }
        offsets[count++] = offset + record;
      }
      line += 1 + innerLines;
      record = at;
    }
    this.count = count;
    this.line = line;
    block.start = record;
    return stop;
  }
}
