/** Less than this is left to the garbage collector, and may share its memory with others. */
const MIN_BYTES = 64 * 1024;

/**
 * Gives back the memory of a buffer at once; its length is 0 afterwards. Pages are large and short-lived, and the garbage
 * collector would let several generations of them pile up. Only for buffers that we allocated and nobody reads any more.
 */
export function freeMemory(bytes: Buffer): void {
  if (bytes.length >= MIN_BYTES && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}
