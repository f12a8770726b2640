import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNumberText } from "../../src/batch/number-text.ts";
import { compareDigits, digits, keepDigits, readDigits } from "../../src/tasks/number-digits.ts";
import { rational } from "./rational.ts";

const part = fc.constantFrom("", "0", "00", "1", "05", "10", "999999999999999999999");
const spelled = fc
  .tuple(
    fc.constantFrom("", "-", "+"),
    part,
    fc.constantFrom("", "."),
    part,
    fc.constantFrom("", "e0", "E5", "e-7", "e+12", "e", "x"),
  )
  .map((parts) => parts.join(""));

function read(text: string): boolean {
  // Digits behind the end must not be taken for the number's.
  return readDigits(Buffer.from(`${text}777`), 0, Buffer.byteLength(text));
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "number";
  } catch {
    return false;
  }
}

describe("readDigits", () => {
  it("knows a number when it sees one, and whether JSON would", () => {
    fc.assert(
      fc.property(
        fc.oneof(spelled, fc.string({ unit: fc.constantFrom(...Array.from("0123456789.eE+-x ")), maxLength: 8 })),
        (text) => {
          const isNumber = read(text);

          expect(isNumber).toBe(isNumberText(text));
          if (isNumber) expect(digits.inJson).toBe(isJson(text) && text.trim() === text);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("compares numbers as fractions compare", () => {
    fc.assert(
      fc.property(spelled.filter(isNumberText), spelled.filter(isNumberText), (a, b) => {
        const [x, y] = [rational(a), rational(b)];
        readDigits(Buffer.from(b), 0, b.length);
        const other = keepDigits(Buffer.from(b));
        readDigits(Buffer.from(a), 0, a.length);

        const difference = x.over * y.under - y.over * x.under;
        expect(Math.sign(compareDigits(Buffer.from(a), other))).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
      }),
      { numRuns: 1000 },
    );
  });
});
