import type { Column } from "../../batch/batch.ts";
import { ByteWriter } from "../../batch/byte-writer.ts";
import type { ColumnWriter } from "./column-writer.ts";
import type { FixedValues } from "./fixed-values.ts";
import type { PageQueue } from "./page-queue.ts";
import { Encoding } from "./parquet-types.ts";
import { ChunkWriter, PAGE_BYTES, emptied } from "./write-chunk.ts";
import type { ColumnChunk } from "./write-chunk.ts";
import type { CodecName } from "./write-page.ts";

/** Writes values of one width in the plain encoding. */
export class FixedColumnWriter implements ColumnWriter {
  readonly #values: FixedValues;
  readonly #chunk: ChunkWriter;
  #page = new ByteWriter(1 << 12);

  constructor(values: FixedValues, codec: CodecName) {
    this.#values = values;
    this.#chunk = new ChunkWriter(codec);
  }

  get heldBytes(): number {
    return this.#chunk.storedBytes + this.#page.length + (this.#chunk.levels.count >> 3);
  }

  get plainBytes(): number {
    return this.#chunk.plainBytes + this.#page.length;
  }

  append(column: Column, selection: Int32Array, from: number, to: number): void {
    const room = (to - from) * this.#values.width;
    if (this.#page.length + room > PAGE_BYTES) this.#endPage();
    this.#page.reserve(room);
    this.#chunk.levels.addColumn(column, selection, from, to);
    this.#values.add(column, selection, from, to, this.#page);
  }

  finishChunk(out: PageQueue): ColumnChunk {
    this.#endPage();
    return this.#chunk.finish(out, this.#values.takeBounds());
  }

  #endPage(): void {
    const values = this.#page.bytes.subarray(0, this.#page.length);
    this.#chunk.endPage(Encoding.PLAIN, (body) => body.append(values));
    this.#page = emptied(this.#page);
  }
}
