import { describe, expect, it } from "vitest";
import { BOOLEAN, NESTED, STRING } from "../../src/batch/cell-kind.ts";
import type { FieldType } from "../../src/batch/field-type.ts";
import { SeenValues } from "../../src/engine/seen-values.ts";

describe("the narrowest type that holds every value exactly", () => {
  const numbers: readonly (readonly [values: readonly string[], type: FieldType | undefined])[] = [
    [["1", "-2", "0"], { name: "int64" }],
    [["9223372036854775807", "-9223372036854775808"], { name: "int64" }],
    [["9223372036854775808"], { name: "decimal", precision: 19, scale: 0 }],
    [["1", "2.5"], { name: "double" }],
    [["1e3"], { name: "double" }],
    [["0.1", "12345678901234567890"], { name: "decimal", precision: 21, scale: 1 }],
    [["1.2345678901234567"], { name: "decimal", precision: 17, scale: 16 }],
    [["9".repeat(39)], undefined],
    [["1e400", "12345678901234567"], undefined],
  ];
  for (const [values, type] of numbers) {
    it(`of ${values.join(", ")} is ${JSON.stringify(type) ?? "text"}`, () => {
      const seen = new SeenValues();
      for (const value of values) seen.addNumber(Buffer.from(value), 0, value.length);
      expect(seen.type()).toEqual(type);
    });
  }

  it("of values of several kinds is text", () => {
    const seen = new SeenValues();
    seen.addKind(BOOLEAN);
    seen.addKind(STRING);
    expect(seen.type()).toBeUndefined();
  });

  it("of objects is JSON", () => {
    const seen = new SeenValues();
    seen.addKind(NESTED);
    expect(seen.type()).toEqual({ name: "json" });
  });

  it("of two files' declared integers is the wider one", () => {
    const seen = new SeenValues();
    seen.addDeclared({ name: "int64" });
    seen.addDeclared({ name: "int32" });
    expect(seen.type()).toEqual({ name: "int64" });
  });

  it("of two files that disagree is text", () => {
    const seen = new SeenValues();
    seen.addDeclared({ name: "date" });
    seen.addDeclared({ name: "int32" });
    expect(seen.type()).toBeUndefined();
  });
});
