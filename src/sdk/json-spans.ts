import type { Json } from "./json.ts";

/*
 * Where values stand in JSON text, so that what nobody needs as an object never becomes one. Only as much of the grammar is
 * checked as is needed to find them: the decoder of records checks the rest. What is not found to be JSON throws a
 * SyntaxError.
 */

/** Bytes from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface MemberSpan extends Span {
  readonly name: string;
  /** Where its key begins; the span itself is that of its value. */
  readonly keyStart: number;
}

const BLANK = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** The array that is all of the text, but for blanks around it. */
export function wholeArray(bytes: Buffer): Span {
  const start = skipBlanks(bytes, 0);
  if (bytes[start] !== OPEN_BRACKET) throw new SyntaxError("A `[` is missing.");
  const end = skipValue(bytes, start);
  if (skipBlanks(bytes, end) !== bytes.length) throw new SyntaxError("There is more than one value.");
  return { start, end };
}

/** The members of the object that is all of the text, but for blanks around it; undefined where that is no object. */
export function membersOfText(bytes: Buffer): readonly MemberSpan[] | undefined {
  const start = skipBlanks(bytes, 0);
  if (bytes[start] !== OPEN_BRACE) return undefined;
  const members = [...membersOf(bytes, { start, end: bytes.length })];
  const end = skipBlanks(bytes, members.at(-1)?.end ?? start + 1) + 1;
  if (skipBlanks(bytes, end) !== bytes.length) throw new SyntaxError("There is more than one value.");
  return members;
}

/** The members of the object there, in their order. */
export function* membersOf(bytes: Buffer, { start }: Span): Generator<MemberSpan> {
  for (let at = enter(bytes, start, OPEN_BRACE, CLOSE_BRACE); at >= 0;) {
    if (bytes[at] !== QUOTE) throw new SyntaxError("A key is missing.");
    const keyStart = at;
    const keyEnd = skipString(bytes, at);
    const colon = skipBlanks(bytes, keyEnd);
    if (bytes[colon] !== COLON) throw new SyntaxError("A `:` is missing.");
    const value = skipBlanks(bytes, colon + 1);
    const end = skipValue(bytes, value);
    yield { name: JSON.parse(bytes.utf8Slice(keyStart, keyEnd)) as string, keyStart, start: value, end };
    at = nextItem(bytes, end, CLOSE_BRACE);
  }
}

/** The elements of the array there. */
export function* elementsOf(bytes: Buffer, { start }: Span): Generator<Span> {
  for (let at = enter(bytes, start, OPEN_BRACKET, CLOSE_BRACKET); at >= 0;) {
    const end = skipValue(bytes, at);
    yield { start: at, end };
    at = nextItem(bytes, end, CLOSE_BRACKET);
  }
}

export function isObject(bytes: Buffer, { start }: Span): boolean {
  return bytes[start] === OPEN_BRACE;
}

export function isArray(bytes: Buffer, { start }: Span): boolean {
  return bytes[start] === OPEN_BRACKET;
}

/** The value there. A number that a double would change is given as its text. */
export function readValue(bytes: Buffer, { start, end }: Span): Json {
  // The reviver's third argument is in Node 21 and later; TypeScript does not declare it yet.
  const revive = (_: string, value: Json, context?: { readonly source?: string }): Json =>
    typeof value === "number" && context?.source !== undefined && !isExact(value, context.source)
      ? context.source
      : value;
  return JSON.parse(bytes.utf8Slice(start, end), revive) as Json;
}

/** Seventeen digits tell any double; of fifteen, none is changed. */
function isExact(value: number, source: string): boolean {
  return String(value) === source || source.replaceAll(/\D/g, "").length <= 15;
}

function enter(bytes: Buffer, start: number, open: number, close: number): number {
  if (bytes[start] !== open) throw new SyntaxError(`A \`${String.fromCharCode(open)}\` is missing.`);
  const at = skipBlanks(bytes, start + 1);
  return bytes[at] === close ? -1 : at;
}

/** Where the next item begins; -1 when there is none. */
function nextItem(bytes: Buffer, end: number, close: number): number {
  const at = skipBlanks(bytes, end);
  if (bytes[at] === close) return -1;
  if (bytes[at] !== COMMA) throw new SyntaxError("A `,` is missing.");
  return skipBlanks(bytes, at + 1);
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at]! <= BLANK) at++;
  return at;
}

function skipValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return skipString(bytes, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(bytes, start);
  let at = start;
  while (at < bytes.length && !isEnd(bytes[at]!)) at++;
  if (at === start) throw new SyntaxError("A value is missing.");
  return at;
}

function isEnd(c: number): boolean {
  return c <= BLANK || c === COMMA || c === CLOSE_BRACE || c === CLOSE_BRACKET;
}

function skipNested(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const c = bytes[at]!;
    if (c === QUOTE) at = skipString(bytes, at) - 1;
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) depth++;
    else if ((c === CLOSE_BRACE || c === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  throw new SyntaxError("The text ends too early.");
}

/** Takes the offset of the opening quote; returns the one after the closing quote. */
function skipString(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const c = bytes[at]!;
    if (c === QUOTE) return at + 1;
    if (c === BACKSLASH) at++;
  }
  throw new SyntaxError("A string is not closed.");
}
