import type { Scratch } from "../../src/engine/engine-io.ts";

/** A scratch file in memory that knows whether it was given back. */
export function memoryScratch(): Scratch & { readonly closed: boolean; readonly length: number } {
  let bytes = Buffer.alloc(0);
  let closed = false;
  return {
    append(added) {
      const offset = bytes.length;
      bytes = Buffer.concat([bytes, added]);
      return Promise.resolve(offset);
    },
    read(offset, length) {
      if (offset + length > bytes.length) return Promise.reject(new Error("read past the end"));
      return Promise.resolve(Buffer.from(bytes.subarray(offset, offset + length)));
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
    get closed() {
      return closed;
    },
    get length() {
      return bytes.length;
    },
  };
}
