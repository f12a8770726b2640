import { PADDING, TEXT } from "../../batch/batch.ts";
import type { Column, TextColumn } from "../../batch/batch.ts";
import { ByteWriter } from "../../batch/byte-writer.ts";
import { BINARY, BOOLEAN, CSV_SAFE, DOUBLED, ESCAPED, JSON_SAFE, KIND, NULL, NUMBER } from "../../batch/cell-kind.ts";
import { BINARY_TEXT_ROOM, writeBinaryText } from "../../batch/cell.ts";
import { unescapeJson } from "../../batch/string-text.ts";
import type { Encoder } from "../format.ts";
import { writeInQuotes, writeLine, writePlain, writeText } from "./write-text.ts";

const LF = 10;
const QUOTE = 34;
const COMMA = 44;

/**
 * Writes CSV as RFC 4180 describes it, with a header, LF as the line end, and quotes only where they are needed. A null and a
 * field that the record does not have are empty cells, an empty string is `""`, an object or array is its JSON text,
 * bytes are base64.
 *
 * A file with one column cannot tell null from an empty string, because an empty line is no record: both are `""`.
 */
export function createCsvEncoder(fields: readonly string[]): Encoder {
  return new CsvEncoder(fields);
}

/** What every file of these fields begins with. */
export function csvHeader(fields: readonly string[]): Buffer {
  return Buffer.from(`${fields.map(headerCell).join(",")}\n`);
}

class CsvEncoder implements Encoder {
  readonly heldBytes = 0;
  readonly #fields: readonly string[];
  readonly #scratch = new ByteWriter(1 << 10);
  #hasHeader = false;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  append(columns: readonly Column[], selection: Int32Array, from: number, to: number, out: ByteWriter): void {
    this.#writeHeader(out);
    for (let i = from; i < to; i++) {
      const record = selection[i]!;
      let end = this.#writeRecord(columns, record, out.bytes, out.view, out.length);
      while (end < 0) {
        out.reserve(-end);
        end = this.#writeRecord(columns, record, out.bytes, out.view, out.length);
      }
      out.length = end;
    }
  }

  finish(out: ByteWriter): void {
    this.#writeHeader(out);
  }

  #writeHeader(out: ByteWriter): void {
    if (this.#hasHeader) return;
    this.#hasHeader = true;
    out.append(csvHeader(this.#fields));
  }

  /** The offset after the record; or, when `out` is too small for it, minus the room that it takes as far as is known. */
  #writeRecord(columns: readonly Column[], record: number, out: Buffer, outView: DataView, start: number): number {
    const width = columns.length;
    // What a cell takes beside its text, and the separators of the empty cells around it.
    const slack = BINARY_TEXT_ROOM + width;
    const limit = out.length - PADDING - slack;
    if (start > limit) return -slack;
    let at = start;
    for (let c = 0; c < width; c++) {
      const column = columns[c]!;
      if (c > 0) out[at++] = COMMA;
      if (column.form !== TEXT) {
        if (column.valid[record] === 0) continue;
        if (at > limit) return start - at - slack;
        at = writeBinaryText(column, record, outView, at);
        continue;
      }
      const flags = column.kinds[record]!;
      const kind = flags & KIND;
      if (kind <= NULL) continue;
      const from = column.starts[record]!;
      const to = column.ends[record]!;
      const room = (to - from) * 2;
      if (at + room > limit) return start - at - room - slack;
      if (from === to) at = writeEmptyText(out, at);
      else if ((flags & CSV_SAFE) !== 0 || kind === NUMBER) {
        at = writePlain(column.bytes, column.view, from, to, out, outView, at);
      } else at = this.#writeUnsafe(column, flags, from, to, out, outView, at);
    }
    if (width === 1 && at === start) at = writeEmptyText(out, at);
    out[at++] = LF;
    return at;
  }

  #writeUnsafe(
    column: TextColumn,
    flags: number,
    start: number,
    end: number,
    out: Buffer,
    outView: DataView,
    at: number,
  ): number {
    const { bytes, view } = column;
    const kind = flags & KIND;
    if (kind === BOOLEAN) return writePlain(bytes, view, start, end, out, outView, at);
    if (kind === BINARY) return at + out.latin1Write(bytes.base64Slice(start, end), at);
    if ((flags & DOUBLED) !== 0) return writeInQuotes(bytes, view, start, end, out, outView, at);
    if ((flags & ESCAPED) !== 0) return this.#writeEscaped(column, start, end, out, outView, at);
    // What may stand between JSON's quotes has neither quotes nor line ends.
    if ((flags & JSON_SAFE) !== 0) return writeLine(bytes, view, start, end, out, outView, at);
    return writeText(bytes, view, start, end, out, outView, at);
  }

  #writeEscaped(column: TextColumn, start: number, end: number, out: Buffer, outView: DataView, at: number): number {
    const scratch = this.#scratch;
    scratch.length = 0;
    scratch.reserve(end - start);
    const length = unescapeJson(column.bytes, start, end, scratch.bytes, 0);
    return writeText(scratch.bytes, scratch.view, 0, length, out, outView, at);
  }
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
