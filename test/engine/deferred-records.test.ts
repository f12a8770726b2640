import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordJson } from "../../src/batch/cell.ts";
import { decodeRecords } from "../../src/engine/decode-records.ts";
import { DeferredRecords } from "../../src/engine/deferred-records.ts";
import { memoryScratch } from "../support/memory-scratch.ts";

const anyValue = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean(), fc.constant(null), fc.bigInt());
const anyRecord = fc.dictionary(fc.constantFrom("a", "b", "constructor", ""), anyValue, { noNullPrototype: true });

describe("deferred records", () => {
  it("come back in order, partition by partition, exactly as they were", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("x", "y", "z"), anyRecord), { maxLength: 200 }),
        async (input) => {
          const deferred = new DeferredRecords(() => Promise.resolve(memoryScratch()));
          const expected = new Map<string, string[]>();
          for (const [id, record] of input) {
            for (const { fields, columns, count } of decodeRecords([record], undefined, undefined)) {
              await deferred.add(id, [], deferred.shapeOf(fields, columns), columns, Int32Array.of(0), count);
              const json = recordJson(fields, columns, 0);
              expected.set(id, [...(expected.get(id) ?? []), json]);
            }
          }

          const replayed = await replayAll(deferred);

          expect(replayed).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("leave memory for the scratch file when they are many, and still come back in order", async () => {
    const scratch = memoryScratch();
    const deferred = new DeferredRecords(() => Promise.resolve(scratch));
    const filler = "x".repeat(2000);
    for (let i = 0; i < 6000; i++) {
      for (const { fields, columns } of decodeRecords([{ i, filler }], undefined, undefined)) {
        await deferred.add(`p${i % 3}`, [], deferred.shapeOf(fields, columns), columns, Int32Array.of(0), 1);
      }
    }

    const replayed = await replayAll(deferred);

    expect(scratch.length).toBeGreaterThan(6_000_000);
    expect([...replayed.keys()]).toEqual(["p0", "p1", "p2"]);
    expect(replayed.get("p1")!.map((json) => (JSON.parse(json) as { i: number }).i)).toEqual(
      Array.from({ length: 2000 }, (_, n) => n * 3 + 1),
    );
  });

  it("give the scratch file back when they are cleared", async () => {
    const scratch = memoryScratch();
    const deferred = new DeferredRecords(() => Promise.resolve(scratch));
    for (const { fields, columns } of decodeRecords([{ big: "x".repeat(2 ** 21) }], undefined, undefined)) {
      await deferred.add("p", [], deferred.shapeOf(fields, columns), columns, Int32Array.of(0), 1);
    }

    await deferred.clear();

    expect(scratch.closed).toBe(true);
    expect(deferred.partitions()).toEqual([]);
  });
});

async function replayAll(deferred: DeferredRecords): Promise<Map<string, string[]>> {
  const all = new Map<string, string[]>();
  for (const { id } of deferred.partitions()) {
    const records: string[] = [];
    for await (const { fields, columns, count } of deferred.replay(id)) {
      for (let record = 0; record < count; record++) records.push(recordJson(fields, columns, record));
    }
    all.set(id, records);
  }
  return all;
}
