import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DOUBLE, INT, LONG, PADDING } from "../../src/batch/batch.ts";
import type { BinaryColumn } from "../../src/batch/batch.ts";
import { ByteWriter } from "../../src/batch/byte-writer.ts";
import { RecordReader, writeRecords } from "../../src/engine/record-codec.ts";

describe("the record codec", () => {
  it("gives binary cells back bit for bit, nulls included", () => {
    const record = fc.tuple(
      fc.option(fc.integer()),
      fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      fc.option(fc.double()),
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 50 }), (records) => {
        const columns = columnsOf(records);
        const reader = new RecordReader(columns);
        const out = new ByteWriter(16);
        writeRecords(columns, Int32Array.from(records.keys()).toReversed(), 0, records.length, out);

        const bytes = Buffer.concat([out.bytes.subarray(0, out.length), Buffer.alloc(PADDING)]);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const end = reader.read(bytes, view, 0, records.length);

        expect(end).toBe(out.length);
        expect(cellsOf(reader.columns as BinaryColumn[], records.length)).toEqual(records.toReversed());
      }),
      { numRuns: 100 },
    );
  });

  it("keeps the types of the columns", () => {
    const reader = new RecordReader(columnsOf([]));

    expect(reader.columns.map((column) => "type" in column && column.type.name)).toEqual([
      "date",
      "timestamp",
      "float",
    ]);
  });
});

type Cells = [number | null, bigint | null, number | null];

function columnsOf(records: readonly Cells[]): BinaryColumn[] {
  const valid = (field: number) => Uint8Array.from(records, (record) => (record[field] === null ? 0 : 1));
  const longs = BigInt64Array.from(records, ([, value]) => value ?? 0n);
  return [
    { form: INT, type: { name: "date" }, valid: valid(0), values: Int32Array.from(records, ([value]) => value ?? 0) },
    {
      form: LONG,
      type: { name: "timestamp", unit: "ns", utc: true },
      valid: valid(1),
      values: longs,
      words: new Int32Array(longs.buffer),
    },
    {
      form: DOUBLE,
      type: { name: "float" },
      valid: valid(2),
      values: Float64Array.from(records, ([, , value]) => value ?? 0),
    },
  ];
}

function cellsOf(columns: readonly BinaryColumn[], count: number): unknown[] {
  return Array.from({ length: count }, (_, record) =>
    columns.map(({ valid, values }) => (valid[record] === 0 ? null : values[record])),
  );
}
