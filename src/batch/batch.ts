import type { FieldType } from "./field-type.ts";

/**
 * A batch is up to about a thousand records held by column. A column is either text, where a cell is a span of bytes in a
 * buffer, or binary, where a cell is a machine number. Nothing in a batch is a JavaScript object per record.
 *
 * A batch and its columns are valid until the next batch is asked for: decoders use their buffers again.
 */
export interface Batch {
  /** How many records; every column has this many cells. */
  readonly count: number;
  /** Field names, in the order in which the source gave them. */
  readonly fields: readonly string[];
  /** One column per field, in the same order. */
  readonly columns: readonly Column[];
  /** What the source declares each field to be; undefined where it declares nothing (JSON, CSV). */
  readonly types: readonly (FieldType | undefined)[];
  /** Where each record stands in the source: its first byte, or its number for formats without lines. */
  readonly offsets: Float64Array;
  /** What could not be decoded, in source order. These records are in no column. */
  readonly rejected: readonly RejectedRecord[];
  /** Where to go on after this batch; null when nothing is left. A plain JSON value. */
  readonly next: DecoderPosition | null;
}

/** Cells as spans: cell r is `bytes[starts[r] .. ends[r])`, read as `kinds[r]` says (cell-kind.ts). */
export interface TextColumn {
  readonly form: typeof TEXT;
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** At least `PADDING` bytes may be read after every span, so that copies can go a word at a time. */
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** `boolean` (0 or 1), `int32`, and `date` (days since 1970-01-01). */
export interface IntColumn {
  readonly form: typeof INT;
  readonly type: FieldType;
  /** 1 where there is a value, 0 where it is null. */
  readonly valid: Uint8Array;
  readonly values: Int32Array;
}

/** `int64`, `timestamp` (in its unit since 1970-01-01T00:00), and `decimal` of up to 18 digits (the unscaled value). */
export interface LongColumn {
  readonly form: typeof LONG;
  readonly type: FieldType;
  readonly valid: Uint8Array;
  readonly values: BigInt64Array;
  /** The same memory as 32-bit halves, low half first: reading it makes no BigInt. */
  readonly words: Int32Array;
}

/** `double` and `float`. */
export interface DoubleColumn {
  readonly form: typeof DOUBLE;
  readonly type: FieldType;
  readonly valid: Uint8Array;
  readonly values: Float64Array;
}

export type BinaryColumn = IntColumn | LongColumn | DoubleColumn;
export type Column = TextColumn | BinaryColumn;

export const TEXT = 0;
export const INT = 1;
export const LONG = 2;
export const DOUBLE = 3;

/** Bytes that may be read past the end of any span. */
export const PADDING = 16;

/** The most records in a batch: enough that what is done once per batch costs little, few enough for the processor's cache. */
export const BATCH_RECORDS = 1024;

/** Where a decoder stands: an offset into the (uncompressed) bytes, or a record within a row group. JSON-serialisable. */
export type DecoderPosition = { readonly [key: string]: string | number | boolean | null | readonly string[] };

/** A record that is not written, and why. */
export interface RejectedRecord {
  readonly code: RejectCode;
  /** What is wrong with it, for people. */
  readonly message: string;
  /** Where it stands in the source object: a byte offset, or a record number for Parquet and for pages of objects. */
  readonly offset: number;
  /** The line on which it starts, counted from 1, when the format has lines and the decoder knows. */
  readonly line?: number;
  /** The record as the source gave it, if it is text; cut at `RAW_LIMIT` bytes. */
  readonly raw?: string;
  readonly rawTruncated?: boolean;
  /** The place in the flow's task list of the task that refused it; absent when it could not be decoded. */
  readonly task?: number;
  readonly field?: string;
}

export type RejectCode =
  /** Not in the grammar of its format. */
  | "MalformedRecord"
  /** Holds bytes that are not UTF-8. */
  | "InvalidEncoding"
  /** Longer than the configured limit. */
  | "RecordTooLarge"
  /** A CSV record with more or fewer cells than the header. */
  | "ColumnCountMismatch"
  /** Nested deeper than the limit. */
  | "NestingTooDeep"
  /** A value does not fit the type that the output field has. */
  | "TypeMismatch"
  /** The destination refused it. */
  | "DestinationRefused";

/** The most bytes of a rejected record that are kept. */
export const RAW_LIMIT = 64 * 1024;
