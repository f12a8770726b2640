import type { FieldType } from "../batch/field-type.ts";
import type { RecordDigest } from "./format.ts";
import { LineDigest } from "./line-digest.ts";
import { ColumnDigest } from "./parquet/column-digest.ts";

export type DigestedFormat = "json" | "csv" | "parquet";

/** A digest for a new file. `types` are those of a Parquet file's fields. */
export function createRecordDigest(format: DigestedFormat, types: readonly FieldType[] = []): RecordDigest {
  return format === "parquet" ? new ColumnDigest(types) : new LineDigest(format);
}
