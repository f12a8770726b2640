import { BOOLEAN, JSON_SAFE, NESTED, NON_ASCII, NULL, NUMBER, STRING } from "../../batch/cell-kind.ts";
import { BLANK, CLOSE_BRACE, COLON, COMMA, QUOTE } from "./ascii.ts";
import { CellTable } from "./cell-table.ts";
import { KeyTable, NO_KEY, UNLEARNED } from "./key-table.ts";
import { fail, scanned, skipBlanks, skipString, skipValue } from "./scan-value.ts";

/** The most fields of one object, when all are read: each costs memory in every batch. */
export const MAX_FIELDS = 1 << 14;

/** Checks records and notes where the values of their fields lie, in one pass over the bytes. Makes no values. */
export class RecordScanner {
  readonly cells: CellTable;
  /** The columns' names: the wanted fields, or else all that accepted records have, as first seen. */
  readonly fields: string[];
  readonly #onlyWanted: boolean;
  readonly #fieldOf: Map<string, number>;
  readonly #keys = new KeyTable();
  /** How many fields there were before the record at hand. */
  #fieldsBefore: number;
  /** Where the value of the key that was read last may begin. */
  #afterKey = 0;

  constructor(wanted: readonly string[] | undefined) {
    this.fields = [...(wanted ?? [])];
    this.#onlyWanted = wanted !== undefined;
    this.#fieldOf = new Map(this.fields.map((name, field) => [name, field]));
    this.#fieldsBefore = this.fields.length;
    this.cells = new CellTable(this.fields.length);
  }

  /**
   * Scans the object whose brace is at `start` into the cells of `record`; returns the offset after it. Throws `fault`
   * when the bytes are not JSON; then `undo` must be called.
   */
  scan(bytes: Buffer, view: DataView, start: number, record: number): number {
    const { cells } = this;
    const keys = this.#keys;
    let { kinds, starts, ends, stride } = cells;
    this.#fieldsBefore = this.fields.length;
    let at = start + 1;
    if (bytes[at]! <= BLANK) at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    let key = NO_KEY;
    for (;;) {
      const guess = keys.next[key]!;
      const after = keys.skip(view, at, guess);
      if (after >= 0) {
        key = guess;
        at = after;
      } else {
        const previous = key;
        key = this.#readKey(bytes, view, at, record);
        keys.next[previous] = key;
        at = this.#afterKey;
        ({ kinds, starts, ends, stride } = cells);
      }
      let c = bytes[at]!;
      if (c <= BLANK) {
        at = skipBlanks(bytes, at);
        c = bytes[at]!;
      }
      const field = keys.fields[key]!;
      if (c === QUOTE) {
        const end = skipString(bytes, view, at + 1);
        if (field >= 0) {
          const cell = field * stride + record;
          kinds[cell] = STRING | JSON_SAFE | scanned.flags;
          starts[cell] = at + 1;
          ends[cell] = end;
        }
        at = end + 1;
      } else {
        const end = skipValue(bytes, view, at, 1);
        if (field >= 0) {
          const cell = field * stride + record;
          kinds[cell] = KIND_BY_FIRST_BYTE[c]!;
          starts[cell] = at;
          ends[cell] = end;
        }
        at = end;
      }
      c = bytes[at]!;
      if (c <= BLANK) {
        at = skipBlanks(bytes, at);
        c = bytes[at]!;
      }
      at++;
      if (c === CLOSE_BRACE) return at;
      if (c !== COMMA) fail(at - 1, "`,` or `}`");
      if (bytes[at]! <= BLANK) at = skipBlanks(bytes, at);
    }
  }

  /** Takes the scanned record back: its cells are ABSENT again, and fields that only it has are forgotten. */
  undo(record: number): void {
    this.cells.clearRecord(record);
    if (this.fields.length === this.#fieldsBefore) return;
    for (const name of this.fields.splice(this.#fieldsBefore)) this.#fieldOf.delete(name);
    this.#keys.clear();
  }

  /** Reads a key that was not the expected one, and its colon. */
  #readKey(bytes: Buffer, view: DataView, at: number, record: number): number {
    if (bytes[at] !== QUOTE) fail(at, "a key in quotes");
    const start = at + 1;
    const end = skipString(bytes, view, start);
    const colon = skipBlanks(bytes, end + 1);
    if (bytes[colon] !== COLON) fail(colon, "`:`");
    this.#afterKey = colon + 1;
    const key = this.#keys.find(bytes, start, end);
    return key === UNLEARNED ? this.#learnKey(bytes, start, end, record) : key;
  }

  #learnKey(bytes: Buffer, start: number, end: number, record: number): number {
    const name = JSON.parse(bytes.utf8Slice(start - 1, end + 1)) as string;
    const field = this.#fieldOf.get(name) ?? (this.#onlyWanted ? -1 : this.#addField(name, start, record));
    const key = this.#keys.learn(bytes, start, end, field);
    if (key === UNLEARNED) this.#keys.fields[UNLEARNED] = field;
    return key;
  }

  #addField(name: string, at: number, record: number): number {
    const field = this.fields.length;
    if (field === MAX_FIELDS) fail(at, `There are more than ${MAX_FIELDS} different fields.`, "RecordTooLarge");
    if (!this.cells.grow(field + 1, record + 1)) fail(at, "", "NoRoom");
    this.fields.push(name);
    this.#fieldOf.set(name, field);
    return field;
  }
}

const KIND_BY_FIRST_BYTE = new Uint8Array(256);
for (const digit of "-0123456789") KIND_BY_FIRST_BYTE[digit.charCodeAt(0)] = NUMBER;
for (const brace of "{[") KIND_BY_FIRST_BYTE[brace.charCodeAt(0)] = NESTED | NON_ASCII;
for (const letter of "tf") KIND_BY_FIRST_BYTE[letter.charCodeAt(0)] = BOOLEAN;
KIND_BY_FIRST_BYTE["n".charCodeAt(0)] = NULL;
