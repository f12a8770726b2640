import { PADDING, TEXT } from "../../batch/batch.ts";
import type { Column, TextColumn } from "../../batch/batch.ts";
import { ByteWriter } from "../../batch/byte-writer.ts";
import { BINARY, BOOLEAN, CSV_SAFE, DOUBLED, ESCAPED, KIND, NULL, NUMBER } from "../../batch/cell-kind.ts";
import { BINARY_TEXT_ROOM, writeBinaryText } from "../../batch/cell.ts";
import { copyWords, unescapeJson } from "../../batch/string-text.ts";
import type { Json } from "../../sdk/connector.ts";
import type { Encoder } from "../format.ts";
import { writePlain, writeText } from "./write-text.ts";

const LF = 10;
const QUOTE = 34;
const COMMA = 44;

export interface CsvEncoderOptions {
  /** What the encoder answered that was suspended: the file has its header. */
  readonly resume?: Json | undefined;
}

/**
 * Writes CSV as RFC 4180 describes it, with a header, LF as the line end, and quotes only where they are needed. A null and a
 * field that the record does not have are empty cells, an empty string is `""`, an object or array is its JSON text,
 * bytes are base64.
 *
 * A file with one column cannot tell null from an empty string, because an empty line is no record: both are `""`.
 */
export function createCsvEncoder(fields: readonly string[], options: CsvEncoderOptions = {}): Encoder {
  return new CsvEncoder(fields, options.resume !== undefined);
}

class CsvEncoder implements Encoder {
  readonly heldBytes = 0;
  readonly #fields: readonly string[];
  readonly #scratch = new ByteWriter(1 << 10);
  #hasHeader: boolean;

  constructor(fields: readonly string[], hasHeader: boolean) {
    this.#fields = fields;
    this.#hasHeader = hasHeader;
  }

  append(columns: readonly Column[], selection: Int32Array, from: number, to: number, out: ByteWriter): void {
    this.#writeHeader(out);
    const width = columns.length;
    // What a cell takes beside its text, and the separators of all the empty cells after it.
    const slack = BINARY_TEXT_ROOM + width;
    let { bytes, view } = out;
    let limit = bytes.length - PADDING;
    let at = out.length;

    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      const recordStart = at;
      for (let c = 0; c < width; c++) {
        const column = columns[c]!;
        if (c > 0) bytes[at++] = COMMA;
        if (column.form !== TEXT) {
          if (column.valid[record] === 0) continue;
          if (at + slack > limit) {
            out.length = at;
            out.reserve(slack);
            ({ bytes, view } = out);
            limit = bytes.length - PADDING;
          }
          at = writeBinaryText(column, record, bytes, at);
          continue;
        }
        const flags = column.kinds[record]!;
        if ((flags & KIND) <= NULL) continue;
        const start = column.starts[record]!;
        const end = column.ends[record]!;
        const length = end - start;
        if (at + length * 2 + slack > limit) {
          out.length = at;
          out.reserve(length * 2 + slack);
          ({ bytes, view } = out);
          limit = bytes.length - PADDING;
        }
        if ((flags & CSV_SAFE) !== 0 && length > 0 && length < 256) {
          copyWords(column.view, start, end, view, at);
          at += length;
        } else at = this.#writeCell(column, record, bytes, view, at);
      }
      if (width === 1 && at === recordStart) at = writeEmptyText(bytes, at);
      bytes[at++] = LF;
    }
    out.length = at;
  }

  finish(out: ByteWriter): void {
    this.#writeHeader(out);
  }

  suspend(out: ByteWriter): Json {
    this.#writeHeader(out);
    return { headerWritten: true };
  }

  #writeHeader(out: ByteWriter): void {
    if (this.#hasHeader) return;
    this.#hasHeader = true;
    out.append(Buffer.from(`${this.#fields.map(headerCell).join(",")}\n`));
  }

  #writeCell(column: Column, record: number, out: Buffer, outView: DataView, at: number): number {
    if (column.form !== TEXT) return column.valid[record] === 0 ? at : writeBinaryText(column, record, out, at);
    const flags = column.kinds[record]!;
    const kind = flags & KIND;
    if (kind <= NULL) return at;
    const { bytes, view } = column;
    const start = column.starts[record]!;
    const end = column.ends[record]!;
    if (start === end) return writeEmptyText(out, at);
    if ((flags & CSV_SAFE) !== 0 || kind === NUMBER || kind === BOOLEAN) {
      return writePlain(bytes, view, start, end, out, outView, at);
    }
    if ((flags & DOUBLED) !== 0) {
      out[at] = QUOTE;
      const cellEnd = writePlain(bytes, view, start, end, out, outView, at + 1);
      out[cellEnd] = QUOTE;
      return cellEnd + 1;
    }
    if (kind === BINARY) return at + out.latin1Write(bytes.base64Slice(start, end), at);
    if ((flags & ESCAPED) === 0) return writeText(bytes, view, start, end, out, outView, at);
    return this.#writeEscaped(column, start, end, out, outView, at);
  }

  #writeEscaped(column: TextColumn, start: number, end: number, out: Buffer, outView: DataView, at: number): number {
    const scratch = this.#scratch;
    scratch.length = 0;
    scratch.reserve(end - start);
    const length = unescapeJson(column.bytes, start, end, scratch.bytes, 0);
    return writeText(scratch.bytes, scratch.view, 0, length, out, outView, at);
  }
}

function cellRoom(column: Column, record: number): number {
  return column.form === TEXT ? (column.ends[record]! - column.starts[record]!) * 2 : BINARY_TEXT_ROOM;
}

function writeEmptyText(out: Buffer, at: number): number {
  out[at] = QUOTE;
  out[at + 1] = QUOTE;
  return at + 2;
}

/** A name that starts with a byte order mark is quoted, so that no reader takes it for the file's. */
function headerCell(name: string): string {
  return name === "" || /[",\r\n]|^\uFEFF/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
