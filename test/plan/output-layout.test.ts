import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  defaultErrorLocation,
  errorObjectKey,
  fileOfKey,
  objectKey,
  outputPrefix,
} from "../../src/plan/output-layout.ts";
import type { KeyParts } from "../../src/plan/output-layout.ts";
import type { PartitionValues } from "../../src/plan/run-plan.ts";
import type { FileLayout, FileTarget } from "../../src/sdk/connector.ts";

const PLAIN: FileLayout = {
  datePath: false,
  granularity: undefined,
  schemaVersionFolder: false,
  executionFolder: false,
};

const ID = "267c0ad0-1f2e-4b3c-8d4e-5f60718293a4";

function target(layout: Partial<FileLayout> = {}, rest: Partial<FileTarget> = {}): FileTarget {
  return {
    bucket: "lake",
    prefix: "crm",
    format: "json",
    typed: false,
    layout: { ...PLAIN, ...layout },
    aggregation: "none",
    targetFileBytes: undefined,
    ...rest,
  };
}

function parts(rest: Partial<KeyParts> = {}): KeyParts {
  return {
    flow: "orders",
    runId: ID,
    schemaVersion: 3,
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    output: 0,
    partition: [],
    piece: { slice: 0, segment: 0, attempt: 1 },
    sequence: 1,
    ...rest,
  };
}

const dated = (granularity: FileLayout["granularity"]) => target({ datePath: true, granularity });
const inPartition = (...partition: PartitionValues) => parts({ partition });

const KEYS: readonly [what: string, target: FileTarget, parts: KeyParts, key: string][] = [
  ["a plain layout", target(), parts(), `crm/orders/${ID}-2026-01-02T03:04:05.json`],
  ["no prefix", target({}, { prefix: "" }), parts(), `orders/${ID}-2026-01-02T03:04:05.json`],
  ["CSV", target({}, { format: "csv" }), parts(), `crm/orders/${ID}-2026-01-02T03:04:05.csv`],
  ["Parquet", target({}, { format: "parquet" }), parts(), `crm/orders/${ID}-2026-01-02T03:04:05.parquet`],
  ["a second file", target(), parts({ sequence: 2 }), `crm/orders/${ID}-2026-01-02T03:04:05-2.json`],
  ["a second destination", target(), parts({ output: 1 }), `crm/orders/${ID}-2026-01-02T03:04:05-destination2.json`],
  ["folders by year", dated("year"), parts(), `crm/orders/2026/${ID}-2026-01-02T03:04:05.json`],
  ["folders by month", dated("month"), parts(), `crm/orders/2026/01/${ID}-2026-01-02T03:04:05.json`],
  ["folders by day", dated("day"), parts(), `crm/orders/2026/01/02/${ID}-2026-01-02T03:04:05.json`],
  ["folders by hour", dated("hour"), parts(), `crm/orders/2026/01/02/03/${ID}-2026-01-02T03:04:05.json`],
  ["folders by minute", dated("minute"), parts(), `crm/orders/2026/01/02/03/04/${ID}-2026-01-02T03:04:05.json`],
  ["date folders without granularity", dated(undefined), parts(), `crm/orders/${ID}-2026-01-02T03:04:05.json`],
  [
    "every folder, in AppFlow's order",
    target({ datePath: true, granularity: "day", schemaVersionFolder: true, executionFolder: true }),
    inPartition({ field: "Industry", value: "Apparel" }),
    `crm/orders/schemaVersion_3/2026/01/02/${ID}/Industry=Apparel/${ID}-2026-01-02T03:04:05.json`,
  ],
  [
    "several partition fields",
    target(),
    inPartition({ field: "country", value: "DE" }, { field: "city", value: "Köln" }),
    `crm/orders/country=DE/city=Köln/${ID}-2026-01-02T03:04:05.json`,
  ],
  ["null", target(), inPartition({ field: "f", value: null }), `crm/orders/f=null/${ID}-2026-01-02T03:04:05.json`],
  [
    "the text null",
    target(),
    inPartition({ field: "f", value: "null" }),
    `crm/orders/f=%6Eull/${ID}-2026-01-02T03:04:05.json`,
  ],
  ["empty text", target(), inPartition({ field: "f", value: "" }), `crm/orders/f=/${ID}-2026-01-02T03:04:05.json`],
  [
    "a value that climbs",
    target(),
    inPartition({ field: "..", value: "../../x" }),
    `crm/orders/..=..%2F..%2Fx/${ID}-2026-01-02T03:04:05.json`,
  ],
  [
    "characters that Hive escapes",
    target(),
    inPartition({ field: "a=b", value: "\"#%'*/:=?\\{[]^~\u0000\n\u007f" }),
    `crm/orders/a%3Db=%22%23%25%27%2A%2F%3A%3D%3F%5C%7B%5B%5D%5E%7E%00%0A%7F/${ID}-2026-01-02T03:04:05.json`,
  ],
];

const fieldName = fc.string({ unit: "binary", maxLength: 12 });
const fieldValue = fc.option(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("null", "%6Eull", "..", "a/b", "~", "x".repeat(1200), "é".repeat(700), "%".repeat(400)),
  ),
  { nil: null },
);
const partitionOf = (fields: readonly string[]) =>
  fc.tuple(...fields.map((field) => fieldValue.map((value) => ({ field, value }))));
const layout = fc.record({
  datePath: fc.boolean(),
  granularity: fc.constantFrom("year", "month", "day", "hour", "minute", undefined),
  schemaVersionFolder: fc.boolean(),
  executionFolder: fc.boolean(),
});
const prefix = fc.constantFrom("", "crm", "a/b", "é".repeat(256));
const flow = fc.constantFrom("orders", "f".repeat(256));

describe("objectKey", () => {
  it.each(KEYS)("names a file: %s", (_, target, parts, key) => {
    expect(objectKey(target, parts)).toBe(key);
  });

  it("gives different files different keys, all under the flow's prefix and none longer than S3 allows", () => {
    const file = fc
      .uniqueArray(fieldName, { maxLength: 10 })
      .chain((fields) =>
        fc.tuple(
          fc.tuple(partitionOf(fields), fc.integer({ min: 1, max: 9_999_999_999 })),
          fc.tuple(partitionOf(fields), fc.integer({ min: 1, max: 9_999_999_999 })),
        ),
      );
    fc.assert(
      fc.property(layout, prefix, flow, file, (layout, prefix, flow, files) => {
        const where = target(layout, { prefix });
        const keys = files.map(([partition, sequence]) => objectKey(where, parts({ flow, partition, sequence })));

        const same = JSON.stringify(files[0]) === JSON.stringify(files[1]);
        expect(keys[0] === keys[1]).toBe(same);
        for (const key of keys) {
          expect(key.startsWith(outputPrefix(prefix, flow))).toBe(true);
          expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
          expect(key.slice(outputPrefix(prefix, flow).length).split("/")).not.toContain("..");
          expect(key).not.toContain("//");
        }
      }),
      { numRuns: 300 },
    );
  });

  it("keeps long partitions apart that begin alike, and says as much of the values as there is room for", () => {
    const keyOf = (value: string) =>
      objectKey(target(), inPartition({ field: "country", value: "DE" }, { field: "f", value }));

    const one = keyOf(`${"x".repeat(2000)}1`);
    const two = keyOf(`${"x".repeat(2000)}2`);

    expect(one).not.toBe(two);
    expect(one).toMatch(/^crm\/orders\/country=DE\/f=x{600,}~[0-9a-f]{32}\//);
  });

  it("puts all files of a long partition into one folder", () => {
    const folderOf = (sequence: number) => {
      const partition = [{ field: "f", value: "x".repeat(2000) }];
      const key = objectKey(target({}, { prefix: "p".repeat(512) }), parts({ partition, sequence }));
      return key.slice(0, key.lastIndexOf("/"));
    };

    expect(folderOf(1)).toBe(folderOf(10_000));
  });

  it("cannot be made to name another partition's shortened folder", () => {
    const long = objectKey(target(), inPartition({ field: "f", value: "x".repeat(2000) }));
    const folder = long.slice("crm/orders/".length, long.lastIndexOf("/"));

    const forged = objectKey(target(), inPartition({ field: "f", value: folder.slice("f=".length) }));

    expect(forged).not.toBe(long);
  });
});

describe("fileOfKey", () => {
  it("tells the run and the kind of every key that a flow's files have, and of no other", () => {
    for (const [, , , key] of KEYS) expect(fileOfKey(key)).toEqual({ run: ID, kind: "data" });
    expect(fileOfKey(errorObjectKey({ bucket: "lake", prefix: "crm" }, parts()))).toEqual({ run: ID, kind: "error" });
    for (const key of ["crm/orders/notes.txt", "orders/", "top", `_millrace/runs/orders/${ID}.json`]) {
      expect(fileOfKey(key)).toBeUndefined();
    }
  });
});

describe("errorObjectKey", () => {
  it("is the flow, the run and the time under the error prefix", () => {
    const key = errorObjectKey({ bucket: "lake", prefix: "failed" }, parts());

    expect(key).toBe(`failed/orders/${ID}/2026-01-02T03:04:05-errors.json`);
  });

  it("keeps the errors of two destinations apart", () => {
    const key = errorObjectKey({ bucket: "lake", prefix: "" }, parts({ output: 2 }));

    expect(key).toBe(`orders/${ID}/2026-01-02T03:04:05-errors-destination3.json`);
  });
});

describe("defaultErrorLocation", () => {
  it("is in the destination's bucket, outside its prefix, where readers of data do not look", () => {
    expect(defaultErrorLocation(target())).toEqual({ bucket: "lake", prefix: "_millrace/errors/crm" });
    expect(defaultErrorLocation(target({}, { prefix: "" }))).toEqual({ bucket: "lake", prefix: "_millrace/errors" });
  });
});
