import type { FieldType } from "../../batch/field-type.ts";
import type { ByteSource } from "../../sdk/byte-source.ts";
import { typeOf } from "./schema-tree.ts";
import { readFooter } from "./read-footer.ts";

export interface ParquetSchema {
  /** The fields of the record, in the order of the file. */
  readonly fields: readonly { readonly name: string; readonly type: FieldType }[];
  readonly records: number;
}

/** What the footer says: the types under which `decodeParquet` gives the fields, and how many records there are. */
export async function readParquetSchema(source: ByteSource): Promise<ParquetSchema> {
  const { fields, records } = await readFooter(source);
  return {
    fields: fields.map((node) => ({ name: node.element.name, type: typeOf(node) })),
    records,
  };
}
