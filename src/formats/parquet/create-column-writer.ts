import type { FieldType } from "../../batch/field-type.ts";
import { FixedColumnWriter } from "./column-fixed-writer.ts";
import { TextColumnWriter } from "./column-text-writer.ts";
import type { TextOptions } from "./column-text-writer.ts";
import type { ColumnWriter } from "./column-writer.ts";
import type { AdaptColumn, StoredField } from "./stored-field.ts";
import { BooleanValues, FloatingValues, IntValues, LongValues, WideDecimalValues } from "./fixed-values.ts";
import type { FixedValues } from "./fixed-values.ts";
import { Encoding } from "./parquet-types.ts";
import type { CodecName } from "./write-page.ts";

/** A writer for columns of the field, in a file for today's readers or for the oldest. */
export function createColumnWriter(
  { field, adapt }: StoredField,
  codec: CodecName,
  conservative: boolean,
): ColumnWriter {
  const values = fixedValues(field.type);
  const writer =
    values === undefined
      ? new TextColumnWriter(textOptions(field.type.name === "binary", codec, conservative))
      : new FixedColumnWriter(values, codec);
  return adapt === undefined ? writer : adapted(writer, adapt);
}

/** How values of the type are written plainly; undefined for byte arrays. */
function fixedValues(type: FieldType): FixedValues | undefined {
  switch (type.name) {
    case "boolean":
      return new BooleanValues();
    case "int32":
    case "date":
      return new IntValues();
    case "int64":
    case "timestamp":
      return new LongValues();
    case "float":
      return new FloatingValues(4);
    case "double":
      return new FloatingValues(8);
    case "decimal":
      return type.precision > 18 ? new WideDecimalValues(type.scale) : new LongValues();
    case "string":
    case "json":
    case "binary":
      return undefined;
  }
}

function textOptions(rawBytes: boolean, codec: CodecName, conservative: boolean): TextOptions {
  if (!conservative) {
    const encodings = { dictionaryEncoding: Encoding.PLAIN, indexEncoding: Encoding.RLE_DICTIONARY };
    return { codec, rawBytes, dictionary: "until-full", ...encodings };
  }
  // parquetjs-lite 0.8.7 takes every page of a chunk with a dictionary for indices, and every entry for text.
  const encodings = { dictionaryEncoding: Encoding.PLAIN_DICTIONARY, indexEncoding: Encoding.PLAIN_DICTIONARY };
  return { codec, rawBytes, dictionary: rawBytes ? "none" : "whole-chunk", ...encodings };
}

/** A writer of the stored type that takes columns of the field's own. */
function adapted(writer: ColumnWriter, adapt: AdaptColumn): ColumnWriter {
  return {
    get heldBytes() {
      return writer.heldBytes;
    },
    get plainBytes() {
      return writer.plainBytes;
    },
    append(column, selection, from, to) {
      writer.append(adapt(column, selection, from, to), everyRecord(to - from), 0, to - from);
    },
    finishChunk: (out) => writer.finishChunk(out),
  };
}

let identity = new Int32Array(0);

/** The selection of all of `count` records. */
function everyRecord(count: number): Int32Array {
  if (identity.length < count) identity = Int32Array.from({ length: count }, (_, record) => record);
  return identity;
}
