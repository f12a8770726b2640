import { CSV_SAFE, JSON_SAFE, NON_ASCII } from "../../batch/cell-kind.ts";

/** What each byte takes away from, or adds to, the flags of a span that holds it. */
const UNSAFE = new Uint8Array(256);
UNSAFE.fill(JSON_SAFE | CSV_SAFE, 0, 0x20);
UNSAFE.fill(NON_ASCII, 0x80);
UNSAFE[0x22] = JSON_SAFE | CSV_SAFE; // "
UNSAFE[0x5c] = JSON_SAFE; // \
UNSAFE[0x2c] = CSV_SAFE; // ,

/** The flags of a string that is plain UTF-8: what encoders may do with it without looking at its bytes. */
export function spanFlags(bytes: Buffer, start: number, end: number): number {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= UNSAFE[bytes[at]!]!;
  // An empty CSV cell without quotes would be no value.
  if (start === end) seen |= CSV_SAFE;
  return (seen & NON_ASCII) | (~seen & (JSON_SAFE | CSV_SAFE));
}
