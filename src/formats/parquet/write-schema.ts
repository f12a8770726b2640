import type { FieldType, TimeUnit } from "../../batch/field-type.ts";
import type { OutputField } from "../format.ts";
import { ConvertedType, LogicalType, PhysicalType, Repetition, TimeUnitId } from "./parquet-types.ts";
import type { ThriftWriter } from "./thrift-writer.ts";

/** Decimals of more digits than this do not fit 64 bits. */
const LONG_DECIMAL_DIGITS = 18;
/** Bytes of a wide decimal: 38 digits. */
const WIDE_DECIMAL_BYTES = 16;

const PHYSICAL_TYPES: Readonly<Record<FieldType["name"], number>> = {
  boolean: PhysicalType.BOOLEAN,
  int32: PhysicalType.INT32,
  date: PhysicalType.INT32,
  int64: PhysicalType.INT64,
  timestamp: PhysicalType.INT64,
  float: PhysicalType.FLOAT,
  double: PhysicalType.DOUBLE,
  decimal: PhysicalType.INT64,
  string: PhysicalType.BYTE_ARRAY,
  json: PhysicalType.BYTE_ARRAY,
  binary: PhysicalType.BYTE_ARRAY,
};

const TIME_UNITS: Readonly<Record<TimeUnit, { readonly id: number; readonly converted: number | undefined }>> = {
  ms: { id: TimeUnitId.MILLIS, converted: ConvertedType.TIMESTAMP_MILLIS },
  us: { id: TimeUnitId.MICROS, converted: ConvertedType.TIMESTAMP_MICROS },
  ns: { id: TimeUnitId.NANOS, converted: undefined },
};

/** The type in which values are stored. */
export function physicalType(type: FieldType): number {
  return isWideDecimal(type) ? PhysicalType.FIXED_LEN_BYTE_ARRAY : PHYSICAL_TYPES[type.name];
}

/** True for a decimal that is stored as 16 bytes instead of 64 bits. */
function isWideDecimal(type: FieldType): boolean {
  return type.name === "decimal" && type.precision > LONG_DECIMAL_DIGITS;
}

/** Writes the file's schema as field `id`: a root and, below it, all fields, each of them optional. */
export function writeSchema(thrift: ThriftWriter, id: number, fields: readonly OutputField[]): void {
  thrift.structs(id, [undefined, ...fields], (field) => {
    if (field !== undefined) writeSchemaElement(thrift, field);
    else {
      thrift.text(4, "schema");
      thrift.i32(5, fields.length);
    }
  });
}

function writeSchemaElement(thrift: ThriftWriter, { name, type }: OutputField): void {
  thrift.i32(1, physicalType(type));
  if (isWideDecimal(type)) thrift.i32(2, WIDE_DECIMAL_BYTES);
  thrift.i32(3, Repetition.OPTIONAL);
  thrift.text(4, name);
  const converted = convertedType(type);
  if (converted !== undefined) thrift.i32(6, converted);
  if (type.name === "decimal") {
    thrift.i32(7, type.scale);
    thrift.i32(8, type.precision);
  }
  const logical = LOGICAL_TYPES[type.name];
  if (logical !== undefined) thrift.struct(10, () => thrift.struct(logical, () => writeParameters(thrift, type)));
}

const LOGICAL_TYPES: Readonly<Partial<Record<FieldType["name"], number>>> = {
  string: LogicalType.STRING,
  json: LogicalType.JSON,
  date: LogicalType.DATE,
  timestamp: LogicalType.TIMESTAMP,
  decimal: LogicalType.DECIMAL,
};

/** What readers from before the logical types understand; local times too are to be marked so (LogicalTypes.md). */
function convertedType(type: FieldType): number | undefined {
  switch (type.name) {
    case "string":
      return ConvertedType.UTF8;
    case "json":
      return ConvertedType.JSON;
    case "date":
      return ConvertedType.DATE;
    case "timestamp":
      return TIME_UNITS[type.unit].converted;
    case "decimal":
      return ConvertedType.DECIMAL;
    default:
      return undefined;
  }
}

function writeParameters(thrift: ThriftWriter, type: FieldType): void {
  if (type.name === "decimal") {
    thrift.i32(1, type.scale);
    thrift.i32(2, type.precision);
  }
  if (type.name === "timestamp") {
    thrift.bool(1, type.utc);
    thrift.struct(2, () => thrift.struct(TIME_UNITS[type.unit].id, () => undefined));
  }
}
