import type { FieldType } from "../../batch/field-type.ts";
import { FixedColumnWriter } from "./column-fixed-writer.ts";
import { TextColumnWriter } from "./column-text-writer.ts";
import type { ColumnWriter } from "./column-writer.ts";
import { conservativeField } from "./conservative-field.ts";
import type { AdaptColumn } from "./conservative-field.ts";
import { BooleanValues, FloatingValues, IntValues, LongValues, WideDecimalValues } from "./fixed-values.ts";
import type { FixedValues } from "./fixed-values.ts";
import type { OutputField } from "../format.ts";
import { Encoding } from "./parquet-types.ts";
import type { CodecName } from "./write-page.ts";

/** A writer for the field's columns in a file for today's readers. */
export function createColumnWriter(field: OutputField, codec: CodecName): ColumnWriter {
  const values = fixedValues(field.type);
  if (values !== undefined) return new FixedColumnWriter(values, codec);
  return new TextColumnWriter({
    codec,
    rawBytes: field.type.name === "binary",
    dictionary: "until-full",
    dictionaryEncoding: Encoding.PLAIN,
    indexEncoding: Encoding.RLE_DICTIONARY,
  });
}

/**
 * A writer for the field's columns in a file for old readers. parquetjs-lite 0.8.7 takes every page of a chunk that has a
 * dictionary for indices, and every entry of a dictionary for text.
 */
export function createConservativeColumnWriter(field: OutputField, codec: CodecName): ColumnWriter {
  const { stored, adapt } = conservativeField(field);
  const values = fixedValues(stored.type);
  const rawBytes = stored.type.name === "binary";
  const writer =
    values !== undefined
      ? new FixedColumnWriter(values, codec)
      : new TextColumnWriter({
          codec,
          rawBytes,
          dictionary: rawBytes ? "none" : "whole-chunk",
          dictionaryEncoding: Encoding.PLAIN_DICTIONARY,
          indexEncoding: Encoding.PLAIN_DICTIONARY,
        });
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
