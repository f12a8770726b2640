import type { ByteSource } from "../sdk/byte-source.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectStore } from "../sdk/object-store.ts";

interface KnownObject {
  readonly key: string;
  readonly size: number;
  readonly etag?: string;
}

/** The bytes of an object. Where its ETag is given, reading fails with `Changed` when it is another one by then. */
export function objectBytes(objects: ObjectStore, bucket: string, { key, etag, size }: KnownObject): ByteSource {
  const name = `s3://${bucket}/${key}`;
  return {
    name,
    size,
    stream: (from = 0) => objects.read(bucket, key, { from, ifMatch: etag }),
    async read(from, length, into = Buffer.allocUnsafeSlow(length)) {
      const bytes = into.subarray(0, length);
      let filled = 0;
      for await (const chunk of objects.read(bucket, key, { from, to: from + length, ifMatch: etag, into: bytes })) {
        if (chunk.buffer !== bytes.buffer) bytes.set(chunk, filled);
        filled += chunk.length;
      }
      if (filled === length) return bytes;
      throw new ObjectStoreError("Changed", `${name} ended after ${filled} of the ${length} bytes from ${from} on.`);
    },
  };
}
