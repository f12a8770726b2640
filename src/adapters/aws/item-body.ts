import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { TooLargeError } from "../../store/too-large-error.ts";
import { MAX_BODY_BYTES } from "./table.ts";

/**
 * A value as an item holds it: JSON text, compressed. The names in it are data, which attribute names of DynamoDB cannot
 * be (they may not be empty), and JSON repeats itself. Fails with a `TooLargeError` when no item can hold it.
 */
export function packBody(value: unknown, what: string, remedy = "make it smaller"): Uint8Array {
  const text = Buffer.from(JSON.stringify(value));
  // The parsed definition of a flow repeats its request: the window has to span both.
  const packed = brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 4,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS - 2,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    },
  });
  if (packed.length <= MAX_BODY_BYTES) return packed;
  throw new TooLargeError(
    `${what} is ${text.length} bytes of JSON, and ${packed.length} when compressed; ${MAX_BODY_BYTES} can be stored — ${remedy}`,
  );
}

/** The value of `packBody`. */
export function unpackBody(body: unknown): unknown {
  return JSON.parse(brotliDecompressSync(body as Uint8Array).toString());
}
