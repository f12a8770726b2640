import { isUtf8 } from "node:buffer";
import { BATCH_RECORDS, TEXT } from "../../batch/batch.ts";
import type { TextColumn } from "../../batch/batch.ts";
import { CSV_SAFE, DOUBLED, NON_ASCII, NULL, STRING } from "../../batch/cell-kind.ts";
import type { CsvBlock } from "./csv-block.ts";
import { HIGH_BITS, bitsBelow, controlBytes, equalBytes, repeat } from "./word.ts";

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;
const QUOTES = repeat(QUOTE);
const COMMAS = repeat(COMMA);

/** Columns lie one behind the other; the gap keeps the cells of one record out of the same set of the processor's cache. */
const STRIDE = BATCH_RECORDS + 16;

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
  readonly offsets = new Float64Array(BATCH_RECORDS);
  /** Of a record that stopped the scan and is whole: its cells, where it ends, where the next one starts, how many lines it takes. */
  readonly stopped = { cells: 0, end: 0, next: 0, lines: 0 };
  readonly #delimiter: number;
  readonly #maxRecordBytes: number;
  /** For each cell of a record, where its column's first cell lies; -1 when nobody wants it. */
  readonly #firstCells: Int32Array;
  readonly #kinds: Uint8Array;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(layout: CsvLayout) {
    const cells = layout.columnCount * STRIDE;
    this.#firstCells = Int32Array.from(layout.columns, (column) => (column < 0 ? -1 : column * STRIDE));
    this.#kinds = new Uint8Array(cells);
    this.#starts = new Int32Array(cells);
    this.#ends = new Int32Array(cells);
    this.#delimiter = layout.delimiter;
    this.#maxRecordBytes = layout.maxRecordBytes;
    this.line = layout.line;
  }

  /** The cells of a column. The arrays are always the same; the bytes are the block's. */
  column(number: number, block: CsvBlock): TextColumn {
    const from = number * STRIDE;
    const to = from + BATCH_RECORDS;
    return {
      form: TEXT,
      kinds: this.#kinds.subarray(from, to),
      starts: this.#starts.subarray(from, to),
      ends: this.#ends.subarray(from, to),
      bytes: block.bytes,
      view: block.view,
    };
  }

  /** Adds the records from `block.start` on, and moves it behind the last one that is added. */
  scan(block: CsvBlock): ScanStop {
    const { bytes, view, end, final, valid, offset } = block;
    const firstCells = this.#firstCells;
    const kinds = this.#kinds;
    const starts = this.#starts;
    const ends = this.#ends;
    const width = firstCells.length;
    const offsets = this.offsets;
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

    records: while (count < BATCH_RECORDS) {
      let cells = 0;
      let innerLines = 0;
      let c = 0;
      stop = "block-end";
      if (record >= end) break;
      do {
        let kind = NULL;
        let cellStart = at;
        let cellEnd = at;
        if (bytes[at] === QUOTE) {
          cellStart = ++at;
          kind = plain;
          let seen = 0;
          let unsafe = 0;
          for (;;) {
            const word = view.getInt32(at, true);
            const quotes = equalBytes(word, QUOTES);
            const controls = controlBytes(word);
            if (quotes === 0) {
              seen |= word;
              unsafe |= controls | equalBytes(word, COMMAS);
              if (controls !== 0) innerLines += lineEnds(bytes, at, at + 4);
              at += 4;
              continue;
            }
            const bits = bitsBelow(quotes);
            const below = (1 << bits) - 1;
            seen |= word & below;
            unsafe |= (controls | equalBytes(word, COMMAS)) & below;
            if ((controls & below) !== 0) innerLines += lineEnds(bytes, at, at + (bits >> 3));
            at += bits >> 3;
            if (at < end && bytes[at + 1] === QUOTE) {
              kind |= DOUBLED;
              unsafe = 1;
              at += 2;
              continue;
            }
            break;
          }
          if (at >= end) {
            if (final) stop = end - record > maxRecordBytes ? "too-long" : "open-quote";
            break records;
          }
          cellEnd = at++;
          if (at >= limit) break records;
          if ((seen & HIGH_BITS) !== 0) kind |= NON_ASCII;
          if (unsafe !== 0) kind &= ~CSV_SAFE;
          c = bytes[at]!;
          if (c !== delimiter && c !== LF && c !== CR) {
            stop = at - record > maxRecordBytes ? "too-long" : "text-after-quote";
            break records;
          }
        } else {
          let seen = 0;
          let quotes = 0;
          for (;;) {
            const word = view.getInt32(at, true);
            const marks = equalBytes(word, delimiters) | controlBytes(word);
            if (marks === 0) {
              seen |= word;
              quotes |= equalBytes(word, QUOTES);
              at += 4;
              continue;
            }
            const bits = bitsBelow(marks);
            const below = (1 << bits) - 1;
            seen |= word & below;
            quotes |= equalBytes(word, QUOTES) & below;
            at += bits >> 3;
            c = bytes[at]!;
            if (c === delimiter || c === LF || c === CR) break;
            at++;
          }
          if (at >= limit) break records;
          cellEnd = at;
          if (cellEnd > cellStart) {
            kind = quotes === 0 ? plain : STRING;
            if ((seen & HIGH_BITS) !== 0) kind |= NON_ASCII;
          }
        }
        if (cells < width) {
          const first = firstCells[cells]!;
          if (first >= 0) {
            kinds[first + count] = kind;
            starts[first + count] = cellStart;
            ends[first + count] = cellEnd;
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
          this.stopped.cells = cells;
          this.stopped.end = recordEnd;
          this.stopped.next = at;
          this.stopped.lines = 1 + innerLines;
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

function lineEnds(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const c = bytes[at]!;
    if (c === LF || (c === CR && bytes[at + 1] !== LF)) count++;
  }
  return count;
}
