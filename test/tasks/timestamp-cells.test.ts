import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LONG } from "../../src/batch/batch.ts";
import type { LongColumn } from "../../src/batch/batch.ts";
import type { TimeUnit } from "../../src/batch/field-type.ts";
import { createConverter } from "../../src/tasks/convert.ts";

const NANOS: Readonly<Record<TimeUnit, bigint>> = { ms: 1_000_000n, us: 1000n, ns: 1n };
const anyUnit = fc.constantFrom<TimeUnit>("ms", "us", "ns");

describe("a timestamp in another unit", () => {
  it("is the same instant, or its record is rejected", () => {
    fc.assert(
      fc.property(
        anyUnit,
        anyUnit,
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.constantFrom(1n, 1000n, 1_000_000n),
        (from, to, any, step) => {
          const value = (any / step) * step;
          const nanos = value * NANOS[from];
          const fits = nanos % NANOS[to] === 0n && BigInt.asIntN(64, nanos / NANOS[to]) === nanos / NANOS[to];
          const converter = createConverter([{ name: "timestamp", unit: to, utc: true }]);

          const { columns, count, rejected } = converter.convert(
            [column(value, from)],
            Int32Array.of(0),
            1,
            Float64Array.of(0),
          );

          expect([count, rejected.length]).toEqual(fits ? [1, 0] : [0, 1]);
          if (fits) expect((columns[0] as LongColumn).values[0]).toBe(nanos / NANOS[to]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function column(value: bigint, unit: TimeUnit): LongColumn {
  const values = BigInt64Array.of(value);
  return {
    form: LONG,
    type: { name: "timestamp", unit, utc: true },
    valid: Uint8Array.of(1),
    values,
    words: new Int32Array(values.buffer),
  };
}
