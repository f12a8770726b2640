import { TEXT } from "../../batch/batch.ts";
import type { BinaryColumn, Column, TextColumn } from "../../batch/batch.ts";
import type { ByteWriter } from "../../batch/byte-writer.ts";
import { ABSENT, BOOLEAN, ESCAPED, JSON_SAFE, KIND, NULL, NUMBER, STRING } from "../../batch/cell-kind.ts";
import { copyWords } from "../../batch/string-text.ts";
import type { Encoder } from "../format.ts";
import { CLOSE_BRACE, NEWLINE, NULL_WORD, OPEN_BRACE, QUOTE } from "./ascii.ts";
import { writeBinaryValue, writeTextValue } from "./write-value.ts";

export interface JsonEncoder extends Encoder {
  /** The fields of the records that follow: who writes all fields of a source learns of new ones on the way. */
  setFields(names: readonly string[]): void;
}

/**
 * Writes JSON lines: one object a line, its keys in the order of `fields`, which are distinct. An absent cell is left out
 * and a null one is `null`. Numbers, nested values and text from JSON are written as the source spells them; bytes of no
 * known meaning as base64; NaN and the infinities, which JSON lacks, as the strings "NaN", "Infinity" and "-Infinity".
 */
export function createJsonEncoder(fields: readonly string[]): JsonEncoder {
  let keys = fields.map(memberKey);
  return {
    heldBytes: 0,
    setFields(names) {
      keys = names.map(memberKey);
    },
    append(columns, selection, from, to, out) {
      for (let i = from; i < to; i++) writeRecord(keys, columns, selection[i]!, out);
    },
    finish() {},
  };
}

/** `,"name":` in words, as `setInt32(at, word, true)` writes them; the last one may be filled up with zeros. */
interface MemberKey {
  readonly words: Int32Array;
  readonly length: number;
}

function memberKey(name: string): MemberKey {
  const text = Buffer.from(`,${JSON.stringify(name)}:`);
  const words = new Int32Array(Math.ceil(text.length / 4));
  const padded = Buffer.concat([text], words.length * 4);
  for (let i = 0; i < words.length; i++) words[i] = padded.readInt32LE(i * 4);
  return { words, length: text.length };
}

const NOT_COPIED = 0;
const AS_IS = 1;
const IN_QUOTES = 2;

/** Which cells' spans are copied, by their kind with all flags. */
const COPIED = Uint8Array.from({ length: 256 }, (_, kind) => {
  if ((kind & KIND) === NUMBER || (kind & KIND) === BOOLEAN) return AS_IS;
  return (kind & KIND) === STRING && (kind & (JSON_SAFE | ESCAPED)) !== 0 ? IN_QUOTES : NOT_COPIED;
});

function writeRecord(keys: readonly MemberKey[], columns: readonly Column[], record: number, out: ByteWriter): void {
  const start = out.length;
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!;
    if (column.form === TEXT) writeTextMember(keys[i]!, column, record, out);
    else writeBinaryMember(keys[i]!, column, record, out);
  }
  out.reserve(3);
  if (out.length === start) out.length++;
  // In place of the first key's comma.
  out.bytes[start] = OPEN_BRACE;
  out.bytes[out.length++] = CLOSE_BRACE;
  out.bytes[out.length++] = NEWLINE;
}

/** Most cells are copied. All that they need is done here: calls and reservations would cost more than the copy. */
function writeTextMember(key: MemberKey, column: TextColumn, record: number, out: ByteWriter): void {
  const kind = column.kinds[record]!;
  if (kind === ABSENT) return;
  if (kind === NULL) return writeNullMember(key, out);
  const copied = COPIED[kind]!;
  if (copied === NOT_COPIED) return writeOtherMember(key, column, record, out);
  const start = column.starts[record]!;
  const end = column.ends[record]!;
  out.reserve(key.length + end - start + 2);
  const { view } = out;
  let at = writeKey(key, view, out.length);
  if (copied === IN_QUOTES) view.setUint8(at++, QUOTE);
  copyWords(column.view, start, end, view, at);
  at += end - start;
  if (copied === IN_QUOTES) view.setUint8(at++, QUOTE);
  out.length = at;
}

function writeNullMember(key: MemberKey, out: ByteWriter): void {
  out.reserve(key.length + 4);
  const at = writeKey(key, out.view, out.length);
  out.view.setInt32(at, NULL_WORD, true);
  out.length = at + 4;
}

function writeOtherMember(key: MemberKey, column: TextColumn, record: number, out: ByteWriter): void {
  out.reserve(key.length);
  out.length = writeKey(key, out.view, out.length);
  writeTextValue(column, record, out);
}

function writeBinaryMember(key: MemberKey, column: BinaryColumn, record: number, out: ByteWriter): void {
  out.reserve(key.length);
  out.length = writeKey(key, out.view, out.length);
  writeBinaryValue(column, record, out);
}

/** Returns the offset after it. */
function writeKey({ words, length }: MemberKey, out: DataView, at: number): number {
  for (let i = 0, o = at; i < words.length; i++, o += 4) out.setInt32(o, words[i]!, true);
  return at + length;
}
