import { FormatError } from "../format.ts";
import { readBits } from "./hybrid-reader.ts";
import { MAX_PAGE_BYTES } from "./page-header.ts";
import type { PagePart } from "./page-part.ts";

/**
 * Reads DELTA_BINARY_PACKED integers (https://parquet.apache.org/docs/file-format/data-pages/encodings/) and leaves
 * `values` behind them. Each has `width` 32-bit words, low word first; what does not fit wraps around, as it does for the
 * writer. Refuses more than `limit` of them.
 */
export function unpackDeltas(values: PagePart, width: 1 | 2, limit: number): Int32Array {
  const { count, miniblocks, perMiniblock, first } = readHeader(values, limit, width);
  const words = new Int32Array(count * width);
  let low = lowWord(first);
  let high = highWord(first);
  for (let i = 0; i < count;) {
    if (i === 0) {
      store(words, i++, width, low, high);
      continue;
    }
    // A block: the least difference, the bits per value of each miniblock, and what each difference is above the least.
    const least = readZigzag(values);
    const leastLow = lowWord(least) >>> 0;
    const leastHigh = highWord(least);
    const widths = values.take(miniblocks);
    for (let m = 0; m < miniblocks && i < count; m++) {
      const bits = values.bytes[widths + m]!;
      const present = Math.min(perMiniblock, count - i);
      const at = takeMiniblock(values, bits, perMiniblock, present);
      for (let v = 0, bit = 0; v < present; v++, bit += bits) {
        const restLow = readBits(values.view, at, bit, Math.min(bits, 32)) >>> 0;
        const restHigh = bits > 32 ? readBits(values.view, at, bit + 32, bits - 32) : 0;
        const sum = (low >>> 0) + leastLow + restLow;
        low = sum | 0;
        high = (high + leastHigh + restHigh + Math.floor(sum / 4294967296)) | 0;
        store(words, i++, width, low, high);
      }
    }
  }
  return words;
}

function readHeader(values: PagePart, limit: number, width: number) {
  const blockSize = Number(readVarint(values));
  const miniblocks = Number(readVarint(values));
  const count = Number(readVarint(values));
  const first = readZigzag(values);
  const perMiniblock = blockSize / miniblocks;
  if (count > limit || count * width * 4 > MAX_PAGE_BYTES) {
    throw new FormatError(`a page of at most ${limit} values says that it has ${count}`);
  }
  if (count > 1 && !(perMiniblock >= 8 && perMiniblock % 8 === 0)) {
    throw new FormatError(`a page has blocks of ${blockSize} values in ${miniblocks} parts`);
  }
  return { count, miniblocks, perMiniblock, first };
}

/** The last miniblock is filled up with bits that mean nothing; some writers leave them out. */
function takeMiniblock(values: PagePart, bits: number, perMiniblock: number, present: number): number {
  if (bits > 64) throw new FormatError(`a difference has ${bits} bits`);
  const left = values.end - values.at;
  const needed = Math.ceil((present * bits) / 8);
  return values.take(Math.max(needed, Math.min((perMiniblock * bits) / 8, left)));
}

function store(words: Int32Array, i: number, width: number, low: number, high: number): void {
  if (width === 1) words[i] = low;
  else {
    words[i * 2] = low;
    words[i * 2 + 1] = high;
  }
}

function lowWord(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

function highWord(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n));
}

function readZigzag(values: PagePart): bigint {
  const value = readVarint(values);
  return (value & 1n) === 0n ? value >> 1n : -(value >> 1n) - 1n;
}

function readVarint(values: PagePart): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = values.bytes[values.take(1)]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new FormatError("a number has more than 64 bits");
}
