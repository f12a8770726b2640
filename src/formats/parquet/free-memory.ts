/** Less than this is left to the garbage collector, and may share its memory with others. */
const MIN_BYTES = 64 * 1024;
/** A buffer may have so much memory behind its end: its padding, and what a decompressor reserved. */
const SPARE_BYTES = 128;

/**
 * Gives back the memory of a buffer at once; its length is 0 afterwards. Pages are large and short-lived, and the garbage
 * collector would let several generations of them pile up. Only for buffers whose memory is ours alone and that nobody
 * reads any more; one that is a small part of its memory is left alone.
 */
export function freeMemory({ buffer, length }: Uint8Array): void {
  const isAll = length >= MIN_BYTES && buffer.byteLength - length <= SPARE_BYTES;
  if (isAll && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
