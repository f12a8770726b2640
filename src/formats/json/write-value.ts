import { DOUBLE } from "../../batch/batch.ts";
import type { BinaryColumn, TextColumn } from "../../batch/batch.ts";
import type { ByteWriter } from "../../batch/byte-writer.ts";
import { BINARY_TEXT_ROOM, binaryKind, writeBinaryText } from "../../batch/cell.ts";
import { ABSENT, BINARY, DOUBLED, ESCAPED, JSON_SAFE, KIND, NESTED, NULL, STRING } from "../../batch/cell-kind.ts";
import { copyWords } from "../../batch/string-text.ts";
import { BACKSLASH, BLANK, LOWER_U, NEWLINE, NULL_WORD, QUOTE, RETURN, ZERO } from "./ascii.ts";
import { plainBits } from "./plain-bits.ts";

/* Cells as JSON values. All functions reserve what they write. */

/** Writes a text cell that is not absent. */
export function writeTextValue(column: TextColumn, record: number, out: ByteWriter): void {
  const kind = column.kinds[record]!;
  const start = column.starts[record]!;
  const end = column.ends[record]!;
  switch (kind & KIND) {
    case ABSENT:
    case NULL:
      return writeNull(out);
    case STRING:
      if ((kind & (JSON_SAFE | ESCAPED)) !== 0) return writeQuoted(column, start, end, out);
      return writeEscaped(column, start, end, (kind & DOUBLED) !== 0, out);
    case NESTED:
      return writeNested(column, start, end, out);
    case BINARY:
      return writeBase64(column, start, end, out);
    default:
      return writeSpan(column, start, end, out);
  }
}

/** Writes a cell of numbers: a date or instant as a string, and what JSON's numbers lack too. */
export function writeBinaryValue(column: BinaryColumn, record: number, out: ByteWriter): void {
  if (column.valid[record] === 0) return writeNull(out);
  out.reserve(BINARY_TEXT_ROOM + 2);
  const isNumber = column.form !== DOUBLE || Number.isFinite(column.values[record]);
  const isQuoted = !isNumber || binaryKind(column) === STRING;
  if (isQuoted) out.bytes[out.length++] = QUOTE;
  out.length = writeBinaryText(column, record, out.view, out.length);
  if (isQuoted) out.bytes[out.length++] = QUOTE;
}

function writeNull(out: ByteWriter): void {
  out.reserve(4);
  out.view.setInt32(out.length, NULL_WORD, true);
  out.length += 4;
}

function writeSpan({ view }: TextColumn, start: number, end: number, out: ByteWriter): void {
  out.reserve(end - start);
  copyWords(view, start, end, out.view, out.length);
  out.length += end - start;
}

function writeQuoted({ view }: TextColumn, start: number, end: number, out: ByteWriter): void {
  const length = end - start;
  out.reserve(length + 2);
  const at = out.length + 1;
  out.bytes[at - 1] = QUOTE;
  copyWords(view, start, end, out.view, at);
  out.bytes[at + length] = QUOTE;
  out.length = at + length + 1;
}

/** Line ends between the tokens of a pretty-printed value become blanks, so that the record stays on one line. */
function writeNested({ bytes, view }: TextColumn, start: number, end: number, out: ByteWriter): void {
  out.reserve(end - start);
  const first = out.length;
  let controls = 0;
  let i = start;
  let o = first;
  for (; i < end - 3; i += 4, o += 4) {
    const word = view.getInt32(i, true);
    controls |= (word - 0x20202020) & ~word & 0x80808080;
    out.view.setInt32(o, word, true);
  }
  for (; i < end; i++, o++) {
    const c = bytes[i]!;
    if (c < BLANK) controls = 1;
    out.bytes[o] = c;
  }
  out.length = o;
  if (controls !== 0) blankLineEnds(out.bytes, first, o);
}

function blankLineEnds(bytes: Buffer, start: number, end: number): void {
  for (let i = start; i < end; i++) if (bytes[i] === NEWLINE || bytes[i] === RETURN) bytes[i] = BLANK;
}

/** Writes text, not yet checked, as a JSON string. `doubled`: two quotes stand for one. */
function writeEscaped(column: TextColumn, start: number, end: number, doubled: boolean, out: ByteWriter): void {
  const { bytes, view } = column;
  out.reserve((end - start) * MAX_ESCAPE + 2);
  out.bytes[out.length] = QUOTE;
  let o = out.length + 1;
  let i = start;
  while (i < end) {
    const word = view.getInt32(i, true);
    const plain = plainBits(word) >> 3;
    out.view.setInt32(o, word, true);
    i += plain;
    o += plain;
    if (plain === 4 || i >= end) continue;
    const c = bytes[i]!;
    o = writeEscape(c, out.bytes, o);
    i += c === QUOTE && doubled ? 2 : 1;
  }
  // The last word may hold bytes that are not the cell's.
  o -= i - end;
  out.bytes[o] = QUOTE;
  out.length = o + 1;
}

/** `\u001f`: the most bytes that one byte becomes. */
const MAX_ESCAPE = 6;
const HEX = Buffer.from("0123456789abcdef");

/** The letters of the short escapes by the byte that they stand for; 0 where there is none. */
const SHORT_ESCAPES = new Uint8Array(128);
for (const pair of ['""', "\\\\", "\bb", "\ff", "\nn", "\rr", "\tt"]) {
  SHORT_ESCAPES[pair.charCodeAt(0)] = pair.charCodeAt(1);
}

function writeEscape(c: number, out: Buffer, at: number): number {
  let o = at;
  out[o++] = BACKSLASH;
  const letter = SHORT_ESCAPES[c]!;
  if (letter !== 0) {
    out[o++] = letter;
    return o;
  }
  out[o++] = LOWER_U;
  out[o++] = ZERO;
  out[o++] = ZERO;
  out[o++] = HEX[c >> 4]!;
  out[o++] = HEX[c & 15]!;
  return o;
}

function writeBase64({ bytes }: TextColumn, start: number, end: number, out: ByteWriter): void {
  const text = bytes.base64Slice(start, end);
  out.reserve(text.length + 2);
  out.bytes[out.length++] = QUOTE;
  out.length += out.bytes.latin1Write(text, out.length);
  out.bytes[out.length++] = QUOTE;
}
