import { BATCH_RECORDS, PADDING, TEXT } from "../batch/batch.ts";
import type { Column } from "../batch/batch.ts";
import { ByteWriter } from "../batch/byte-writer.ts";
import type { PartitionValues } from "../plan/run-plan.ts";
import type { Scratch } from "./engine-io.ts";
import { formOf, RecordReader, writeRecords } from "./record-codec.ts";
import type { CellForm } from "./record-codec.ts";

/** All waiting records together take at most about this much memory; beyond it they go to the scratch file. */
const MEMORY_LIMIT = 32 * 1024 * 1024;
/** One partition's records leave memory when they reach this, so that reading them back takes no more either. */
const EXTENT_LIMIT = 1024 * 1024;
/** Before the records of each call: the number of their shape, how many there are, how many bytes. */
const CHUNK_HEADER = 12;
const FIRST_ROOM = 1024;
const MAX_READERS = 16;

interface Waiting {
  readonly values: PartitionValues;
  out: ByteWriter;
  readonly extents: { readonly offset: number; readonly length: number }[];
}

/** Records with the same fields in the same forms. */
interface Shape {
  readonly fields: readonly string[];
  readonly forms: readonly CellForm[];
}

export interface ReplayedRecords {
  readonly fields: readonly string[];
  readonly columns: readonly Column[];
  readonly count: number;
}

/**
 * Records sorted by partition, waiting until one partition's file after the other is written. So a run needs the memory
 * of one open file, however many partitions there are. The order within a partition is kept.
 */
export class DeferredRecords {
  readonly #openScratch: () => Promise<Scratch>;
  readonly #partitions = new Map<string, Waiting>();
  readonly #shapes: Shape[] = [];
  /** Of a few shapes: a reader has room for a whole batch, and sources may have a shape for every batch. */
  readonly #readers = new Map<Shape, RecordReader>();
  readonly #shapeByName = new Map<string, number>();
  #scratch: Scratch | undefined;
  #inMemory = 0;

  constructor(openScratch: () => Promise<Scratch>) {
    this.#openScratch = openScratch;
  }

  /** Every partition that has records, in the order in which it got its first. */
  partitions(): readonly { readonly id: string; readonly values: PartitionValues }[] {
    return Array.from(this.#partitions, ([id, { values }]) => ({ id, values }));
  }

  /** The number to give `add` for records of these columns. Ask once per batch. */
  shapeOf(fields: readonly string[], columns: readonly Column[]): number {
    const name = JSON.stringify([
      fields,
      columns.map((column) => (column.form === TEXT ? null : [column.form, column.type])),
    ]);
    let shape = this.#shapeByName.get(name);
    if (shape === undefined) {
      shape = this.#shapes.push({ fields: [...fields], forms: columns.map(formOf) }) - 1;
      this.#shapeByName.set(name, shape);
    }
    return shape;
  }

  /** Keeps the records `selection[0 .. count)` for a partition. */
  async add(
    id: string,
    values: PartitionValues,
    shape: number,
    columns: readonly Column[],
    selection: Int32Array,
    count: number,
  ): Promise<void> {
    let waiting = this.#partitions.get(id);
    if (waiting === undefined) {
      waiting = { values, out: new ByteWriter(FIRST_ROOM), extents: [] };
      this.#partitions.set(id, waiting);
    }
    const { out } = waiting;
    const before = out.length;
    out.reserve(CHUNK_HEADER);
    out.length += CHUNK_HEADER;
    writeRecords(columns, selection, 0, count, out);
    out.view.setUint32(before, shape, true);
    out.view.setUint32(before + 4, count, true);
    out.view.setUint32(before + 8, out.length - before - CHUNK_HEADER, true);
    this.#inMemory += out.length - before;
    if (out.length >= EXTENT_LIMIT) await this.#moveOut([waiting]);
    if (this.#inMemory >= MEMORY_LIMIT) await this.#moveOut([...this.#partitions.values()]);
  }

  /** One partition's records in order. The columns are valid until the next step. */
  async *replay(id: string): AsyncGenerator<ReplayedRecords> {
    const waiting = this.#partitions.get(id);
    if (waiting === undefined) return;
    for (const { offset, length } of waiting.extents)
      yield* this.#readChunks(await this.#scratch!.read(offset, length));
    if (waiting.out.length > 0) yield* this.#readChunks(waiting.out.take());
  }

  /** Forgets everything and gives the scratch file back. */
  async clear(): Promise<void> {
    this.#partitions.clear();
    this.#shapes.length = 0;
    this.#readers.clear();
    this.#shapeByName.clear();
    this.#inMemory = 0;
    await this.#scratch?.close();
    this.#scratch = undefined;
  }

  *#readChunks(stored: Buffer): Generator<ReplayedRecords> {
    const bytes = Buffer.allocUnsafeSlow(stored.length + PADDING);
    stored.copy(bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < stored.length;) {
      const shape = this.#shapes[view.getUint32(at, true)]!;
      const { fields } = shape;
      const reader = this.#readerOf(shape);
      let left = view.getUint32(at + 4, true);
      at += CHUNK_HEADER;
      while (left > 0) {
        const count = Math.min(left, BATCH_RECORDS);
        at = reader.read(bytes, view, at, count);
        left -= count;
        yield { fields, columns: reader.columns, count };
      }
    }
  }

  #readerOf(shape: Shape): RecordReader {
    let reader = this.#readers.get(shape);
    if (reader === undefined) {
      if (this.#readers.size === MAX_READERS) this.#readers.clear();
      reader = new RecordReader(shape.forms);
      this.#readers.set(shape, reader);
    }
    return reader;
  }

  async #moveOut(partitions: readonly Waiting[]): Promise<void> {
    this.#scratch ??= await this.#openScratch();
    for (const group of groupsOf(partitions)) {
      const offset = await this.#scratch.append(
        Buffer.concat(group.map(({ out }) => out.bytes.subarray(0, out.length))),
      );
      let at = offset;
      for (const waiting of group) {
        const { length } = waiting.out;
        waiting.extents.push({ offset: at, length });
        at += length;
        this.#inMemory -= length;
        // A fresh writer, because the old one keeps all the room that it ever needed.
        waiting.out = new ByteWriter(FIRST_ROOM);
      }
    }
  }
}

/** The partitions that hold records, in groups of some megabytes, so that one write moves many of them. */
function* groupsOf(partitions: readonly Waiting[]): Generator<readonly Waiting[]> {
  let group: Waiting[] = [];
  let size = 0;
  for (const waiting of partitions) {
    if (waiting.out.length === 0) continue;
    group.push(waiting);
    size += waiting.out.length;
    if (size >= 4 * EXTENT_LIMIT) {
      yield group;
      group = [];
      size = 0;
    }
  }
  if (group.length > 0) yield group;
}
