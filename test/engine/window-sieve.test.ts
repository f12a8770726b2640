import { describe, expect, it } from "vitest";
import type { Batch } from "../../src/batch/batch.ts";
import { cellText } from "../../src/batch/cell.ts";
import { VersionSet } from "../../src/engine/versions.ts";
import { WindowSieve } from "../../src/engine/window-sieve.ts";
import type { Window } from "../../src/plan/run-plan.ts";
import { batchOf, binaryColumn, textColumn } from "../support/batches.ts";

const WINDOW: Window = { since: 100, after: 80, to: 200, rememberAfter: 180, origin: "test" };
const FIELDS = { key: "id", version: "at", time: "at" };

describe("the sieve of a window", () => {
  it("takes records out of columns of every form", () => {
    const sieve = new WindowSieve(WINDOW, FIELDS, new VersionSet(Buffer.alloc(0)));
    const timestamp = { name: "timestamp", unit: "ms", utc: true } as const;
    const batch = batchOf(
      [
        ["id", textColumn(["a", "b", "c", "d"])],
        ["at", binaryColumn(timestamp, [80n, 81n, 201n, 200n])],
        ["count", binaryColumn({ name: "int32" }, [1, null, 3, 4])],
        ["share", binaryColumn({ name: "double" }, [0.1, 0.2, 0.3, null])],
      ],
      4,
    );

    const passed = sieve.sieve(batch, undefined);

    const expected = batchOf(
      [
        ["id", textColumn(["b", "d"])],
        ["at", binaryColumn(timestamp, [81n, 200n])],
        ["count", binaryColumn({ name: "int32" }, [null, 4])],
        ["share", binaryColumn({ name: "double" }, [0.2, null])],
      ],
      2,
    );
    expect(passed.fields).toEqual(batch.fields);
    expect(textsOf(passed)).toEqual(textsOf(expected));
    expect([...passed.offsets]).toEqual([batch.offsets[1], batch.offsets[3]]);
  });

  it("takes a time that is a little later than a window's end for one of the next window", () => {
    const sieve = new WindowSieve(WINDOW, FIELDS, new VersionSet(Buffer.alloc(0)));
    const batch = batchOf(
      [
        ["id", textColumn(["a", "b"])],
        ["at", textColumn(["1970-01-01T00:00:00.200Z", "1970-01-01T00:00:00.2000001Z"])],
      ],
      2,
    );

    expect(sieve.sieve(batch, undefined).count).toBe(1);
  });

  it("lets a batch through as it is where nothing is to be left out", () => {
    const sieve = new WindowSieve(WINDOW, FIELDS, new VersionSet(Buffer.alloc(0)));
    const batch = batchOf(
      [
        ["id", textColumn(["a"])],
        ["at", textColumn([{ number: "150" }])],
      ],
      1,
    );

    expect(sieve.sieve(batch, 2)).toBe(batch);
  });

  it("notes pages that are versions, those that the next window reaches back over", () => {
    const sieve = new WindowSieve(WINDOW, undefined, new VersionSet(Buffer.alloc(0)));
    sieve.notePage({ name: "early", time: 180 });
    sieve.notePage({ name: "late", time: 181 });

    const noted = new VersionSet(sieve.versions);

    expect([noted.has("early"), noted.has("late")]).toEqual([false, true]);
  });
});

function textsOf({ columns, count }: Batch): readonly (readonly (string | null)[])[] {
  return columns.map((column) => Array.from({ length: count }, (_, record) => cellText(column, record)));
}
