import { DOUBLE, INT, LONG, TEXT } from "../../batch/batch.ts";
import type { BinaryColumn, Column, TextColumn } from "../../batch/batch.ts";
import { ByteWriter } from "../../batch/byte-writer.ts";
import { cellText } from "../../batch/cell.ts";
import { undoubleQuotes, unescapeJson } from "../../batch/string-text.ts";
import { BINARY, DOUBLED, ESCAPED, KIND, NULL } from "../../batch/cell-kind.ts";
import type { FieldType } from "../../batch/field-type.ts";
import { murmur32, murmur32OfWords } from "../../batch/murmur-hash.ts";
import { RecordSum } from "../../batch/record-sum.ts";
import type { RecordDigest } from "../format.ts";
import { unscaledDecimal } from "./wide-decimal.ts";

/** So many records are digested at a time: their hashes stay in the cache. */
const SLICE_RECORDS = 256;

/** How every NaN counts, whatever its bits. */
const NAN_BITS = 0x7ff80000;

/**
 * Digests records by what Parquet stores of them. The canonical form of a record has four bytes for each field, low byte
 * first: the 32-bit hash of its value, seeded with the place of its field, from 1; or 0 for null.
 */
export class ColumnDigest implements RecordDigest {
  readonly #types: readonly FieldType[];
  readonly #sum = new RecordSum();
  #hashes = new Int32Array(0);
  #view = new DataView(new ArrayBuffer(0));

  /** The types of the fields as they are stored. */
  constructor(types: readonly FieldType[]) {
    this.#types = types;
  }

  addBytes(): void {}

  addRecords(columns: readonly Column[], selection: Int32Array, from: number, to: number): void {
    const stride = columns.length;
    this.#reserve(stride);
    for (let at = from; at < to; at += SLICE_RECORDS) {
      const end = Math.min(at + SLICE_RECORDS, to);
      for (let field = 0; field < stride; field++) {
        const out = { hashes: this.#hashes, field, stride };
        hashCells(columns[field]!, this.#types[field]!, selection, at, end, out);
      }
      for (let i = 0; i < end - at; i++) this.#sum.add(this.#view, i * stride * 4, (i + 1) * stride * 4);
    }
  }

  finish(): RecordSum {
    return this.#sum;
  }

  #reserve(stride: number): void {
    if (this.#hashes.length >= stride * SLICE_RECORDS) return;
    this.#hashes = new Int32Array(stride * SLICE_RECORDS);
    this.#view = new DataView(this.#hashes.buffer);
  }
}

/** Where the hashes of one field go: each record has `stride` of them. */
interface FieldHashes {
  readonly hashes: Int32Array;
  readonly field: number;
  readonly stride: number;
}

function hashCells(
  column: Column,
  type: FieldType,
  selection: Int32Array,
  from: number,
  to: number,
  out: FieldHashes,
): void {
  if (column.form !== TEXT) return hashNumbers(column, selection, from, to, out);
  if (type.name === "decimal") return hashDecimals(column, type.scale, selection, from, to, out);
  return hashTexts(column, type.name === "binary", selection, from, to, out);
}

/** As eight bytes: an integer with its sign, a double as it is, a float as the double that it is. */
function hashNumbers(
  column: BinaryColumn,
  selection: Int32Array,
  from: number,
  to: number,
  { hashes, field, stride }: FieldHashes,
): void {
  const words = wordsOf(column);
  let at = field;
  for (let i = from; i < to; i++, at += stride) {
    const record = selection[i]!;
    hashes[at] = column.valid[record] === 0 ? 0 : words(record, field + 1);
  }
}

type NumberHash = (record: number, seed: number) => number;

function wordsOf(column: BinaryColumn): NumberHash {
  switch (column.form) {
    case INT: {
      const { values, type } = column;
      if (type.name === "boolean") return (record, seed) => murmur32OfWords(values[record] === 0 ? 0 : 1, 0, seed);
      return (record, seed) => murmur32OfWords(values[record]!, values[record]! >> 31, seed);
    }
    case LONG: {
      const { words } = column;
      return (record, seed) => murmur32OfWords(words[record * 2]!, words[record * 2 + 1]!, seed);
    }
    case DOUBLE: {
      const { values, type } = column;
      const isFloat = type.name === "float";
      return (record, seed) => {
        const value = isFloat ? Math.fround(values[record]!) : values[record]!;
        if (Number.isNaN(value)) return murmur32OfWords(0, NAN_BITS, seed);
        DOUBLE_BITS.setFloat64(0, value, true);
        return murmur32OfWords(DOUBLE_BITS.getInt32(0, true), DOUBLE_BITS.getInt32(4, true), seed);
      };
    }
  }
}

const DOUBLE_BITS = new DataView(new ArrayBuffer(8));

/** Decimals of more than 18 digits, as the text of their unscaled integer. */
function hashDecimals(
  column: TextColumn,
  scale: number,
  selection: Int32Array,
  from: number,
  to: number,
  { hashes, field, stride }: FieldHashes,
): void {
  let at = field;
  for (let i = from; i < to; i++, at += stride) {
    const text = cellText(column, selection[i]!);
    hashes[at] = text === null ? 0 : hashOfText(unscaledDecimal(text, scale).toString(), field + 1);
  }
}

/** The bytes of texts, without what their format wraps them in. */
function hashTexts(
  column: TextColumn,
  rawBytes: boolean,
  selection: Int32Array,
  from: number,
  to: number,
  { hashes, field, stride }: FieldHashes,
): void {
  const { kinds, starts, ends, view } = column;
  // No cell is of kind -1: raw bytes are what they are.
  const encoded = rawBytes ? -1 : BINARY;
  let at = field;
  for (let i = from; i < to; i++, at += stride) {
    const record = selection[i]!;
    const kind = kinds[record]!;
    if ((kind & KIND) <= NULL) hashes[at] = 0;
    else if ((kind & (ESCAPED | DOUBLED)) === 0 && (kind & KIND) !== encoded) {
      hashes[at] = murmur32(view, starts[record]!, ends[record]!, field + 1);
    } else hashes[at] = hashUnwrapped(column, record, kind, field + 1);
  }
}

const scratch = new ByteWriter(256);

function hashUnwrapped(column: TextColumn, record: number, kind: number, seed: number): number {
  const start = column.starts[record]!;
  const end = column.ends[record]!;
  if ((kind & KIND) === BINARY) return hashOfText(column.bytes.base64Slice(start, end), seed);
  scratch.length = 0;
  scratch.reserve(end - start);
  const unwrap = (kind & ESCAPED) !== 0 ? unescapeJson : undoubleQuotes;
  return murmur32(scratch.view, 0, unwrap(column.bytes, start, end, scratch.bytes, 0), seed);
}

function hashOfText(text: string, seed: number): number {
  const bytes = Buffer.from(text);
  return murmur32(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, seed);
}
