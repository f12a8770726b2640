import { FormatError } from "../format.ts";

/**
 * Decompresses one LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) into `out[at .. end)` and
 * returns the offset after it. Throws when the block is not one or does not fit.
 */
export function decompressLz4Block(source: Uint8Array, out: Uint8Array, at: number, end: number): number {
  let from = 0;
  let to = at;
  while (from < source.length) {
    const token = source[from++]!;
    let literals = token >> 4;
    if (literals === 15) [literals, from] = longLength(source, from);
    if (literals > source.length - from || literals > end - to) throw damaged();
    out.set(source.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === source.length) return to;
    if (source.length - from < 2) throw damaged();
    const distance = source[from]! | (source[from + 1]! << 8);
    from += 2;
    let length = token & 15;
    if (length === 15) [length, from] = longLength(source, from);
    length += 4;
    if (distance === 0 || distance > to - at || length > end - to) throw damaged();
    copyBack(out, to, distance, length);
    to += length;
  }
  throw damaged();
}

/**
 * The codec LZ4, which Hadoop frames: before each block stand its two sizes in big-endian, decompressed and
 * compressed. Some writers leave the frame out (https://parquet.apache.org/docs/file-format/data-pages/compression/).
 */
export function decompressHadoopLz4(source: Buffer, out: Uint8Array, length: number): number {
  if (!isFramed(source, length)) return decompressLz4Block(source, out, 0, length);
  let to = 0;
  for (let from = 0; from < source.length;) {
    const block = source.readUInt32BE(from + 4);
    to = decompressLz4Block(source.subarray(from + 8, from + 8 + block), out, to, length);
    from += 8 + block;
  }
  return to;
}

/** True when the frames span all of the source and announce exactly the bytes that there should be. */
function isFramed(source: Buffer, length: number): boolean {
  let total = 0;
  let from = 0;
  while (from + 8 <= source.length) {
    total += source.readUInt32BE(from);
    from += 8 + source.readUInt32BE(from + 4);
  }
  return from === source.length && total === length;
}

function longLength(source: Uint8Array, at: number): [length: number, at: number] {
  let length = 15;
  for (let from = at; from < source.length;) {
    const byte = source[from++]!;
    length += byte;
    if (byte !== 255) return [length, from];
  }
  throw damaged();
}

/** What is copied may overlap what is written: that is how repetitions are spelled. */
function copyBack(out: Uint8Array, to: number, distance: number, length: number): void {
  if (distance >= length) out.copyWithin(to, to - distance, to - distance + length);
  else for (let i = to; i < to + length; i++) out[i] = out[i - distance]!;
}

function damaged(): FormatError {
  return new FormatError("a page's LZ4 data is damaged");
}
