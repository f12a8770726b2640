import type { ByteSource } from "./byte-source.ts";

/** Bytes in memory, such as the records of one answer; `name` is for messages. */
export function bufferSource(name: string, bytes: Buffer): ByteSource {
  return {
    name,
    size: bytes.length,
    // oxlint-disable-next-line require-await
    async *stream(from = 0) {
      yield bytes.subarray(from);
    },
    read(from, length, into = new Uint8Array(length)) {
      if (from + length > bytes.length)
        return Promise.reject(new RangeError(`${name} has no ${length} bytes at ${from}.`));
      into.set(bytes.subarray(from, from + length));
      return Promise.resolve(into.subarray(0, length));
    },
  };
}
