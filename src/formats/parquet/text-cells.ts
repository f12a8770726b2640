import { PADDING, TEXT } from "../../batch/batch.ts";
import type { RejectCode, TextColumn } from "../../batch/batch.ts";
import { ByteWriter } from "../../batch/byte-writer.ts";
import { KIND, NULL, STRING } from "../../batch/cell-kind.ts";
import { FormatError } from "../format.ts";
import { lookUpRefused, spreadRefused } from "./cells.ts";
import type { Cells, RefusedCell } from "./cells.ts";
import type { PagePart } from "./page-part.ts";
import { spanFlags } from "./span-flags.ts";

/** Reads the next `count` values of a page into text cells. */
export type ReadTexts = (values: PagePart, count: number, cells: TextCells) => void;

const NO_BYTES = Buffer.alloc(PADDING);
const NO_VIEW = new DataView(NO_BYTES.buffer, NO_BYTES.byteOffset, NO_BYTES.length);

/** Text cells: spans in the page, in the dictionary, or in bytes that we write ourselves. */
export class TextCells implements Cells {
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  bytes: Buffer = NO_BYTES;
  view: DataView = NO_VIEW;
  refused: RefusedCell[] = [];
  largest = 0;
  /** For values that have no text in the page. */
  readonly out = new ByteWriter(0);
  readonly #read: ReadTexts;

  constructor(read: ReadTexts, capacity: number) {
    this.#read = read;
    this.kinds = new Uint8Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
  }

  read(values: PagePart, count: number): void {
    this.refused = [];
    this.bytes = values.bytes;
    this.view = values.view;
    const from = values.at;
    this.#read(values, count, this);
    this.largest = Math.max(values.at - from, this.out.length);
  }

  readEntries(values: PagePart, count: number): void {
    this.read(values, count);
    this.largest = 0;
    for (let entry = 0; entry < count; entry++) {
      const start = this.starts[entry]!;
      const end = this.ends[entry]!;
      this.largest = Math.max(this.largest, end - start);
      if ((this.kinds[entry]! & KIND) === STRING) this.kinds[entry] = STRING | spanFlags(this.bytes, start, end);
    }
  }

  lookUp(dictionary: TextCells, indexes: Int32Array, count: number): void {
    const { kinds, starts, ends } = this;
    const { kinds: entryKinds, starts: entryStarts, ends: entryEnds } = dictionary;
    const entries = entryKinds.length;
    for (let cell = 0; cell < count; cell++) {
      const entry = indexes[cell]!;
      if (entry >>> 0 >= entries) throw new FormatError(`the dictionary has no entry ${entry}`);
      kinds[cell] = entryKinds[entry]!;
      starts[cell] = entryStarts[entry]!;
      ends[cell] = entryEnds[entry]!;
    }
    this.bytes = dictionary.bytes;
    this.view = dictionary.view;
    this.largest = dictionary.largest;
    this.refused = dictionary.refused.length === 0 ? [] : lookUpRefused(dictionary, indexes, count);
  }

  spread(levels: Int32Array, level: number, count: number, present: number): void {
    const { kinds, starts, ends } = this;
    if (this.refused.length > 0) this.refused = spreadRefused(this.refused, levels, level);
    let value = present;
    for (let cell = count - 1; cell >= 0; cell--) {
      if (levels[cell] === level) {
        value--;
        kinds[cell] = kinds[value]!;
        starts[cell] = starts[value]!;
        ends[cell] = ends[value]!;
      } else {
        kinds[cell] = NULL;
        starts[cell] = 0;
        ends[cell] = 0;
      }
    }
  }

  column(): TextColumn {
    const { kinds, starts, ends, bytes, view } = this;
    return { form: TEXT, kinds, starts, ends, bytes, view };
  }

  refuse(cell: number, code: RejectCode, message: string): void {
    this.refused.push({ cell, code, message });
  }
}
