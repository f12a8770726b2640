import { createCsvDecoder, decodeCsv } from "../../../src/formats/csv/decode-csv.ts";
import { ABSENT, KIND, NULL } from "../../../src/batch/cell-kind.ts";
import { cellText } from "../../../src/batch/cell.ts";
import type { Batch, Column, DecoderPosition, RejectedRecord } from "../../../src/batch/batch.ts";
import type { DecodeOptions } from "../../../src/formats/format.ts";
import type { ByteSource } from "../../../src/sdk/byte-source.ts";

/** A cell as text; null where it is null, undefined where the record has no such field. */
export type Cell = string | null | undefined;

export interface ReadCsv {
  readonly fields: readonly string[];
  readonly records: readonly (readonly Cell[])[];
  readonly offsets: readonly number[];
  readonly rejected: readonly RejectedRecord[];
  /** After each batch: where to go on, and how much had been read by then. */
  readonly stops: readonly {
    readonly next: DecoderPosition | null;
    readonly records: number;
    readonly rejected: number;
  }[];
}

export interface ReadCsvOptions extends Partial<DecodeOptions> {
  readonly chunkBytes?: number;
  readonly blockBytes?: number;
}

/** Decodes an object and copies everything out of its batches. */
export async function readCsv(content: string | Uint8Array, options: ReadCsvOptions = {}): Promise<ReadCsv> {
  const { chunkBytes = 1 << 16, blockBytes, ...decodeOptions } = options;
  const decode = blockBytes === undefined ? decodeCsv : createCsvDecoder(blockBytes);
  const source = bytesSource(typeof content === "string" ? Buffer.from(content) : content, chunkBytes);
  let fields: readonly string[] = [];
  const records: (readonly Cell[])[] = [];
  const offsets: number[] = [];
  const rejected: RejectedRecord[] = [];
  const stops: ReadCsv["stops"][number][] = [];
  for await (const batch of decode(source, { maxRecordBytes: 1 << 20, ...decodeOptions })) {
    fields = batch.fields;
    records.push(...recordsOf(batch));
    offsets.push(...batch.offsets.subarray(0, batch.count));
    rejected.push(...batch.rejected);
    stops.push({ next: batch.next, records: records.length, rejected: rejected.length });
  }
  return { fields, records, offsets, rejected, stops };
}

export function bytesSource(bytes: Uint8Array, chunkBytes: number): ByteSource {
  return {
    name: "s3://bucket/accounts.csv",
    size: bytes.length,
    async *stream(from = 0) {
      for (let at = from; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
    },
    async read(from, length, into = new Uint8Array(length)) {
      into.set(bytes.subarray(from, from + length));
      return into.subarray(0, length);
    },
  };
}

function recordsOf(batch: Batch): (readonly Cell[])[] {
  return Array.from({ length: batch.count }, (_, record) => batch.columns.map((column) => cellOf(column, record)));
}

function cellOf(column: Column, record: number): Cell {
  if (column.form !== 0) throw new Error("A CSV column must be text.");
  const kind = column.kinds[record]! & KIND;
  if (kind === ABSENT) return undefined;
  return kind === NULL ? null : cellText(column, record);
}
