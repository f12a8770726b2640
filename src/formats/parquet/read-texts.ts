import { isAscii, isUtf8 } from "node:buffer";
import { BINARY, CSV_SAFE, JSON_SAFE, NON_ASCII, NULL, NUMBER, STRING } from "../../batch/cell-kind.ts";
import { decimalText } from "../../batch/number-text.ts";
import { FormatError } from "../format.ts";
import type { PagePart } from "./page-part.ts";
import type { ReadTexts, TextCells } from "./text-cells.ts";

/** A string that consists of letters, digits and marks that no format minds. */
const SAFE_STRING = STRING | JSON_SAFE | CSV_SAFE;
const BLANKS = 0x20202020;
/** A length of one byte that is a character of ASCII, and three that are zero. */
const LONGEST_ASCII = 0x7f;

/** BYTE_ARRAY as bytes. */
export const readBinary: ReadTexts = (values, count, cells) => {
  walkSpans(values, count, cells);
  cells.kinds.fill(BINARY, 0, count);
};

/** BYTE_ARRAY as text. A value that is not UTF-8 is refused. */
export const readStrings: ReadTexts = (values, count, cells) => {
  const from = values.at;
  const longest = walkSpans(values, count, cells);
  if (longest > LONGEST_ASCII) writeLengths(values, count, cells, true);
  checkStrings(values, from, count, cells);
  // Later bytes of the page may be copies of these.
  if (longest > LONGEST_ASCII) writeLengths(values, count, cells, false);
};

/** FIXED_LEN_BYTE_ARRAY as bytes. */
export function readFixedBinary(length: number): ReadTexts {
  return (values, count, cells) => {
    fixedSpans(values, count, length, cells);
    cells.kinds.fill(BINARY, 0, count);
  };
}

/** FIXED_LEN_BYTE_ARRAY as text. */
export function readFixedStrings(length: number): ReadTexts {
  return (values, count, cells) => {
    fixedSpans(values, count, length, cells);
    cells.kinds.fill(STRING | NON_ASCII, 0, count);
    for (let cell = 0; cell < count; cell++) refuseUnlessUtf8(values.bytes, cell, cells);
  };
}

/** A column of the type UNKNOWN has no values, whatever its pages say. */
export const readNothing: ReadTexts = (_values, count, cells) => {
  cells.kinds.fill(NULL, 0, count);
};

/** 16 bytes as `00112233-4455-6677-8899-aabbccddeeff`. */
export const readUuids = writeEach(SAFE_STRING, 36, (values) => {
  const at = values.take(16);
  const hex = values.bytes.toString("hex", at, at + 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
});

/** Unsigned 64-bit integers. */
export const readUnsignedLongs = writeEach(NUMBER, 20, (values) =>
  values.view.getBigUint64(values.take(8), true).toString(),
);

/** INT32 or INT64 as a decimal that says that it has more digits than a long integer. */
export function readIntegerDecimals(bytes: 4 | 8, scale: number): ReadTexts {
  return writeEach(NUMBER, decimalRoom(bytes, scale), (values) => {
    const at = values.take(bytes);
    const unscaled = bytes === 4 ? BigInt(values.view.getInt32(at, true)) : values.view.getBigInt64(at, true);
    return decimalText(unscaled, scale);
  });
}

/** FIXED_LEN_BYTE_ARRAY as a decimal of any precision. */
export function readFixedDecimals(length: number, scale: number): ReadTexts {
  return writeEach(NUMBER, decimalRoom(length, scale), (values) => {
    const at = values.take(length);
    return decimalText(signedInteger(values.bytes, at, length), scale);
  });
}

/** BYTE_ARRAY as a decimal of any precision. */
export function readDecimals(scale: number): ReadTexts {
  return writeEach(NUMBER, decimalRoom(MAX_DECIMAL_BYTES, scale), (values) => {
    const length = values.view.getInt32(values.take(4), true);
    if (length < 0) throw new FormatError("a value has a negative length");
    const at = values.take(length);
    return length > MAX_DECIMAL_BYTES ? undefined : decimalText(signedInteger(values.bytes, at, length), scale);
  });
}

/** The largest integer, in bytes, whose digits are spelled out: the time that takes grows with its square. */
export const MAX_DECIMAL_BYTES = 1024;

/** A time of day in `perSecond` parts of a second, as `hh:mm:ss` with three, six or nine decimals when it has any. */
export function readTimes(bytes: 4 | 8, perSecond: number): ReadTexts {
  return writeEach(SAFE_STRING, 18, (values) => {
    const at = values.take(bytes);
    const low = values.view.getInt32(at, true);
    const time = bytes === 4 ? low : values.view.getInt32(at + 4, true) * 4294967296 + (low >>> 0);
    return time < 0 || time > 86_400 * perSecond ? undefined : timeText(time, perSecond);
  });
}

/** Returns the length of the longest. */
function walkSpans(values: PagePart, count: number, { starts, ends }: TextCells): number {
  const { view, end } = values;
  let { at } = values;
  let longest = 0;
  for (let cell = 0; cell < count; cell++) {
    if (end - at < 4) throw new FormatError("the page ends before its last value");
    const length = view.getInt32(at, true);
    at += 4;
    if (length < 0 || length > end - at) throw new FormatError("a value ends behind the end of the page");
    if (length > longest) longest = length;
    starts[cell] = at;
    at += length;
    ends[cell] = at;
  }
  values.at = at;
  return longest;
}

/** Writes blanks over the lengths that are not ASCII, so that one pass can check all values, or writes them back. */
function writeLengths({ view }: PagePart, count: number, { starts, ends }: TextCells, blank: boolean): void {
  for (let cell = 0; cell < count; cell++) {
    const start = starts[cell]!;
    const length = ends[cell]! - start;
    if (length > LONGEST_ASCII) view.setInt32(start - 4, blank ? BLANKS : length, true);
  }
}

function fixedSpans(values: PagePart, count: number, length: number, { starts, ends }: TextCells): void {
  let at = values.take(count * length);
  for (let cell = 0; cell < count; cell++) {
    starts[cell] = at;
    at += length;
    ends[cell] = at;
  }
}

/** The values from `from` on have ASCII between them: they are UTF-8 exactly if all of it is. */
function checkStrings(values: PagePart, from: number, count: number, cells: TextCells): void {
  const all = values.bytes.subarray(from, values.at);
  if (isAscii(all)) {
    cells.kinds.fill(STRING, 0, count);
    return;
  }
  cells.kinds.fill(STRING | NON_ASCII, 0, count);
  if (isUtf8(all)) return;
  for (let cell = 0; cell < count; cell++) refuseUnlessUtf8(values.bytes, cell, cells);
}

function refuseUnlessUtf8(bytes: Buffer, cell: number, cells: TextCells): void {
  if (!isUtf8(bytes.subarray(cells.starts[cell], cells.ends[cell]))) {
    cells.refuse(cell, "InvalidEncoding", "The text is not UTF-8.");
  }
}

/** Cells whose text is made here, at most `room` bytes each. A value for which `text` answers nothing is refused. */
function writeEach(kind: number, room: number, text: (values: PagePart) => string | undefined): ReadTexts {
  return (values, count, cells) => {
    const { kinds, starts, ends, out } = cells;
    out.length = 0;
    for (let cell = 0; cell < count; cell++) {
      const made = text(values);
      if (made === undefined) cells.refuse(cell, "TypeMismatch", "The value is outside the range of its type.");
      out.reserve(room);
      kinds[cell] = kind;
      starts[cell] = out.length;
      out.length += out.bytes.latin1Write(made ?? "", out.length);
      ends[cell] = out.length;
    }
    cells.bytes = out.bytes;
    cells.view = out.view;
  };
}

/** Three digits per byte are more than enough. */
function decimalRoom(bytes: number, scale: number): number {
  return Math.max(bytes * 3, scale) + 4;
}

/** The big-endian integer in two's complement. */
function signedInteger(bytes: Buffer, at: number, length: number): bigint {
  if (length === 0) return 0n;
  return BigInt.asIntN(length * 8, BigInt(`0x${bytes.toString("hex", at, at + length)}`));
}

function timeText(time: number, perSecond: number): string {
  const seconds = Math.floor(time / perSecond);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const text = parts.map((part) => String(part).padStart(2, "0")).join(":");
  const rest = time % perSecond;
  if (rest === 0) return text;
  const digits = String(rest).padStart(String(perSecond).length - 1, "0");
  return `${text}.${digits.replace(/(?:000){1,2}$/, "")}`;
}
