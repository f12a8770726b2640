import type { ByteSource } from "../../sdk/byte-source.ts";

/** Exactly `length` bytes of the object, as a Buffer: of `into`, if that is given. */
export async function readRange(source: ByteSource, from: number, length: number, into?: Uint8Array): Promise<Buffer> {
  const bytes = await source.read(from, length, into);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
