import type { ByteSource } from "../../sdk/byte-source.ts";

/** Exactly `length` bytes of the object, as a Buffer. */
export async function readRange(source: ByteSource, from: number, length: number): Promise<Buffer> {
  const bytes = await source.read(from, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
