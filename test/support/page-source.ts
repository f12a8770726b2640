import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { ByteSource } from "../../src/sdk/byte-source.ts";
import type { InputFormat, Page, ReadableSource } from "../../src/sdk/connector.ts";

export interface TestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly format: InputFormat;
}

/** A source of files in memory, one page each, whose bytes come in chunks of `chunkBytes`. */
export function fileSource(files: readonly TestFile[], chunkBytes = 1 << 16): ReadableSource {
  return {
    triggers: ["on-demand"],
    minimumMinutes: 1,
    check: () => [],
    describeObject: () => "memory",
    async *read(_, { cursor }): AsyncGenerator<Page> {
      for (let i = (cursor as number | undefined) ?? 0; i < files.length; i++) {
        const { format } = files[i]!;
        yield { at: i, next: i + 1 < files.length ? i + 1 : null, format, body: byteSource(files[i]!, chunkBytes) };
      }
    },
  };
}

export function byteSource({ name, bytes }: Pick<TestFile, "name" | "bytes">, chunkBytes: number): ByteSource {
  return {
    name,
    size: bytes.length,
    async *stream(from = 0) {
      for (let at = from; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
    },
    async read(from, length, into = new Uint8Array(length)) {
      if (from + length > bytes.length) throw new ObjectStoreError("Invalid", "past the end");
      into.set(bytes.subarray(from, from + length));
      return into.subarray(0, length);
    },
  };
}
