import fc from "fast-check";
import { snappyUncompress } from "hysnappy";
import { describe, expect, it } from "vitest";
import { compressSnappy } from "../../../src/formats/parquet/compress-snappy.ts";

/** Bytes that repeat themselves near and far, and some that do not. */
const BYTES = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .constantFrom("a", "ab", "four", "twelve bytes", "and some more bytes than fit a short literal")
        .map((text) => Buffer.from(text)),
      fc.tuple(fc.nat(255), fc.nat(300)).map(([byte, count]) => Buffer.alloc(count, byte)),
      fc.nat(70_000).map((count) => Buffer.from(Array.from({ length: count }, (_, i) => (i * i) >> 3))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

describe("compressSnappy", () => {
  it("gives what decompresses to the same bytes", () => {
    fc.assert(
      fc.property(BYTES, (bytes) => {
        const compressed = compressSnappy(bytes);

        expect(Buffer.compare(snappyUncompress(compressed, bytes.length), bytes)).toBe(0);
        expect(compressed.length).toBeLessThanOrEqual(32 + bytes.length + Math.ceil(bytes.length / 6));
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same for the same bytes, whatever was compressed before", () => {
    fc.assert(
      fc.property(BYTES, BYTES, (bytes, others) => {
        const compressed = compressSnappy(bytes);
        compressSnappy(others);

        expect(compressSnappy(bytes).equals(compressed)).toBe(true);
      }),
    );
  });

  it("makes bytes that repeat much shorter, and keeps what does not nearly as it is", () => {
    const repeated = Buffer.from("2024-01-31T12:00:00Z,paid;".repeat(10_000));
    const chaos = Buffer.from(Array.from({ length: 100_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24));

    expect(compressSnappy(repeated).length).toBeLessThan(repeated.length / 15);
    expect(compressSnappy(chaos).length).toBeLessThan(chaos.length * 1.01);
  });
});
