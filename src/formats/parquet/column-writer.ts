import type { Column } from "../../batch/batch.ts";
import type { PageQueue } from "./page-queue.ts";
import type { ColumnChunk } from "./write-chunk.ts";

/** Encodes one field's values, one column chunk after the other. */
export interface ColumnWriter {
  /** Bytes that are held until the row group ends, roughly. */
  readonly heldBytes: number;
  /** What the values of the row group take in the plain encoding, roughly. */
  readonly plainBytes: number;
  /** Appends the cells `selection[from .. to)`, which are of the field's type. A few hundred at a time keep pages small. */
  append(column: Column, selection: Int32Array, from: number, to: number): void;
  /** Hands over the chunk, which has at least one cell; what follows belongs to the next chunk. */
  finishChunk(out: PageQueue): ColumnChunk;
}
