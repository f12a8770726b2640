import { CSV_SAFE, JSON_SAFE, NON_ASCII } from "../batch/cell-kind.ts";

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const BLANK = 32;
const NEWLINE = 10;
const RETURN = 13;

/** What holds for plain text (cell-kind.ts): `NON_ASCII`, `JSON_SAFE`, `CSV_SAFE`. */
export function textFlags(bytes: Uint8Array): number {
  let flags = JSON_SAFE | CSV_SAFE;
  for (const c of bytes) {
    if (c > 0x7f) flags |= NON_ASCII;
    if (c < BLANK || c === QUOTE || c === BACKSLASH) flags &= ~JSON_SAFE;
    if (c === COMMA || c === QUOTE || c === NEWLINE || c === RETURN) flags &= ~CSV_SAFE;
  }
  return flags;
}

/** What holds for two texts put together. */
export function joinFlags(a: number, b: number): number {
  return (a & b & (JSON_SAFE | CSV_SAFE)) | ((a | b) & NON_ASCII);
}
