import type { RejectCode } from "../../batch/batch.ts";
import { ESCAPED, NON_ASCII } from "../../batch/cell-kind.ts";
import {
  ALSE_WORD,
  BACKSLASH,
  BLANK,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  LOWER_E,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  LOWER_U,
  MINUS,
  NEWLINE,
  NINE,
  NULL_WORD,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  POINT,
  QUOTE,
  RETURN,
  SMALL,
  TAB,
  TRUE_WORD,
  ZERO,
} from "./ascii.ts";
import { plainBits } from "./plain-bits.ts";

/*
 * JSON's grammar (RFC 8259, as strict as JSON.parse) as functions from the offset where something starts to the offset
 * after it. None of them makes a value. Where the grammar is broken they throw `fault`.
 *
 * The bytes must be followed by at least `PADDING` zeros. A zero stands nowhere in JSON, so the scan stops there by
 * itself, and a fault at or behind the end of the bytes says that they end too early.
 */

/** Objects and arrays within each other, the record itself counted. */
export const MAX_NESTING = 64;

/** Why a record is rejected; or `NoRoom`: nothing is wrong with it, but it does not fit into the batch at hand. */
type FaultCode = RejectCode | "NoRoom";

/** The one error that scanning throws, made once: a file full of broken lines must not make a stack trace for each. */
class ScanFault extends Error {
  code: FaultCode = "MalformedRecord";
  /** The first byte that cannot stand where it stands. */
  at = 0;
  /** MalformedRecord: what should stand there. Otherwise a sentence that says what is wrong. */
  reason = "";
}

export const fault = new ScanFault("Not JSON");

/** Valid until the next call into this file. */
export const scanned = {
  /** The flags (cell-kind.ts) of the last string that was skipped. */
  flags: 0,
  /** Goes up by one with each line end that is skipped. Line ends stand between tokens only, never in a string. */
  line: 0,
};

export function fail(at: number, reason: string, code: FaultCode = "MalformedRecord"): never {
  fault.at = at;
  fault.reason = reason;
  fault.code = code;
  throw fault;
}

export function skipBlanks(bytes: Buffer, at: number): number {
  for (let i = at; ; i++) {
    const c = bytes[i]!;
    if (c === NEWLINE) scanned.line++;
    else if (c !== BLANK && c !== RETURN && c !== TAB) return i;
  }
}

/** Takes the offset after the opening quote; returns that of the closing one. */
export function skipString(bytes: Buffer, view: DataView, at: number): number {
  let i = at;
  let escaped = 0;
  let seen = 0;
  for (;;) {
    const word = view.getInt32(i, true);
    const plain = plainBits(word);
    if (plain === 32) {
      seen |= word;
      i += 4;
      continue;
    }
    seen |= word & ((1 << plain) - 1);
    i += plain >> 3;
    const c = (word >>> plain) & 0xff;
    if (c === QUOTE) break;
    if (c !== BACKSLASH) fail(i, "a character of a string or its closing quote");
    escaped = ESCAPED;
    i = skipEscape(bytes, i);
  }
  scanned.flags = (seen & 0x80808080) === 0 ? escaped : escaped | NON_ASCII;
  return i;
}

/** Skips any value; `depth` is how many objects and arrays it stands in. */
export function skipValue(bytes: Buffer, view: DataView, at: number, depth: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return skipString(bytes, view, at + 1) + 1;
    case OPEN_BRACE:
      return skipObject(bytes, view, at, depth + 1);
    case OPEN_BRACKET:
      return skipArray(bytes, view, at, depth + 1);
    case LOWER_N:
      if (view.getInt32(at, true) !== NULL_WORD) failInLiteral(bytes, at, "null");
      return at + 4;
    case LOWER_T:
      if (view.getInt32(at, true) !== TRUE_WORD) failInLiteral(bytes, at, "true");
      return at + 4;
    case LOWER_F:
      if (view.getInt32(at + 1, true) !== ALSE_WORD) failInLiteral(bytes, at, "false");
      return at + 5;
    default:
      return skipNumber(bytes, at);
  }
}

/** Takes the offset of the backslash. */
function skipEscape(bytes: Buffer, at: number): number {
  const letter = bytes[at + 1]!;
  if (letter !== LOWER_U) {
    if (SHORT_ESCAPES[letter] === 0) fail(at + 1, "an escape that JSON knows");
    return at + 2;
  }
  for (let i = at + 2; i < at + 6; i++) if (!isHexDigit(bytes[i]!)) fail(i, "four hexadecimal digits");
  return at + 6;
}

const SHORT_ESCAPES = new Uint8Array(256);
for (const letter of '"\\/bfnrt') SHORT_ESCAPES[letter.charCodeAt(0)] = 1;

function isHexDigit(c: number): boolean {
  const small = c | SMALL;
  return isDigit(c) || (small >= 97 && small <= 102);
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= NINE;
}

function failInLiteral(bytes: Buffer, start: number, text: string): never {
  let at = start;
  while (bytes[at] === text.charCodeAt(at - start)) at++;
  fail(at, `\`${text}\``);
}

function skipNumber(bytes: Buffer, start: number): number {
  let at = start;
  let c = bytes[at]!;
  if (c === MINUS) c = bytes[++at]!;
  else if (!isDigit(c)) fail(at, "a value");
  at = c === ZERO ? at + 1 : skipDigits(bytes, at);
  c = bytes[at]!;
  if (c === POINT) {
    at = skipDigits(bytes, at + 1);
    c = bytes[at]!;
  }
  if ((c | SMALL) !== LOWER_E) return at;
  c = bytes[++at]!;
  return skipDigits(bytes, c === PLUS || c === MINUS ? at + 1 : at);
}

/** One digit at least. */
function skipDigits(bytes: Buffer, start: number): number {
  if (!isDigit(bytes[start]!)) fail(start, "a digit");
  let at = start + 1;
  while (isDigit(bytes[at]!)) at++;
  return at;
}

function skipObject(bytes: Buffer, view: DataView, start: number, depth: number): number {
  if (depth > MAX_NESTING) failTooDeep(start);
  let at = skipBlanks(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) fail(at, "a key in quotes");
    at = skipString(bytes, view, at + 1) + 1;
    if (bytes[at] !== COLON) at = skipBlanks(bytes, at);
    if (bytes[at] !== COLON) fail(at, "`:`");
    at++;
    if (bytes[at]! <= BLANK) at = skipBlanks(bytes, at);
    at = skipValue(bytes, view, at, depth);
    if (bytes[at]! <= BLANK) at = skipBlanks(bytes, at);
    const c = bytes[at]!;
    if (c === CLOSE_BRACE) return at + 1;
    if (c !== COMMA) fail(at, "`,` or `}`");
    at++;
    if (bytes[at]! <= BLANK) at = skipBlanks(bytes, at);
  }
}

function skipArray(bytes: Buffer, view: DataView, start: number, depth: number): number {
  if (depth > MAX_NESTING) failTooDeep(start);
  let at = skipBlanks(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    at = skipValue(bytes, view, at, depth);
    if (bytes[at]! <= BLANK) at = skipBlanks(bytes, at);
    const c = bytes[at]!;
    if (c === CLOSE_BRACKET) return at + 1;
    if (c !== COMMA) fail(at, "`,` or `]`");
    at++;
    if (bytes[at]! <= BLANK) at = skipBlanks(bytes, at);
  }
}

function failTooDeep(at: number): never {
  fail(at, `Objects and arrays are nested deeper than ${MAX_NESTING}.`, "NestingTooDeep");
}
