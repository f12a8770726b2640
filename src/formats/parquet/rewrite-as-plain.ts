import { PADDING } from "../../batch/batch.ts";
import { FormatError } from "../format.ts";
import { MAX_PAGE_BYTES } from "./page-header.ts";
import { Encoding, PhysicalType } from "./parquet-types.ts";
import { PagePart } from "./page-part.ts";
import { unpackDeltas } from "./unpack-deltas.ts";

/**
 * The values of the rarer encodings (https://parquet.apache.org/docs/file-format/data-pages/encodings/), written anew in
 * the encoding PLAIN, so that there is one way to read them. `limit` is how many values the page can have.
 */
export function rewriteAsPlain(
  encoding: number,
  physical: number,
  typeLength: number,
  values: PagePart,
  limit: number,
): PagePart {
  if (encoding === Encoding.BYTE_STREAM_SPLIT) return joinStreams(values, bytesPerValue(physical, typeLength));
  const isText = physical === PhysicalType.BYTE_ARRAY || physical === PhysicalType.FIXED_LEN_BYTE_ARRAY;
  if (encoding === Encoding.DELTA_BINARY_PACKED && !isText) return unpackNumbers(values, physical, limit);
  const fixed = physical === PhysicalType.FIXED_LEN_BYTE_ARRAY ? typeLength : 0;
  if (encoding === Encoding.DELTA_LENGTH_BYTE_ARRAY && isText) return spellLengths(values, fixed, limit);
  if (encoding === Encoding.DELTA_BYTE_ARRAY && isText) return joinPrefixes(values, fixed, limit);
  throw new FormatError(`a page has the encoding ${encoding}, which does not go with the physical type ${physical}`);
}

function bytesPerValue(physical: number, typeLength: number): number {
  switch (physical) {
    case PhysicalType.INT32:
    case PhysicalType.FLOAT:
      return 4;
    case PhysicalType.INT64:
    case PhysicalType.DOUBLE:
      return 8;
    case PhysicalType.FIXED_LEN_BYTE_ARRAY:
      return typeLength;
    default:
      throw new FormatError(`values of the physical type ${physical} cannot be split into streams`);
  }
}

/** BYTE_STREAM_SPLIT: the first bytes of all values, then the second bytes, and so on. */
function joinStreams(values: PagePart, width: number): PagePart {
  const { bytes, at } = values;
  const count = Math.floor((values.end - at) / width);
  const plain = allocate(count * width);
  for (let stream = 0; stream < width; stream++) {
    let from = at + stream * count;
    for (let to = stream; to < count * width; to += width) plain.bytes[to] = bytes[from++]!;
  }
  return plain;
}

function unpackNumbers(values: PagePart, physical: number, limit: number): PagePart {
  const wide = physical === PhysicalType.INT64;
  if (!wide && physical !== PhysicalType.INT32) {
    throw new FormatError(`values of the physical type ${physical} cannot be delta-encoded`);
  }
  const words = unpackDeltas(values, wide ? 2 : 1, limit);
  const plain = allocate(words.length * 4);
  plain.bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  return plain;
}

/** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. Values of a `fixed` length, if it is not 0, must have it. */
function spellLengths(values: PagePart, fixed: number, limit: number): PagePart {
  const lengths = unpackDeltas(values, 1, limit);
  const plain = allocate(lengths.length * lengthBytes(fixed) + (values.end - values.at));
  let to = 0;
  for (const length of lengths) {
    const from = values.take(checkedLength(length));
    to = writeLength(plain, to, length, fixed);
    values.bytes.copy(plain.bytes, to, from, from + length);
    to += length;
  }
  return plain;
}

/** DELTA_BYTE_ARRAY: how many bytes each value shares with the one before, then the rests as DELTA_LENGTH_BYTE_ARRAY. */
function joinPrefixes(values: PagePart, fixed: number, limit: number): PagePart {
  const shared = unpackDeltas(values, 1, limit);
  const rests = unpackDeltas(values, 1, limit);
  if (shared.length !== rests.length) throw new FormatError("a page has not as many prefixes as values");
  let total = shared.length * lengthBytes(fixed);
  for (let i = 0; i < shared.length; i++) total += checkedLength(shared[i]!) + checkedLength(rests[i]!);
  const plain = allocate(total);
  let before = 0;
  let lengthBefore = 0;
  let to = 0;
  for (let i = 0; i < shared.length; i++) {
    const head = shared[i]!;
    const rest = rests[i]!;
    if (head > lengthBefore) throw new FormatError("a value shares more with the one before than that has");
    to = writeLength(plain, to, head + rest, fixed);
    plain.bytes.copyWithin(to, before, before + head);
    const from = values.take(rest);
    values.bytes.copy(plain.bytes, to + head, from, from + rest);
    before = to;
    lengthBefore = head + rest;
    to += lengthBefore;
  }
  return plain;
}

function lengthBytes(fixed: number): number {
  return fixed === 0 ? 4 : 0;
}

function writeLength(plain: PagePart, to: number, length: number, fixed: number): number {
  if (fixed === 0) plain.view.setInt32(to, length, true);
  else if (length !== fixed) throw new FormatError(`a value of ${fixed} bytes has ${length}`);
  return to + lengthBytes(fixed);
}

function checkedLength(length: number): number {
  if (length < 0) throw new FormatError("a value has a negative length");
  return length;
}

function allocate(length: number): PagePart {
  if (length > MAX_PAGE_BYTES) {
    throw new FormatError(`a page of ${length} bytes is larger than the limit of ${MAX_PAGE_BYTES}`);
  }
  return new PagePart(Buffer.allocUnsafeSlow(length + PADDING), 0, length);
}
