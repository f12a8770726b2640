import type { Column } from "../batch/batch.ts";
import type { TextColumnBuilder } from "../batch/text-column-builder.ts";

/** What Merge and Arithmetic do: make a new field from others. */
export interface FieldMaker {
  /** Writes the values of the selected records to an empty builder; answers how many could not be computed. */
  make(columns: readonly Column[], selection: Int32Array, count: number, builder: TextColumnBuilder): number;
}
