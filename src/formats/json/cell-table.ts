import { BATCH_RECORDS, TEXT } from "../../batch/batch.ts";
import type { TextColumn } from "../../batch/batch.ts";
import { ABSENT } from "../../batch/cell-kind.ts";

/** How many cells a batch may have: with very many fields a batch holds fewer records. */
const MAX_CELLS = 1 << 20;
/** Between columns, so that the cells of one record do not all fall into the same set of the processor's cache. */
const GAP = 16;

/**
 * The cells of a batch, column after column in three arrays: cell (field, record) is at `field * stride + record`.
 * A cell is ABSENT until its kind is set.
 */
export class CellTable {
  kinds = new Uint8Array(0);
  starts = new Int32Array(0);
  ends = new Int32Array(0);
  /** The distance from a column to the next. */
  stride = BATCH_RECORDS + GAP;
  /** How many records there is room for. */
  records = BATCH_RECORDS;
  #fields = 0;
  #columns: TextColumn[] = [];

  constructor(fields: number) {
    this.#allocate(Math.max(fields, 1));
  }

  /** Makes room for `fields` columns, keeping the first `used` records; false when so many records leave no room. */
  grow(fields: number, used: number): boolean {
    if (fields <= this.#fields) return true;
    const wanted = Math.max(fields, this.#fields * 2, 32);
    if (used > recordsFor(wanted)) return false;
    const { kinds, starts, ends, stride } = this;
    const columns = this.#fields;
    this.#allocate(wanted);
    for (let field = 0; field < columns; field++) {
      const from = field * stride;
      const to = field * this.stride;
      this.kinds.set(kinds.subarray(from, from + used), to);
      this.starts.set(starts.subarray(from, from + used), to);
      this.ends.set(ends.subarray(from, from + used), to);
    }
    return true;
  }

  /** Makes every cell ABSENT. */
  clear(): void {
    this.kinds.fill(ABSENT);
  }

  clearRecord(record: number): void {
    for (let cell = record; cell < this.kinds.length; cell += this.stride) this.kinds[cell] = ABSENT;
  }

  /** The first `count` columns, as spans of `bytes`. They share this table's memory. */
  columns(count: number, bytes: Buffer, view: DataView): readonly TextColumn[] {
    const known = this.#columns;
    if (known.length !== count || known[0]?.bytes !== bytes || known[0].kinds.buffer !== this.kinds.buffer) {
      this.#columns = Array.from({ length: count }, (_, field) => this.#column(field, bytes, view));
    }
    return this.#columns;
  }

  #column(field: number, bytes: Buffer, view: DataView): TextColumn {
    const from = field * this.stride;
    const to = from + this.records;
    return {
      form: TEXT,
      kinds: this.kinds.subarray(from, to),
      starts: this.starts.subarray(from, to),
      ends: this.ends.subarray(from, to),
      bytes,
      view,
    };
  }

  #allocate(fields: number): void {
    this.#fields = fields;
    this.records = recordsFor(fields);
    this.stride = this.records + GAP;
    this.kinds = new Uint8Array(fields * this.stride);
    this.starts = new Int32Array(fields * this.stride);
    this.ends = new Int32Array(fields * this.stride);
  }
}

function recordsFor(fields: number): number {
  return Math.max(1, Math.min(BATCH_RECORDS, Math.floor(MAX_CELLS / fields)));
}
