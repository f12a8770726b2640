/*
 * One byte tells what a text cell holds and how its bytes are to be read. The low three bits are the kind, the
 * others are flags. The span of a string never includes its quotes, so every encoder treats a JSON string, a CSV
 * cell and a Parquet byte array alike: copy the span where a flag says that this is safe, else look at the bytes.
 */

/** The record has no such field. JSON output leaves it out; every other format writes it like null. */
export const ABSENT = 0;
export const NULL = 1;
/** The span is `true` or `false`. */
export const BOOLEAN = 2;
/** The span is a number in JSON's grammar, any length, never rounded. */
export const NUMBER = 3;
/** The span is text in UTF-8, subject to the flags below. */
export const STRING = 4;
/** The span is an object or array as JSON text. */
export const NESTED = 5;
/** The span is bytes of no known meaning; text formats write them in base64. */
export const BINARY = 6;

export const KIND = 0x07;

/** The span holds JSON backslash escapes: it is the inside of a JSON string, not yet the text. */
export const ESCAPED = 0x08;
/** The span holds doubled quotes: it is the inside of a quoted CSV cell, not yet the text. */
export const DOUBLED = 0x10;
/** The span may hold bytes above 0x7f. Without it, one byte is one character. */
export const NON_ASCII = 0x20;
/** The span may stand between JSON quotes as it is. */
export const JSON_SAFE = 0x40;
/** The span may stand in an unquoted CSV cell (comma as the delimiter) as it is. */
export const CSV_SAFE = 0x80;
