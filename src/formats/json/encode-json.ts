import { PADDING, TEXT } from "../../batch/batch.ts";
import type { Column } from "../../batch/batch.ts";
import type { ByteWriter } from "../../batch/byte-writer.ts";
import { ABSENT } from "../../batch/cell-kind.ts";
import { copyWords } from "../../batch/string-text.ts";
import type { Encoder } from "../format.ts";
import { CLOSE_BRACE, NEWLINE, OPEN_BRACE } from "./ascii.ts";
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
    suspend() {
      return null;
    },
  };
}

/** `,"name":` in bytes, with room behind it to be copied a word at a time. */
interface MemberKey {
  readonly view: DataView;
  readonly length: number;
}

function memberKey(name: string): MemberKey {
  const text = `,${JSON.stringify(name)}:`;
  const bytes = Buffer.alloc(Buffer.byteLength(text) + PADDING);
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), length: bytes.utf8Write(text) };
}

function writeRecord(keys: readonly MemberKey[], columns: readonly Column[], record: number, out: ByteWriter): void {
  const start = out.length;
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!;
    if (column.form !== TEXT) {
      writeKey(keys[i]!, out);
      writeBinaryValue(column, record, out);
    } else if (column.kinds[record] !== ABSENT) {
      writeKey(keys[i]!, out);
      writeTextValue(column, record, out);
    }
  }
  out.reserve(3);
  if (out.length === start) out.length++;
  // In place of the first key's comma.
  out.bytes[start] = OPEN_BRACE;
  out.bytes[out.length++] = CLOSE_BRACE;
  out.bytes[out.length++] = NEWLINE;
}

function writeKey({ view, length }: MemberKey, out: ByteWriter): void {
  out.reserve(length);
  copyWords(view, 0, length, out.view, out.length);
  out.length += length;
}
