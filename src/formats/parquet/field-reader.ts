import { BATCH_RECORDS, PADDING, TEXT } from "../../batch/batch.ts";
import type { Column, TextColumn } from "../../batch/batch.ts";
import type { FieldType } from "../../batch/field-type.ts";
import type { RefusedCell } from "./cells.ts";
import { LeafReader } from "./leaf-reader.ts";
import type { Leaf } from "./schema-tree.ts";

/** Reads one field of the record. Row group by row group: open the leaves, then `load` and `read` in turn. */
export interface FieldReader {
  readonly type: FieldType | undefined;
  /** The leaves whose chunks it needs; whoever reads opens them. */
  readonly leaves: readonly LeafReader[];
  /** Starts on a row group whose chunks have been opened, `skip` records after its first. */
  start(skip: number): Promise<void>;
  /** How many records can be read without waiting. */
  readonly available: number;
  /** Makes `count` records available, or fewer, but at least one. What was read before is not to be used any more. */
  load(count: number): Promise<void>;
  /** The next `count` records, at most `available` and `BATCH_RECORDS`. Valid until the next read. */
  read(count: number): Column;
  /** The cells among those read last that cannot be had. */
  readonly refused: readonly RefusedCell[];
  /** None of the cells read last has more bytes. */
  readonly largest: number;
}

/** A field that is one value or null: a column of its leaf's cells. */
export class FlatField implements FieldReader {
  readonly type: FieldType;
  readonly leaves: readonly [LeafReader];
  readonly #reader: LeafReader;

  constructor(leaf: Leaf) {
    this.type = leaf.type.fieldType;
    this.#reader = new LeafReader(leaf);
    this.leaves = [this.#reader];
  }

  get available(): number {
    return this.#reader.entries;
  }

  get refused(): readonly RefusedCell[] {
    return this.#reader.cells.refused;
  }

  get largest(): number {
    return this.#reader.cells.largest;
  }

  async start(skip: number): Promise<void> {
    await this.#reader.skip(skip);
  }

  load(count: number): Promise<void> {
    return this.#reader.advance(count);
  }

  read(count: number): Column {
    const { cells, definitions, leaf } = this.#reader;
    // An object without records has opened no page.
    if (count > 0) this.#reader.read(count);
    const { present } = this.#reader;
    if (present < count) cells.spread(definitions, leaf.maxDefinition, count, present);
    return cells.column();
  }
}

/** A field that the object does not have. */
export class AbsentField implements FieldReader {
  readonly type = undefined;
  readonly leaves = [];
  readonly available = Number.POSITIVE_INFINITY;
  readonly refused = [];
  readonly largest = 0;
  readonly #column: TextColumn;

  constructor() {
    const bytes = Buffer.alloc(PADDING);
    this.#column = {
      form: TEXT,
      kinds: new Uint8Array(BATCH_RECORDS),
      starts: new Int32Array(BATCH_RECORDS),
      ends: new Int32Array(BATCH_RECORDS),
      bytes,
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    };
  }

  async start(): Promise<void> {}

  async load(): Promise<void> {}

  read(): Column {
    return this.#column;
  }
}
