/** Copies reach back within a block of so many bytes: two bytes say how far, as all usual writers do it. */
const BLOCK_BYTES = 64 * 1024;
/** A block ends with a literal, so that four bytes can be read wherever a match is looked for. */
const MARGIN = 15;
/** Literals of up to so many bytes are copied as if they had so many. */
const SHORT_LITERAL = 16;
const TABLE_BITS = 14;
const MIN_TABLE_BITS = 8;

/** Where in the block four bytes with this hash were seen last. */
const table = new Uint16Array(1 << TABLE_BITS);

/** What the lowest two bits of an element's first byte say. */
const NEAR_COPY = 1;
const COPY = 2;

/** Where blocks are compressed. */
let scratch = Buffer.allocUnsafeSlow(0);
let scratchView = new DataView(scratch.buffer);

/**
 * Compresses a Snappy block into memory of its own (https://github.com/google/snappy/blob/main/format_description.txt). The
 * same bytes always give the same, whatever was compressed before: a library that keeps its table does not promise that.
 */
export function compressSnappy(input: Buffer): Buffer {
  const { length } = input;
  reserve(32 + length + Math.ceil(length / 6));
  const view = new DataView(input.buffer, input.byteOffset, length);
  let end = writeLength(scratch, length);
  for (let start = 0; start < length; start += BLOCK_BYTES) {
    end = compressBlock(input, view, start, Math.min(start + BLOCK_BYTES, length), end);
  }
  const compressed = Buffer.allocUnsafeSlow(end);
  scratch.copy(compressed, 0, 0, end);
  return compressed;
}

/** https://github.com/google/snappy/blob/main/snappy.cc, MaxCompressedLength, says how much that has to be. */
function reserve(bytes: number): void {
  if (scratch.length >= bytes) return;
  scratch = Buffer.allocUnsafeSlow(bytes);
  scratchView = new DataView(scratch.buffer);
}

function writeLength(out: Buffer, length: number): number {
  let at = 0;
  for (let rest = length; ; rest >>>= 7) {
    if (rest < 128) {
      out[at++] = rest;
      return at;
    }
    out[at++] = (rest & 127) | 128;
  }
}

function compressBlock(input: Buffer, view: DataView, start: number, end: number, outAt: number): number {
  const [out, outView] = [scratch, scratchView];
  const limit = end - MARGIN;
  let to = outAt;
  /** From here on nothing is written yet. */
  let literal = start;
  if (limit > start) {
    const bits = tableBits(end - start);
    const shift = 32 - bits;
    table.fill(0, 0, 1 << bits);
    let at = start + 1;
    /** The longer there is no match, the larger the steps: bytes that do not compress cost little. */
    let skip = 32;
    while (at < limit) {
      const word = view.getInt32(at, true);
      const hash = Math.imul(word, 0x1e35a7bd) >>> shift;
      const seen = start + table[hash]!;
      table[hash] = at - start;
      if (view.getInt32(seen, true) !== word) {
        at += skip++ >> 5;
        continue;
      }
      if (at - literal > SHORT_LITERAL) to = writeLiteral(input, literal, at, out, to);
      else if (at > literal) to = writeShort(view, literal, at, outView, to);
      const from = at;
      at = matchEnd(view, seen + 4, at + 4, end);
      to = writeCopies(from - seen, at - from, out, to);
      literal = at;
      skip = 32;
      if (at < limit) table[Math.imul(view.getInt32(at - 1, true), 0x1e35a7bd) >>> shift] = at - 1 - start;
    }
  }
  return writeLiteral(input, literal, end, out, to);
}

/** Small blocks have small tables, because those have to be cleared. */
function tableBits(length: number): number {
  return Math.min(TABLE_BITS, Math.max(MIN_TABLE_BITS, 32 - Math.clz32(length - 1)));
}

function matchEnd(view: DataView, seen: number, at: number, end: number): number {
  const back = at - seen;
  let to = at;
  for (const last = end - 4; to <= last; to += 4) {
    const difference = view.getInt32(to, true) ^ view.getInt32(to - back, true);
    // The lowest bit that differs is in the first byte that does.
    if (difference !== 0) return to + ((31 - Math.clz32(difference & -difference)) >> 3);
  }
  while (to < end && view.getUint8(to) === view.getUint8(to - back)) to++;
  return to;
}

/** Reads and writes sixteen bytes even when there are fewer: no match begins in the last fifteen of a block. */
function writeShort(view: DataView, from: number, to: number, outView: DataView, at: number): number {
  outView.setUint8(at, (to - from - 1) << 2);
  outView.setInt32(at + 1, view.getInt32(from, true), true);
  outView.setInt32(at + 5, view.getInt32(from + 4, true), true);
  outView.setInt32(at + 9, view.getInt32(from + 8, true), true);
  outView.setInt32(at + 13, view.getInt32(from + 12, true), true);
  return at + 1 + to - from;
}

function writeLiteral(input: Buffer, from: number, to: number, out: Buffer, outAt: number): number {
  const length = to - from;
  if (length === 0) return outAt;
  let at = outAt;
  const last = length - 1;
  if (last < 60) out[at++] = last << 2;
  else if (last < 256) {
    out[at++] = 60 << 2;
    out[at++] = last;
  } else {
    out[at++] = 61 << 2;
    out[at++] = last & 255;
    out[at++] = last >> 8;
  }
  input.copy(out, at, from, to);
  return at + length;
}

/** A copy has at most 64 bytes; none of what is left has fewer than four. */
function writeCopies(offset: number, length: number, out: Buffer, outAt: number): number {
  let at = outAt;
  let left = length;
  for (; left >= 68; left -= 64) at = writeCopy(offset, 64, out, at);
  if (left > 64) {
    at = writeCopy(offset, 60, out, at);
    left -= 60;
  }
  return writeCopy(offset, left, out, at);
}

function writeCopy(offset: number, length: number, out: Buffer, at: number): number {
  if (length < 12 && offset < 2048) {
    out[at] = NEAR_COPY | ((length - 4) << 2) | ((offset >> 8) << 5);
    out[at + 1] = offset & 255;
    return at + 2;
  }
  out[at] = COPY | ((length - 1) << 2);
  out[at + 1] = offset & 255;
  out[at + 2] = offset >> 8;
  return at + 3;
}
