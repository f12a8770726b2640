import { PADDING, TEXT } from "../batch/batch.ts";
import type { TextColumn } from "../batch/batch.ts";
import { ABSENT } from "../batch/cell-kind.ts";

let absent = makeAbsent(0);

/** A column of at least so many cells without values. It is shared: nobody writes to it. */
export function absentColumn(count: number): TextColumn {
  if (absent.kinds.length < count) absent = makeAbsent(count);
  return absent;
}

function makeAbsent(count: number): TextColumn {
  const bytes = Buffer.alloc(PADDING);
  return {
    form: TEXT,
    kinds: new Uint8Array(count).fill(ABSENT),
    starts: new Int32Array(count),
    ends: new Int32Array(count),
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  };
}
