import type { Batch, Column, DecoderPosition } from "../batch/batch.ts";
import type { ByteWriter } from "../batch/byte-writer.ts";
import type { FieldType } from "../batch/field-type.ts";
import type { RecordSum } from "../batch/record-sum.ts";
import type { ByteSource } from "../sdk/byte-source.ts";

/**
 * Reads an object as batches. Every record comes out exactly once, in a column or in `rejected`; what is wrong with one
 * record never ends the read. Going on from a batch's `next` gives the records after it and no others.
 *
 * Fails only when the object as a whole cannot be read: its bytes cannot be had, a CSV object has no header, a Parquet
 * object has no valid footer or page. Then it throws a `FormatError`.
 */
export type Decode = (source: ByteSource, options: DecodeOptions) => AsyncGenerator<Batch>;

export interface DecodeOptions {
  /**
   * The fields to decode; undefined for all. A field that the object does not have is a column of ABSENT cells, so the
   * batch's fields begin with these, in this order. Without it, fields are added as they are first seen.
   */
  readonly fields?: readonly string[] | undefined;
  /** Where to go on: the `next` of a batch of the same object. */
  readonly from?: DecoderPosition | undefined;
  /** A longer record is rejected. */
  readonly maxRecordBytes: number;
  /** CSV only: the byte between cells, default a comma. */
  readonly delimiter?: string | undefined;
}

/** An object that cannot be read as the format that it should have. The message names the object. */
export class FormatError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FormatError";
  }
}

export interface OutputField {
  readonly name: string;
  readonly type: FieldType;
}

/**
 * Writes records to one file. The bytes go to `out`, which the caller empties whenever it likes; what an encoder must
 * still hold back (a Parquet row group) it counts in `heldBytes`.
 */
export interface Encoder {
  /** Bytes of records that are appended and not yet in `out`, roughly. */
  readonly heldBytes: number;
  /**
   * Appends the records `selection[from .. to)` of the columns, which stand in the order of the file's fields.
   * Encoders for formats with typed fields (Parquet) are given columns of exactly those types (tasks/convert.ts).
   */
  append(columns: readonly Column[], selection: Int32Array, from: number, to: number, out: ByteWriter): void;
  /** Writes what is left. The file is complete; the encoder is not used again. */
  finish(out: ByteWriter): void;
}

/**
 * What the records of one file are known by, in whatever order they stand: docs/receipts.md. It is shown the file's bytes,
 * in order, and its records; text is digested from the one, Parquet from the other.
 */
export interface RecordDigest {
  addBytes(bytes: Uint8Array): void;
  /** The records `selection[from .. to)`, with their columns as the file's encoder takes them, or its decoder gives them. */
  addRecords(columns: readonly Column[], selection: Int32Array, from: number, to: number): void;
  /** Called once, when the file has ended. */
  finish(): RecordSum;
}
