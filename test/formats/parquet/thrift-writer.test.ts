import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../../src/batch/byte-writer.ts";
import { ThriftReader } from "../../../src/formats/parquet/thrift-reader.ts";
import { ThriftWriter } from "../../../src/formats/parquet/thrift-writer.ts";

function written(writeFields: (thrift: ThriftWriter) => void): Buffer {
  const out = new ByteWriter(1);
  const thrift = new ThriftWriter(out);
  thrift.root(() => writeFields(thrift));
  return out.take();
}

describe("ThriftWriter", () => {
  it("writes the bytes of the compact protocol", () => {
    const bytes = written((thrift) => {
      thrift.i32(1, -1);
      thrift.bool(3, true);
      thrift.bool(4, false);
      thrift.i64(20, 300);
      thrift.text(21, "ü");
    });

    expect([...bytes]).toEqual([0x15, 1, 0x21, 0x12, 0x06, 40, 0xd8, 0x04, 0x18, 2, 0xc3, 0xbc, 0]);
  });

  it("writes integers of up to 53 bits", () => {
    const values = [0, 1, -1, 63, 64, 2 ** 31 - 1, -(2 ** 31), 2 ** 32, Number.MAX_SAFE_INTEGER, 1 - 2 ** 52];
    for (const value of values) {
      const reader = new ThriftReader(written((thrift) => thrift.i64(1, value)));
      let read: number | undefined;
      reader.struct(() => (read = reader.int()));

      expect(read).toBe(value);
    }
  });

  it("writes lists of any length, and goes on with the outer struct after an inner one", () => {
    for (const count of [0, 1, 14, 15, 200]) {
      const items = Array.from({ length: count }, (_, i) => i - 3);
      const bytes = written((thrift) => {
        thrift.i32s(1, items);
        thrift.structs(2, items, (item) => thrift.i32(7, item));
        thrift.texts(5, items.map(String));
        thrift.struct(6, () => thrift.i32(1, 9));
        thrift.i32(8, 10);
      });

      const read: unknown[] = [];
      const reader = new ThriftReader(bytes);
      reader.struct((field) => {
        if (field === 1) reader.list(() => read.push(reader.int()));
        if (field === 2) reader.list(() => reader.struct((inner) => read.push(inner, reader.int())));
        if (field === 5) reader.list(() => read.push(reader.text()));
        if (field === 6) reader.struct((inner) => read.push(inner, reader.int()));
        if (field === 8) read.push(reader.int());
      });

      expect(read).toEqual([...items, ...items.flatMap((item) => [7, item]), ...items.map(String), 1, 9, 10]);
    }
  });
});
