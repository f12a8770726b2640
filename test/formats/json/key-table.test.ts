import { describe, expect, it } from "vitest";
import { KeyTable, UNLEARNED } from "../../../src/formats/json/key-table.ts";

const padding = "\0".repeat(16);

function learn(table: KeyTable, key: string, field: number): number {
  const bytes = Buffer.from(key);
  return table.learn(bytes, 0, bytes.length, field);
}

function find(table: KeyTable, key: string): number {
  const bytes = Buffer.from(key);
  return table.find(bytes, 0, bytes.length);
}

function skip(table: KeyTable, text: string, key: number): number {
  const bytes = Buffer.from(text + padding);
  return table.skip(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, key);
}

describe("KeyTable", () => {
  it("recognises a key of any length that it learns, and no other", () => {
    const table = new KeyTable();
    for (let length = 1; length <= 125; length++) {
      const key = "k".repeat(length);

      const id = learn(table, key, length);

      expect(skip(table, `"${key}":1`, id)).toBe(length + 3);
      expect(skip(table, `"${key}x":1`, id)).toBe(-1);
      expect(skip(table, `"${key.slice(1)}":1`, id)).toBe(-1);
      expect(skip(table, `"${key.slice(1)}x":1`, id)).toBe(-1);
      expect(skip(table, `"${key}" :1`, id)).toBe(-1);
      expect(find(table, key)).toBe(id);
      expect(table.fields[id]).toBe(length);
    }
  });

  it("does not learn the empty key, nor very long ones", () => {
    const table = new KeyTable();

    expect(learn(table, "", 0)).toBe(UNLEARNED);
    expect(learn(table, "k".repeat(126), 0)).toBe(UNLEARNED);
    expect(skip(table, '"":1', UNLEARNED)).toBe(-1);
  });

  it("finds among many keys the right one or none, and forgets them all when it is full", () => {
    const table = new KeyTable();
    let known = 0;
    for (let i = 0; i < 40_000; i++) learn(table, `key ${i}`, i);

    for (let i = 0; i < 40_000; i++) {
      const id = find(table, `key ${i}`);
      if (id === UNLEARNED) continue;
      expect(table.fields[id]).toBe(i);
      known++;
    }

    expect(known).toBeGreaterThan(5000);
    expect(known).toBeLessThan(20_000);
  });

  it("knows nothing after it is cleared", () => {
    const table = new KeyTable();
    learn(table, "a", 0);

    table.clear();

    expect(find(table, "a")).toBe(UNLEARNED);
  });
});
