import { DOUBLE, INT, LONG } from "../../batch/batch.ts";
import type { BinaryColumn, RejectCode } from "../../batch/batch.ts";
import type { FieldType } from "../../batch/field-type.ts";
import { FormatError } from "../format.ts";
import { lookUpRefused, spreadRefused } from "./cells.ts";
import type { Cells, RefusedCell } from "./cells.ts";
import type { PagePart } from "./page-part.ts";

/** Reads the next `count` values of a page into number cells. */
export type ReadNumbers = (values: PagePart, count: number, cells: NumberCells) => void;

/** The most bytes that a number takes as text. */
const NUMBER_BYTES = 40;

/**
 * Machine numbers. All are kept as 32-bit words, one or two per cell, whatever they stand for: so there is one way to
 * move them, and 64-bit integers never become anything else.
 */
export class NumberCells implements Cells {
  /** Words per cell. */
  readonly width: 1 | 2;
  readonly words: Int32Array;
  /** The words as bytes and, in cells of two words, as doubles and as long integers. */
  readonly bytes: Uint8Array;
  readonly doubles: Float64Array;
  readonly longs: BigInt64Array;
  readonly valid: Uint8Array;
  readonly largest = NUMBER_BYTES;
  refused: RefusedCell[] = [];
  readonly #capacity: number;
  readonly #type: FieldType;
  readonly #form: BinaryColumn["form"];
  readonly #read: ReadNumbers;

  constructor(form: BinaryColumn["form"], type: FieldType, read: ReadNumbers, capacity: number) {
    this.#form = form;
    this.#type = type;
    this.#read = read;
    this.#capacity = capacity;
    this.width = form === INT ? 1 : 2;
    const memory = new ArrayBuffer(capacity * 8);
    this.words = new Int32Array(memory, 0, capacity * this.width);
    this.bytes = new Uint8Array(memory);
    this.doubles = new Float64Array(memory);
    this.longs = new BigInt64Array(memory);
    this.valid = new Uint8Array(capacity);
  }

  read(values: PagePart, count: number): void {
    this.refused = [];
    this.valid.fill(1, 0, count);
    this.#read(values, count, this);
  }

  readEntries(values: PagePart, count: number): void {
    this.read(values, count);
  }

  lookUp(dictionary: NumberCells, indexes: Int32Array, count: number): void {
    const { words } = this;
    const entryWords = dictionary.words;
    const entries = dictionary.#capacity;
    this.valid.fill(1, 0, count);
    if (this.width === 1) {
      for (let cell = 0; cell < count; cell++) {
        const entry = indexes[cell]!;
        if (entry >>> 0 >= entries) throw new FormatError(`the dictionary has no entry ${entry}`);
        words[cell] = entryWords[entry]!;
      }
    } else {
      for (let cell = 0; cell < count; cell++) {
        const entry = indexes[cell]!;
        if (entry >>> 0 >= entries) throw new FormatError(`the dictionary has no entry ${entry}`);
        words[cell * 2] = entryWords[entry * 2]!;
        words[cell * 2 + 1] = entryWords[entry * 2 + 1]!;
      }
    }
    this.refused = dictionary.refused.length === 0 ? [] : lookUpRefused(dictionary, indexes, count);
  }

  spread(levels: Int32Array, level: number, count: number, present: number): void {
    const { words, valid, width } = this;
    if (this.refused.length > 0) this.refused = spreadRefused(this.refused, levels, level);
    let value = present;
    for (let cell = count - 1; cell >= 0; cell--) {
      if (levels[cell] !== level) {
        valid[cell] = 0;
        continue;
      }
      value--;
      valid[cell] = 1;
      if (width === 1) words[cell] = words[value]!;
      else {
        words[cell * 2] = words[value * 2]!;
        words[cell * 2 + 1] = words[value * 2 + 1]!;
      }
    }
  }

  column(): BinaryColumn {
    const { valid, words } = this;
    const type = this.#type;
    if (this.#form === INT) return { form: INT, type, valid, values: words };
    if (this.#form === LONG) return { form: LONG, type, valid, values: this.longs, words };
    return { form: DOUBLE, type, valid, values: this.doubles };
  }

  refuse(cell: number, code: RejectCode, message: string): void {
    this.refused.push({ cell, code, message });
  }
}
