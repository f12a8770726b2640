import type { Column } from "../../batch/batch.ts";
import type { ByteWriter } from "../../batch/byte-writer.ts";
import type { Encoder, OutputField } from "../format.ts";
import type { ColumnWriter } from "./column-writer.ts";
import { createColumnWriter } from "./create-column-writer.ts";
import { PageQueue } from "./page-queue.ts";
import { MAGIC } from "./parquet-types.ts";
import { conservativeField, storedField } from "./stored-field.ts";
import { writeFooter } from "./write-footer.ts";
import type { RowGroup } from "./write-footer.ts";
import type { CodecName } from "./write-page.ts";

export interface ParquetEncoderOptions {
  /** How pages are compressed. Readers older than 2019 do not know zstd. */
  readonly codec: CodecName;
  /** A row group ends when it holds this many bytes; an encoder holds back up to two. Default 32 MiB. */
  readonly rowGroupBytes?: number | undefined;
  /** A row group ends at this many records; default 122,880, at most 524,288. */
  readonly rowGroupRecords?: number | undefined;
  /**
   * For the oldest readers, such as parquetjs-lite 0.8.7 and early Hive and Spark: types and pages as they know them
   * (stored-field.ts), and row groups of at most `rowGroupBytes` before compression.
   */
  readonly conservative?: boolean | undefined;
}

/** The indices of so many records, at most 15 bits each, fit one page. */
const MAX_ROW_GROUP_RECORDS = 524_288;

/** One column's cells of so many records are encoded at a time: what they share of the batch's bytes stays in the cache. */
const SLICE_RECORDS = 256;

/**
 * Writes a Parquet file of optional flat fields: pages of version 1, dictionaries for text, statistics for every chunk.
 * Give each field a column of its type; for `string`, `json` and `binary` a text column of any cells, for decimals of
 * more than 18 digits one of numbers that fit. A file without records is valid too.
 */
export function createParquetEncoder(fields: readonly OutputField[], options: ParquetEncoderOptions): Encoder {
  return new ParquetEncoder(fields, options);
}

class ParquetEncoder implements Encoder {
  readonly #codec: CodecName;
  readonly #conservative: boolean;
  readonly #rowGroupBytes: number;
  readonly #rowGroupRecords: number;
  /** As they are stored. */
  readonly #fields: readonly OutputField[];
  readonly #writers: readonly ColumnWriter[];
  readonly #rowGroups: RowGroup[] = [];
  /**
   * The row group that ended last, so far as it is not written. It leaves while the next one is made: whoever sends the
   * file on gets it in portions.
   */
  readonly #ended = new PageQueue();
  /** How many bytes of it are written with each record of the next one: half as many records take all of it along. */
  #writtenPerRecord = 0;
  /** Records of the row group that is open. */
  #records = 0;
  /** The length of the file so far, what waits to be written included. */
  #offset = 0;

  constructor(fields: readonly OutputField[], options: ParquetEncoderOptions) {
    const { codec, rowGroupBytes = 32 * 1024 * 1024, rowGroupRecords = 122_880, conservative = false } = options;
    this.#codec = codec;
    this.#conservative = conservative;
    this.#rowGroupBytes = rowGroupBytes;
    this.#rowGroupRecords = Math.min(rowGroupRecords, MAX_ROW_GROUP_RECORDS);
    const stored = fields.map(conservative ? conservativeField : storedField);
    this.#fields = stored.map(({ field }) => field);
    this.#writers = stored.map((field) => createColumnWriter(field, codec, conservative));
  }

  get heldBytes(): number {
    return this.#ended.bytes + this.#openBytes();
  }

  append(columns: readonly Column[], selection: Int32Array, from: number, to: number, out: ByteWriter): void {
    for (let at = from; at < to;) {
      const end = Math.min(at + SLICE_RECORDS, to, at + this.#rowGroupRecords - this.#records);
      for (let i = 0; i < columns.length; i++) this.#writers[i]!.append(columns[i]!, selection, at, end);
      this.#records += end - at;
      at = end;
      if (this.#isRowGroupFull()) this.#endRowGroup(out);
    }
    this.#ended.write(out, (to - from) * this.#writtenPerRecord);
  }

  finish(out: ByteWriter): void {
    this.#endRowGroup(out);
    this.#ended.write(out, Infinity);
    writeFooter(out, {
      version: this.#conservative ? 1 : 2,
      codec: this.#codec,
      fields: this.#fields,
      rowGroups: this.#rowGroups,
    });
  }

  #isRowGroupFull(): boolean {
    if (this.#records >= this.#rowGroupRecords) return true;
    if (!this.#conservative) return this.#openBytes() >= this.#rowGroupBytes;
    let plain = 0;
    for (const writer of this.#writers) plain += writer.plainBytes;
    return plain >= this.#rowGroupBytes;
  }

  /** Bytes of the row group that is open. */
  #openBytes(): number {
    let held = 0;
    for (const writer of this.#writers) held += writer.heldBytes;
    return held;
  }

  #endRowGroup(out: ByteWriter): void {
    if (this.#offset === 0) this.#writeMagic(out);
    if (this.#records === 0) return;
    this.#ended.write(out, Infinity);
    const start = this.#offset;
    const chunks = this.#writers.map((writer) => writer.finishChunk(this.#ended));
    this.#offset += this.#ended.bytes;
    this.#writtenPerRecord = (2 * this.#ended.bytes) / this.#records;
    this.#rowGroups.push({ start, records: this.#records, chunks });
    this.#records = 0;
  }

  #writeMagic(out: ByteWriter): void {
    out.reserve(4);
    out.view.setUint32(out.length, MAGIC, true);
    out.length += 4;
    this.#offset = 4;
  }
}
