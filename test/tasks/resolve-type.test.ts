import { describe, expect, it } from "vitest";
import type { FieldType } from "../../src/batch/field-type.ts";
import { resolveType } from "../../src/tasks/resolve-type.ts";

const ms = { name: "timestamp", unit: "ms", utc: true } as const;
const us = { name: "timestamp", unit: "us", utc: true } as const;

describe("resolveType", () => {
  const cases: readonly [names: readonly string[], type: FieldType | undefined][] = [
    [
      ["string", "id", "reference", "picklist", "phone", "email", "url", "textarea", "time", "base64"],
      { name: "string" },
    ],
    [
      ["String", "ByteArray", "character varying", "CHARACTER  VARYING(256)", "varchar(10)", "UTF8"],
      { name: "string" },
    ],
    [["boolean", "Boolean", "BOOL"], { name: "boolean" }],
    [["int", "Short", "smallint", "INT32"], { name: "int32" }],
    [["Integer", "Long", "BIGINT", "int64"], { name: "int64" }],
    [
      ["double", "Double", "float", "currency", "percent", "BigDecimal", "numeric", "double precision"],
      { name: "double" },
    ],
    [["real", "FLOAT4"], { name: "float" }],
    [["BigInteger"], { name: "decimal", precision: 38, scale: 0 }],
    [
      ["decimal(12,2)", "DECIMAL(12, 2)", "numeric ( 12 , 2 )", "NUMBER(12,2)"],
      { name: "decimal", precision: 12, scale: 2 },
    ],
    [["decimal(10)"], { name: "decimal", precision: 10, scale: 0 }],
    [["decimal(38,38)"], { name: "decimal", precision: 38, scale: 38 }],
    [["decimal(39,2)", "decimal(2,3)", "decimal(0,0)"], undefined],
    [["decimal(x,y)"], { name: "double" }],
    [["date", "Date"], { name: "date" }],
    [["TIMESTAMP_MILLIS", "timestamp(3)"], ms],
    [
      [
        "datetime",
        "DateTime",
        "timestamp",
        "timestamptz",
        "timestamp with time zone",
        "TIMESTAMP_MICROS",
        "TIMESTAMP_TZ",
      ],
      us,
    ],
    [["timestamp(6) without time zone", "TIMESTAMP_NTZ"], { ...us, utc: false }],
    [["timestamp(9)", "TIMESTAMP_NANOS"], { ...us, unit: "ns" }],
    [["Struct", "Map", "List", "address", "variant", "super", "array<string>", "map<string,int>"], { name: "json" }],
    [["binary", "varbyte", "varbinary(8)", "BYTE_ARRAY"], { name: "binary" }],
    [["CSV", "anyType", "", "constructor", "__proto__", "(", "(5)", "decimal("], undefined],
  ];
  it.each(cases)("%j is %j", (names, type) => {
    for (const name of names) expect([name, resolveType(name)]).toEqual([name, type]);
  });

  it("knows nothing of a type that is not declared", () => {
    expect(resolveType(undefined)).toBeUndefined();
  });
});
