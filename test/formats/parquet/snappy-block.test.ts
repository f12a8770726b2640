import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PADDING } from "../../../src/batch/batch.ts";
import { FormatError } from "../../../src/formats/format.ts";
import { PagePart } from "../../../src/formats/parquet/page-part.ts";
import { SNAPPY_OVERRUN, SnappyBlock } from "../../../src/formats/parquet/snappy-block.ts";

/* Elements as https://github.com/google/snappy/blob/main/format_description.txt describes them. */

type Element =
  | { readonly literal: Buffer }
  | { readonly length: number; readonly offset: number; readonly kind: 1 | 2 | 3 };

function writeElement(element: Element): Buffer {
  if ("literal" in element) {
    const { literal } = element;
    const size = literal.length - 1;
    if (size < 60) return Buffer.concat([Buffer.from([size << 2]), literal]);
    const extra = size < 256 ? 1 : 2;
    const header = Buffer.from([(59 + extra) << 2, size & 255, size >> 8]);
    return Buffer.concat([header.subarray(0, 1 + extra), literal]);
  }
  const { length, offset, kind } = element;
  if (kind === 1) return Buffer.from([1 | ((length - 4) << 2) | ((offset >> 8) << 5), offset & 255]);
  const bytes = Buffer.alloc(kind === 2 ? 3 : 5, kind | ((length - 1) << 2));
  bytes.writeUIntLE(offset, 1, bytes.length - 1);
  return bytes;
}

/** A byte at a time. */
function plainText(elements: readonly Element[]): Buffer {
  const text: number[] = [];
  for (const element of elements) {
    if ("literal" in element) text.push(...element.literal);
    else for (let i = 0; i < element.length; i++) text.push(text[text.length - element.offset]!);
  }
  return Buffer.from(text);
}

interface Wish {
  readonly kind: 0 | 1 | 2 | 3;
  readonly length: number;
  readonly back: number;
}

/** Copies that reach no further back than there is something. */
function elementsOf(wishes: readonly Wish[]): Element[] {
  let written = 0;
  return wishes.map(({ kind, length, back }): Element => {
    if (kind === 0 || written === 0) {
      const literal = Buffer.from(Array.from({ length }, (_, i) => (i * 7 + back) & 255));
      written += length;
      return { literal };
    }
    const offset = 1 + (back % Math.min(written, kind === 1 ? 2047 : 0xffff));
    const copied = kind === 1 ? 4 + (length % 8) : 1 + (length % 64);
    written += copied;
    return { kind, offset, length: copied };
  });
}

const wish = fc.record({
  kind: fc.constantFrom<Wish["kind"][]>(0, 1, 2, 3),
  length: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 700 })),
  back: fc.oneof(fc.nat(20), fc.nat(5000)),
});

/** Decompresses up to `limits` in turn, from pieces of `pieceBytes` of the input. */
function decompress(stored: Buffer, length: number, limit: number, pieceBytes: number): Buffer {
  const out = new PagePart(Buffer.alloc(length + SNAPPY_OVERRUN + PADDING), 0, 0);
  const block = new SnappyBlock();
  let from = 0;
  let to = Math.min(pieceBytes, stored.length);
  while (out.end < length) {
    const wanted = Math.min(out.end + limit, length);
    const used = block.decompress(stored.subarray(from, to), out, wanted, length);
    from += used;
    if (out.end >= wanted) continue;
    if (block.reachesBack || to === stored.length) break;
    to = Math.min(to + pieceBytes, stored.length);
  }
  return out.bytes.subarray(0, out.end);
}

describe("SnappyBlock", () => {
  it("decompresses any elements, in any steps, from any pieces", () => {
    const sample = fc.record({
      wishes: fc.array(wish, { minLength: 1, maxLength: 60 }),
      limit: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 3000 })),
      pieceBytes: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 3000 })),
    });

    fc.assert(
      fc.property(sample, ({ wishes, limit, pieceBytes }) => {
        const elements = elementsOf(wishes);
        const text = plainText(elements);
        const stored = Buffer.concat(elements.map(writeElement));

        expect(decompress(stored, text.length, limit, pieceBytes).equals(text)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  const before: readonly Element[] = [{ literal: Buffer.alloc(50, "a") }];
  const after: readonly Element[] = [{ literal: Buffer.alloc(200, "b") }];

  it.each<[string, Element]>([
    ["a copy of nothing", { kind: 2, offset: 0, length: 8 }],
    ["a copy behind the page's end", { kind: 2, offset: 10, length: 60 }],
    ["a literal behind the page's end", { literal: Buffer.alloc(60, "c") }],
  ])("refuses %s", (_, element) => {
    const stored = Buffer.concat([...before, element, ...after].map(writeElement));

    expect(() => decompress(stored, 100, 100, stored.length)).toThrow(FormatError);
  });

  it.each([1, 2, 3] as const)("stops at a copy of kind %s from before the output", (kind) => {
    const element: Element = { kind, offset: 51, length: 8 };
    const stored = Buffer.concat([...before, element, ...after].map(writeElement));

    expect(decompress(stored, 258, 258, stored.length).toString()).toBe("a".repeat(50));
  });
});
