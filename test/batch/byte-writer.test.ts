import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/batch/byte-writer.ts";

describe("handOver", () => {
  it("gives all bytes in their order, and each part stays as it is until its memory is given back", () => {
    const step = fc.record({
      append: fc.nat(300),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      isSpare: fc.boolean(),
    });

    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const writer = new ByteWriter(16);
        const written: number[] = [];
        const handed: number[] = [];
        let last: { readonly part: Buffer; readonly copy: Buffer } | undefined;
        for (const { append, share, isSpare } of steps) {
          const bytes = Array.from({ length: append }, (_, i) => (written.length + i) % 251);
          writer.append(Uint8Array.from(bytes));
          written.push(...bytes);
          if (last !== undefined) expect(last.part.equals(last.copy)).toBe(true);
          const part = writer.handOver(Math.floor(writer.length * share), isSpare ? last?.part.buffer : undefined);
          last = { part, copy: Buffer.from(part) };
          handed.push(...part);
        }

        expect([...handed, ...writer.bytes.subarray(0, writer.length)]).toEqual(written);
      }),
    );
  });
});
