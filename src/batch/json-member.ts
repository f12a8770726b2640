import { ByteWriter } from "./byte-writer.ts";
import { BOOLEAN, ESCAPED, JSON_SAFE, KIND, NESTED, NON_ASCII, NULL, NUMBER, STRING } from "./cell-kind.ts";
import { unescapeJson } from "./string-text.ts";

/*
 * Members of objects and elements of arrays, in JSON text that a decoder has already checked.
 *
 * A path is a field's dotted name. At every object its whole rest may be one key; else a key ends at one of its points.
 */

const BLANK = 32;
const QUOTE = 34;
const COMMA = 44;
const POINT = 46;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const LETTER_F = 102;
const LETTER_N = 110;
const LETTER_T = 116;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** The value that was found last, as a cell: its kind (cell-kind.ts) and its span, without a string's quotes. */
export const member = { kind: 0, start: 0, end: 0 };

/**
 * Finds the value to which a path leads in the value at `start`, into `member`; false when there is none.
 * Longer keys win over shorter ones, and of two members with the same key the last.
 */
export function findMember(bytes: Buffer, start: number, path: Buffer): boolean {
  const found = findFrom(bytes, start, path, 0);
  if (found >= 0) describeValue(bytes, found, skipValue(bytes, found));
  return found >= 0;
}

/** True when the array at `start` has an element, or the object there has a key, whose text is `wanted`. */
export function hasMember(bytes: Buffer, start: number, wanted: Buffer): boolean {
  if (bytes[start] === OPEN_BRACE) return findKey(bytes, start, wanted, 0, wanted.length) >= 0;
  for (let at = firstItem(bytes, start); at >= 0; at = item.next) {
    readElement(bytes, at);
    describeValue(bytes, item.valueStart, item.valueEnd);
    if (isElement(bytes, wanted)) return true;
  }
  return false;
}

/**
 * Copies the value in the span to `out`, but for every value to which the path may lead: `write` puts another there, as
 * JSON text. It finds the old one in `member`. Members with the same key are all replaced.
 */
export function rewriteMembers(
  bytes: Buffer,
  start: number,
  end: number,
  path: Buffer,
  out: ByteWriter,
  write: () => void,
): void {
  appendSpan(out, bytes, rewriteFrom(bytes, start, start, path, 0, out, write), end);
}

function isElement(bytes: Buffer, wanted: Buffer): boolean {
  const { kind, start, end } = member;
  if ((kind & KIND) === STRING) return sameText(bytes, start, end, wanted, 0, wanted.length);
  return kind !== NULL && bytes.compare(wanted, 0, wanted.length, start, end) === 0;
}

/** The offset of the value, or -1. */
function findFrom(bytes: Buffer, start: number, path: Buffer, from: number): number {
  for (let to = path.length; to >= from; to = pointBefore(path, to)) {
    const found = findKey(bytes, start, path, from, to);
    if (found < 0) continue;
    const value = to === path.length ? found : findFrom(bytes, found, path, to + 1);
    if (value >= 0) return value;
  }
  return -1;
}

/** The offset of the last member whose key is `path[from .. to)`, or -1. */
function findKey(bytes: Buffer, start: number, path: Buffer, from: number, to: number): number {
  let found = -1;
  if (bytes[start] !== OPEN_BRACE) return found;
  for (let at = firstItem(bytes, start); at >= 0; at = item.next) {
    readMember(bytes, at);
    if (sameText(bytes, item.keyStart, item.keyEnd, path, from, to)) found = item.valueStart;
  }
  return found;
}

/** Copies what is new since `copied`; answers up to where it has copied. */
function rewriteFrom(
  bytes: Buffer,
  start: number,
  copied: number,
  path: Buffer,
  from: number,
  out: ByteWriter,
  write: () => void,
): number {
  if (bytes[start] !== OPEN_BRACE) return copied;
  let done = copied;
  for (let at = firstItem(bytes, start); at >= 0;) {
    readMember(bytes, at);
    const { keyStart, keyEnd, valueStart, valueEnd, next } = item;
    at = next;
    if (sameText(bytes, keyStart, keyEnd, path, from, path.length)) {
      appendSpan(out, bytes, done, valueStart);
      describeValue(bytes, valueStart, valueEnd);
      write();
      done = valueEnd;
      continue;
    }
    for (let to = pointBefore(path, path.length); to >= from; to = pointBefore(path, to)) {
      if (!sameText(bytes, keyStart, keyEnd, path, from, to)) continue;
      done = rewriteFrom(bytes, valueStart, done, path, to + 1, out, write);
    }
  }
  return done;
}

function pointBefore(path: Buffer, end: number): number {
  return end === 0 ? -1 : path.lastIndexOf(POINT, end - 1);
}

/** The member or element that was read last, and where the next one begins (-1: there is none). */
const item = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0, next: 0 };

function firstItem(bytes: Buffer, start: number): number {
  if (bytes[start] !== OPEN_BRACE && bytes[start] !== OPEN_BRACKET) return -1;
  const at = skipBlanks(bytes, start + 1);
  return bytes[at] === CLOSE_BRACE || bytes[at] === CLOSE_BRACKET ? -1 : at;
}

function readMember(bytes: Buffer, at: number): void {
  item.keyStart = at + 1;
  item.keyEnd = closingQuote(bytes, at + 1);
  const colon = skipBlanks(bytes, item.keyEnd + 1);
  readElement(bytes, skipBlanks(bytes, colon + 1));
}

function readElement(bytes: Buffer, at: number): void {
  item.valueStart = at;
  item.valueEnd = skipValue(bytes, at);
  const after = skipBlanks(bytes, item.valueEnd);
  item.next = bytes[after] === COMMA ? skipBlanks(bytes, after + 1) : -1;
}

function describeValue(bytes: Buffer, start: number, end: number): void {
  const isString = bytes[start] === QUOTE;
  member.kind = isString ? STRING | JSON_SAFE | stringFlags(bytes, start + 1, end - 1) : kindOf(bytes[start]!);
  member.start = isString ? start + 1 : start;
  member.end = isString ? end - 1 : end;
}

function kindOf(first: number): number {
  switch (first) {
    case OPEN_BRACE:
    case OPEN_BRACKET:
      return NESTED | NON_ASCII;
    case LETTER_N:
      return NULL;
    case LETTER_T:
    case LETTER_F:
      return BOOLEAN;
    default:
      return NUMBER;
  }
}

function stringFlags(bytes: Buffer, start: number, end: number): number {
  let flags = 0;
  for (let at = start; at < end; at++) {
    const c = bytes[at]!;
    if (c === BACKSLASH) flags |= ESCAPED;
    else if (c > 0x7f) flags |= NON_ASCII;
  }
  return flags;
}

/** Takes the offset after the opening quote. */
function closingQuote(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function skipBlanks(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at]! <= BLANK) at++;
  return at;
}

function skipValue(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const c = bytes[at]!;
    if (c === QUOTE) at = closingQuote(bytes, at + 1) + 1;
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      depth++;
      at++;
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
      depth--;
      at++;
    } else if (depth > 0) at++;
    else at = skipScalar(bytes, at);
  } while (depth > 0);
  return at;
}

/** A number or a literal, which ends where the array or object around it goes on. */
function skipScalar(bytes: Buffer, start: number): number {
  let at = start;
  for (let c = bytes[at]!; c > BLANK && c !== COMMA && c !== CLOSE_BRACE && c !== CLOSE_BRACKET; c = bytes[++at]!);
  return at;
}

const scratch = new ByteWriter(256);

/** True when the inside of a JSON string spells `wanted[from .. to)`. */
function sameText(bytes: Buffer, start: number, end: number, wanted: Buffer, from: number, to: number): boolean {
  if (end - start < to - from) return false;
  for (let at = start, i = from; at < end; at++, i++) {
    const c = bytes[at]!;
    if (c === BACKSLASH) return sameUnescaped(bytes, start, end, wanted, from, to);
    if (c !== wanted[i] || i >= to) return false;
  }
  return end - start === to - from;
}

function sameUnescaped(bytes: Buffer, start: number, end: number, wanted: Buffer, from: number, to: number): boolean {
  scratch.reserve(end - start);
  const length = unescapeJson(bytes, start, end, scratch.bytes, 0);
  return length === to - from && scratch.bytes.compare(wanted, from, to, 0, length) === 0;
}

function appendSpan(out: ByteWriter, bytes: Buffer, start: number, end: number): void {
  out.append(bytes.subarray(start, end));
}
