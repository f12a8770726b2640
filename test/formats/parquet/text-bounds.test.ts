import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextBounds } from "../../../src/formats/parquet/text-bounds.ts";

/** Bytes that share long beginnings, zeros and the highest byte among them. */
const spans = fc
  .tuple(fc.constantFrom(0, 1, 3, 4, 5, 62, 63, 64, 65, 80), fc.uint8Array({ maxLength: 6 }))
  .map(([common, rest]) => Buffer.concat([Buffer.alloc(common, 7), rest]));

function offerAll(bounds: TextBounds, values: readonly Buffer[]): void {
  for (const value of values) {
    const bytes = Buffer.concat([Buffer.from("#"), value, Buffer.alloc(16, 255)]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    bounds.offer(bytes, view, 1, 1 + value.length);
  }
}

function upToLimit(value: Buffer | undefined): Buffer | undefined {
  return value !== undefined && value.length <= 64 ? value : undefined;
}

describe("TextBounds", () => {
  it("finds the smallest and the largest, and leaves out the long ones", () => {
    fc.assert(
      fc.property(fc.array(spans, { minLength: 1, maxLength: 12 }), (values) => {
        const bounds = new TextBounds();
        offerAll(bounds, values);

        const sorted = [...values].sort((a, b) => a.compare(b));
        expect(bounds.take()).toEqual({ min: upToLimit(sorted[0]), max: upToLimit(sorted.at(-1)) });
      }),
    );
  });

  it("starts afresh after they are taken", () => {
    const bounds = new TextBounds();
    offerAll(bounds, [Buffer.from("a"), Buffer.from("z")]);
    bounds.take();
    const none = bounds.take();
    offerAll(bounds, [Buffer.from("m")]);

    expect(none).toEqual({ min: undefined, max: undefined });
    expect(bounds.take()).toEqual({ min: Buffer.from("m"), max: Buffer.from("m") });
  });
});
