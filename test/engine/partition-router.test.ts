import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INT } from "../../src/batch/batch.ts";
import type { Column } from "../../src/batch/batch.ts";
import { MAX_PARTITIONS, partitionId, PartitionRouter } from "../../src/engine/partition-router.ts";

describe("the partition router", () => {
  it("sends every selected record to exactly one group, in order, batch after batch", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.option(fc.nat(3)), { maxLength: 300 }), { maxLength: 4 }), (batches) => {
        const router = new PartitionRouter(["n"]);
        for (const values of batches) {
          const expected = new Map<string | null, number[]>();
          values.forEach((value, i) => {
            const text = value === null ? null : String(value);
            expected.set(text, [...(expected.get(text) ?? []), i]);
          });
          const groups = router.route(["n"], [ints(values)], Int32Array.from(values.keys()), values.length);
          const routed = groups.map((group): [string | null, number[]] => [
            group.values[0]!.value,
            Array.from(group.selection.subarray(0, group.count)),
          ]);
          expect(routed).toEqual([...expected]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("takes a field that the batch does not have for null", () => {
    const [group] = new PartitionRouter(["other"]).route(["n"], [ints([1])], Int32Array.of(0), 1);

    expect(group).toMatchObject({ values: [{ field: "other", value: null }], count: 1 });
  });

  it("lets go of the room that one large batch took", () => {
    const router = new PartitionRouter(["n"]);
    const selection = Int32Array.from({ length: 2000 }, (_, i) => i);
    const one = ints(Array.from({ length: 2000 }, () => 1));
    router.route(["n"], [one], selection, 2000);

    router.route(["n"], [one], selection, 0);
    const [group] = router.route(["n"], [one], selection, 1);

    expect(group!.selection.length).toBeLessThanOrEqual(64);
  });

  it("refuses more partitions than it may keep, and says what to do", () => {
    const router = new PartitionRouter(["n"]);
    const values = Array.from({ length: MAX_PARTITIONS + 1 }, (_, i) => i);

    expect(() => router.route(["n"], [ints(values)], Int32Array.from(values), values.length)).toThrow(
      "Partition by a field with fewer values",
    );
  });
});

describe("a partition's id", () => {
  it("differs when the values differ", () => {
    const values = fc.array(fc.option(fc.string({ unit: fc.constantFrom("-", ":", "1", "2", "a") })), {
      minLength: 2,
      maxLength: 2,
    });
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(partitionId(a) === partitionId(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});

function ints(values: readonly (number | null)[]): Column {
  return {
    form: INT,
    type: { name: "int32" },
    valid: Uint8Array.from(values, (value) => (value === null ? 0 : 1)),
    values: Int32Array.from(values, (value) => value ?? 0),
  };
}
