import { isUtf8 } from "node:buffer";
import { BATCH_RECORDS, RAW_LIMIT } from "../../batch/batch.ts";
import type { Batch, RejectCode, RejectedRecord } from "../../batch/batch.ts";
import { BLANK, CLOSE_BRACKET, COMMA, NEWLINE, OPEN_BRACE, RETURN, TAB } from "./ascii.ts";
import type { BlockReader } from "./block-reader.ts";
import { PLACES, isUnclosed } from "./place.ts";
import type { Place, PlaceRules } from "./place.ts";
import { RecordScanner } from "./record-scanner.ts";
import { fail, fault, scanned, skipBlanks } from "./scan-value.ts";

/** Where a JSON decoder stands between two records. */
export interface JsonPosition {
  /** In the source's bytes. */
  readonly offset: number;
  /** The line that is there, counted from 1; absent where nobody has counted them. */
  readonly line?: number;
  readonly place: Place;
}

/**
 * Why a scan ends: the batch is full; or the block ends and `refill` must be called; or the rest of a rejected record
 * goes beyond the block and `skipLine` must be called.
 */
export type ScanStop = "full" | "more" | "skip";

const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/** Cuts a block into records and gathers them, and what had to be rejected, into batches. */
export class BatchScanner {
  readonly #block: BlockReader;
  readonly #records: RecordScanner;
  readonly #maxRecordBytes: number;
  readonly #offsets = new Float64Array(BATCH_RECORDS);
  #count = 0;
  #rejected: RejectedRecord[] = [];
  #fields: readonly string[] = [];
  #types: readonly undefined[] = [];
  /** Where in the block we stand. */
  #at = 0;
  /** NaN where it is not known. */
  #line: number;
  #place: Place;
  #rules: PlaceRules;

  constructor(
    block: BlockReader,
    fields: readonly string[] | undefined,
    maxRecordBytes: number,
    { line = NaN, place }: JsonPosition,
  ) {
    this.#block = block;
    this.#records = new RecordScanner(fields);
    this.#maxRecordBytes = maxRecordBytes;
    this.#line = line;
    this.#place = place;
    this.#rules = PLACES[place];
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.#rejected.length === 0;
  }

  /** Reads the next block. The batch must be empty: its cells point into the block at hand. */
  async refill(): Promise<void> {
    await this.#block.fill(this.#at);
    this.#at = 0;
  }

  /** Drops the rest of the rejected line that began in this block. */
  async skipLine(): Promise<void> {
    this.#at = await this.#block.skipLine();
  }

  /** Forgets the batch that was taken and begins another. */
  begin(): void {
    this.#count = 0;
    this.#rejected = [];
    this.#records.cells.clear();
  }

  /** Adds records to the batch until there is a reason to stop. */
  scan(): ScanStop {
    scanned.line = this.#line;
    const stop = this.#scanRecords();
    this.#line = scanned.line;
    return stop;
  }

  /** The batch as it stands. It is valid until `begin`, `refill` or `skipLine` is called. */
  take(): Batch {
    const { bytes, view } = this.#block;
    const { cells, fields } = this.#records;
    if (this.#fields.length !== fields.length) {
      this.#fields = [...fields];
      this.#types = fields.map(() => undefined);
    }
    return {
      count: this.#count,
      fields: this.#fields,
      columns: cells.columns(fields.length, bytes, view),
      types: this.#types,
      offsets: this.#offsets,
      rejected: this.#rejected,
      next: this.#next(),
    };
  }

  #next(): Batch["next"] {
    const { offset, end, final } = this.#block;
    if (final && this.#at === end && !isUnclosed(this.#place)) return null;
    return { offset: offset + this.#at, ...knownLine(this.#line), place: this.#place };
  }

  #moveTo(place: Place): void {
    if (place === this.#place) return;
    this.#place = place;
    this.#rules = PLACES[place];
  }

  #scanRecords(): ScanStop {
    const block = this.#block;
    for (;;) {
      this.#at = skipBlanks(block.bytes, this.#at);
      if (this.#at === block.end) return block.final ? this.#finish() : "more";
      if (this.#count + this.#rejected.length >= this.#records.cells.records) return "full";
      const startsRecord = block.bytes[this.#at] === OPEN_BRACE && this.#place !== "closed";
      const stop = startsRecord ? this.#scanRecord() : this.#scanSeparator();
      if (stop !== undefined) return stop;
    }
  }

  #finish(): ScanStop {
    if (isUnclosed(this.#place)) {
      this.#addRejected(
        "MalformedRecord",
        "The array of records is not closed with `]`.",
        this.#at,
        this.#at,
        scanned.line,
      );
      this.#moveTo("closed");
    }
    return "full";
  }

  #scanSeparator(): ScanStop | undefined {
    const c = this.#block.bytes[this.#at]!;
    const next = this.#rules.separators.get(c);
    if (next !== undefined) {
      this.#moveTo(next);
      this.#at++;
      return undefined;
    }
    if (this.#isByteOrderMark()) {
      this.#at += BYTE_ORDER_MARK.length;
      return undefined;
    }
    return this.#rejectLine("MalformedRecord", this.#mismatch(this.#rules.expected, this.#at));
  }

  #isByteOrderMark(): boolean {
    if (this.#block.offset + this.#at !== 0) return false;
    return BYTE_ORDER_MARK.equals(this.#block.bytes.subarray(0, BYTE_ORDER_MARK.length));
  }

  #scanRecord(): ScanStop | undefined {
    const { bytes, view } = this.#block;
    const start = this.#at;
    const { line } = scanned;
    let end: number;
    try {
      end = this.#records.scan(bytes, view, start, this.#count);
      if (bytes[end] !== NEWLINE) this.#checkFollower(start, end);
      if (end - start > this.#maxRecordBytes) fail(end, "the record's end");
    } catch (error) {
      if (error !== fault) throw error;
      this.#records.undo(this.#count);
      scanned.line = line;
      return this.#judgeFault(start);
    }
    this.#addRecord(start, end, line);
    return undefined;
  }

  /**
   * What follows a record on its line may be another record or a separator. Otherwise the record is a piece of something
   * that is broken, and would be wrong to take.
   */
  #checkFollower(start: number, end: number): void {
    const { bytes } = this.#block;
    const limit = start + this.#maxRecordBytes;
    let at = end;
    while (isBlankOnLine(bytes[at]!) && at < limit) at++;
    const c = bytes[at]!;
    if (at >= limit || c === NEWLINE || c === OPEN_BRACE) return;
    if (at === this.#block.end && this.#block.final) return;
    const inLines = this.#rules.afterRecord === "lines";
    if (inLines) fail(at, "a line end or another object");
    if (c !== COMMA && c !== CLOSE_BRACKET) fail(at, "`,` or `]`");
  }

  /** Decides about a record in which `fault` was found: it is rejected, unless a longer block or another batch may help. */
  #judgeFault(start: number): ScanStop | undefined {
    const { at, code, reason } = fault;
    const { end, final } = this.#block;
    const limit = this.#maxRecordBytes;
    if (at - start > limit) return this.#rejectLine("RecordTooLarge", `The record is longer than ${limit} bytes.`);
    if (at === end && !final) return "more";
    if (code === "NoRoom") return "full";
    return this.#rejectLine(code, code === "MalformedRecord" ? this.#mismatch(reason, at) : reason);
  }

  /** A record in JSON's grammar; now for what the grammar does not say. */
  #addRecord(start: number, end: number, line: number): void {
    const { bytes, utf8, offset } = this.#block;
    const { expected, afterRecord } = this.#rules;
    if (!utf8 && !isUtf8(bytes.subarray(start, end))) {
      this.#records.undo(this.#count);
      this.#addRejected("InvalidEncoding", "The record holds bytes that are not UTF-8.", start, end, line);
    } else if (this.#place === "record") {
      this.#records.undo(this.#count);
      this.#addRejected("MalformedRecord", this.#mismatch(expected, start), start, end, line);
    } else this.#offsets[this.#count++] = offset + start;
    this.#at = end;
    this.#moveTo(afterRecord);
  }

  /**
   * Rejects what starts where we stand, up to the next line end: whatever is wrong with it, what stands on other lines
   * is not. Stops instead while the block holds too little of it to report, or cells that skipping would overwrite.
   */
  #rejectLine(code: RejectCode, message: string): ScanStop | undefined {
    const block = this.#block;
    const start = this.#at;
    const newline = block.indexOfNewline(start);
    const goesOn = newline < 0 && !block.final;
    if (goesOn && block.end - start <= RAW_LIMIT) return "more";
    if (goesOn && this.#count > 0) return "full";
    this.#at = newline < 0 ? block.end : newline;
    this.#addRejected(code, message, start, this.#at, scanned.line);
    this.#moveTo(this.#rules.afterRejected);
    return goesOn ? "skip" : undefined;
  }

  #addRejected(code: RejectCode, message: string, start: number, end: number, line: number): void {
    const { bytes, offset } = this.#block;
    const last = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    const rawTruncated = last - start > RAW_LIMIT;
    const raw = bytes.utf8Slice(start, rawTruncated ? characterStart(bytes, start + RAW_LIMIT) : last);
    const rejected = { code, message, offset: offset + start, ...knownLine(line), raw };
    this.#rejected.push(rawTruncated ? { ...rejected, rawTruncated } : rejected);
  }

  #mismatch(expected: string, at: number): string {
    const { bytes, end } = this.#block;
    const where = at === this.#at ? "" : ` after ${at - this.#at} bytes`;
    return `Expected ${expected}, found ${at === end ? "the end of the input" : describeByte(bytes[at]!)}${where}.`;
  }
}

function knownLine(line: number): { readonly line?: number } {
  return Number.isNaN(line) ? {} : { line };
}

function isBlankOnLine(c: number): boolean {
  return c === BLANK || c === RETURN || c === TAB;
}

/** The start of the character that the byte at `at` belongs to. */
function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (at - start < 3 && (bytes[start]! & 0xc0) === 0x80) start--;
  return start;
}

function describeByte(c: number): string {
  if (c === NEWLINE) return "a line end";
  return c > BLANK && c < 0x7f ? `\`${String.fromCharCode(c)}\`` : `the byte 0x${c.toString(16).padStart(2, "0")}`;
}
