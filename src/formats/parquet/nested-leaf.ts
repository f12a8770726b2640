import { BATCH_RECORDS, TEXT } from "../../batch/batch.ts";
import type { Column } from "../../batch/batch.ts";
import { ByteWriter } from "../../batch/byte-writer.ts";
import { FormatError } from "../format.ts";
import { writeBinaryValue, writeTextValue } from "../json/write-value.ts";
import type { RefusedCell } from "./cells.ts";
import { LeafReader } from "./leaf-reader.ts";
import type { Leaf } from "./schema-tree.ts";

/** No more records are collected than a batch has, nor more than have this many entries or bytes. */
const ENOUGH_ENTRIES = 64 * 1024;
const ENOUGH_BYTES = 1024 * 1024;

/** What an entry without a value becomes at least: `[],`. */
const EMPTY_BYTES = 3;

type Problem = Omit<RefusedCell, "cell">;

/**
 * Collects the entries of one leaf of a nested field into whole records: a record may have any number of entries, and
 * begin on one page and end on another. Values are kept as the JSON that they become.
 */
export class NestedLeaf {
  readonly reader: LeafReader;
  /** What is wrong with the record at which we stand. */
  problem: Problem | undefined;

  readonly #maxRecordBytes: number;
  /** Of each entry its levels, and where in `#text` its JSON begins and ends. */
  #definitions = new Uint8Array(BATCH_RECORDS);
  #repetitions = new Uint8Array(BATCH_RECORDS);
  #starts = new Int32Array(BATCH_RECORDS);
  #ends = new Int32Array(BATCH_RECORDS);
  #entries = 0;
  readonly #text = new ByteWriter();
  /** The first entry of each record, and what is wrong with some of them. The last one may have more entries to come. */
  #records: number[] = [];
  #problems = new Map<number, Problem>();
  #isLastWhole = false;
  /** How long the JSON of the last record is so far, at least. */
  #recordBytes = 0;
  /** How many of the records have been taken, and the entries of the last of these that have not been. */
  #taken = 0;
  #at = 0;
  #end = 0;

  constructor(leaf: Leaf, maxRecordBytes: number) {
    this.reader = new LeafReader(leaf);
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** How many whole records are collected and not taken. */
  get available(): number {
    return Math.max(0, this.#records.length - this.#taken - (this.#isLastWhole ? 0 : 1));
  }

  /** Forgets what is collected: the reader is at the front of another chunk. */
  start(): void {
    this.#entries = 0;
    this.#text.length = 0;
    this.#records = [];
    this.#problems = new Map();
    this.#isLastWhole = false;
    this.#taken = 0;
  }

  /** Collects at least one more whole record. Throws when the chunk has no more. */
  async load(): Promise<void> {
    const { reader } = this;
    this.#dropTaken();
    while (!this.#hasEnough()) {
      if (reader.entries === 0 && reader.isLast) {
        this.#isLastWhole = this.#records.length > 0;
        if (!this.#isLastWhole) throw this.#failure("it has fewer records than its row group");
        return;
      }
      await reader.advance(BATCH_RECORDS);
      const count = Math.min(reader.entries, BATCH_RECORDS);
      reader.read(count);
      this.#collect(count);
    }
  }

  /** Goes to the next whole record. */
  take(): void {
    this.problem = this.#problems.get(this.#taken);
    this.#at = this.#records[this.#taken++]!;
    this.#end = this.#records[this.#taken] ?? this.#entries;
  }

  /** The definition level of the entry at which we stand. */
  get definition(): number {
    if (this.#at === this.#end) throw this.#mismatch();
    return this.#definitions[this.#at]!;
  }

  /** Throws unless all entries of the record have been passed. */
  checkDone(): void {
    if (this.#at !== this.#end) throw this.#mismatch();
  }

  /** True when the record goes on with an entry of this repetition level. */
  continuesAt(repetition: number): boolean {
    return this.#at < this.#end && this.#repetitions[this.#at] === repetition;
  }

  /** Writes the value of the entry at which we stand. */
  write(out: ByteWriter): void {
    out.append(this.#text.bytes.subarray(this.#starts[this.#at], this.#ends[this.#at]));
  }

  /** Goes to the record's next entry. */
  pass(): void {
    this.#at++;
  }

  #mismatch(): unknown {
    return this.#failure("its levels do not agree with those of its neighbours");
  }

  #failure(message: string): unknown {
    return this.reader.located(new FormatError(message));
  }

  #hasEnough(): boolean {
    if (this.available === 0) return false;
    const isMuch = this.#entries >= ENOUGH_ENTRIES || this.#text.length >= ENOUGH_BYTES;
    return isMuch || this.available >= BATCH_RECORDS;
  }

  /** Moves what has not been taken to the front. */
  #dropTaken(): void {
    const entry = this.#records[this.#taken] ?? this.#entries;
    const byte = entry < this.#entries ? this.#starts[entry]! : this.#text.length;
    this.#definitions.copyWithin(0, entry, this.#entries);
    this.#repetitions.copyWithin(0, entry, this.#entries);
    for (let e = entry; e < this.#entries; e++) {
      this.#starts[e - entry] = this.#starts[e]! - byte;
      this.#ends[e - entry] = this.#ends[e]! - byte;
    }
    this.#text.bytes.copyWithin(0, byte, this.#text.length);
    this.#text.length -= byte;
    this.#entries -= entry;
    const problems = [...this.#problems].map(([record, problem]) => [record - this.#taken, problem] as const);
    this.#problems = new Map(problems.filter(([record]) => record >= 0));
    this.#records = this.#records.slice(this.#taken).map((first) => first - entry);
    this.#taken = 0;
  }

  /** Adds the `count` entries that the reader read last. */
  #collect(count: number): void {
    const { leaf, definitions, repetitions, cells } = this.reader;
    const column = cells.column();
    let value = 0;
    let refused = 0;
    this.#reserve(count);
    for (let e = 0; e < count; e++) {
      const repetition = leaf.maxRepetition > 0 ? repetitions[e]! : 0;
      const definition = leaf.maxDefinition > 0 ? definitions[e]! : 0;
      if (repetition === 0) this.#beginRecord();
      else if (this.#records.length === 0) throw this.#failure("it begins inside a record");
      if (repetition > leaf.maxRepetition || definition > leaf.maxDefinition) throw this.#mismatch();
      const hasValue = definition === leaf.maxDefinition;
      if (hasValue && cells.refused[refused]?.cell === value) this.#refuse(cells.refused[refused++]!);
      this.#add(repetition, definition, column, hasValue ? value++ : -1);
    }
  }

  #beginRecord(): void {
    this.#records.push(this.#entries);
    this.#recordBytes = 0;
  }

  /** Adds an entry, and the value that it has unless that is -1. A record that cannot be had collects no more of them. */
  #add(repetition: number, definition: number, column: Column, value: number): void {
    const record = this.#records.length - 1;
    if (this.#problems.has(record)) return;
    const entry = this.#entries++;
    this.#repetitions[entry] = repetition;
    this.#definitions[entry] = definition;
    const start = this.#text.length;
    this.#starts[entry] = start;
    if (value >= 0) {
      if (column.form === TEXT) writeTextValue(column, value, this.#text);
      else writeBinaryValue(column, value, this.#text);
    }
    this.#ends[entry] = this.#text.length;
    // A comma or a bracket follows each value.
    this.#recordBytes += value < 0 ? EMPTY_BYTES : this.#text.length - start + 1;
    if (this.#recordBytes > this.#maxRecordBytes) this.#refuse(tooLarge(this.#maxRecordBytes));
  }

  /** Refuses the last record and forgets its entries. */
  #refuse({ code, message }: Problem): void {
    const record = this.#records.length - 1;
    const first = this.#records[record]!;
    if (first < this.#entries) this.#text.length = this.#starts[first]!;
    this.#entries = first;
    if (!this.#problems.has(record)) this.#problems.set(record, { code, message });
  }

  #reserve(count: number): void {
    const needed = this.#entries + count;
    if (needed <= this.#definitions.length) return;
    const capacity = Math.max(needed, this.#definitions.length * 2);
    this.#definitions = grown(this.#definitions, new Uint8Array(capacity));
    this.#repetitions = grown(this.#repetitions, new Uint8Array(capacity));
    this.#starts = grown(this.#starts, new Int32Array(capacity));
    this.#ends = grown(this.#ends, new Int32Array(capacity));
  }
}

export function tooLarge(limit: number): Problem {
  return { code: "RecordTooLarge", message: `The record has more than ${limit} bytes.` };
}

function grown<A extends Uint8Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
