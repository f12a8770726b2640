import { DOUBLE, INT, LONG } from "../../batch/batch.ts";
import type { BinaryColumn } from "../../batch/batch.ts";
import type { FieldType, TimeUnit } from "../../batch/field-type.ts";
import { STRING_TYPE } from "../../batch/field-type.ts";
import { FormatError } from "../format.ts";
import type { Cells } from "./cells.ts";
import { NumberCells } from "./number-cells.ts";
import type { ReadNumbers } from "./number-cells.ts";
import { ConvertedType, LogicalType, PhysicalType, TimeUnitId } from "./parquet-types.ts";
import type { LogicalAnnotation, SchemaElement } from "./schema-element.ts";
import {
  copyNumbers,
  readBooleans,
  readDecimalsAsLongs,
  readFixedDecimalsAsLongs,
  readFloats,
  readHalfFloats,
  readIntsAsLongs,
  readJulianNanos,
  readUnsignedIntsAsLongs,
} from "./read-numbers.ts";
import {
  MAX_DECIMAL_BYTES,
  readBinary,
  readDecimals,
  readFixedBinary,
  readFixedDecimals,
  readFixedStrings,
  readIntegerDecimals,
  readNothing,
  readStrings,
  readTimes,
  readUnsignedLongs,
  readUuids,
} from "./read-texts.ts";
import { TextCells } from "./text-cells.ts";
import type { ReadTexts } from "./text-cells.ts";

/** What a leaf holds: the type that it has for us, and cells that can read it. */
export interface LeafType {
  readonly fieldType: FieldType;
  createCells(capacity: number): Cells;
}

const { BOOLEAN, INT32, INT64, INT96, FLOAT, BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY } = PhysicalType;
const PHYSICAL_DOUBLE = PhysicalType.DOUBLE;
const BINARY_TYPE: FieldType = { name: "binary" };
const INT32_TYPE: FieldType = { name: "int32" };
const INT64_TYPE: FieldType = { name: "int64" };
const FLOAT_TYPE: FieldType = { name: "float" };

/** The digits that any 64-bit integer can hold. */
const MAX_LONG_DIGITS = 18;

/**
 * What the element's annotation and physical type mean together. An annotation that does not go with the physical type,
 * or that nobody knows, is as if it were not there: the physical value always comes through.
 */
export function leafType(element: SchemaElement, path: string): LeafType {
  const { physical, typeLength } = element;
  if (physical === FIXED_LEN_BYTE_ARRAY && typeLength < 1) {
    throw new FormatError(`\`${path}\` has values of ${typeLength} bytes`);
  }
  const type = annotatedType(element, annotationOf(element), path) ?? physicalType(element);
  if (type === undefined) throw new FormatError(`\`${path}\` has the unknown physical type ${physical}`);
  return type;
}

function physicalType(element: SchemaElement): LeafType | undefined {
  switch (element.physical) {
    case BOOLEAN:
      return numbers(INT, { name: "boolean" }, readBooleans);
    case INT32:
      return numbers(INT, INT32_TYPE, copyNumbers);
    case INT64:
      return numbers(LONG, INT64_TYPE, copyNumbers);
    case INT96:
      // Spark and most other writers mean an instant by it, in UTC.
      return numbers(LONG, { name: "timestamp", unit: "ns", utc: true }, readJulianNanos);
    case FLOAT:
      return numbers(DOUBLE, FLOAT_TYPE, readFloats);
    case PHYSICAL_DOUBLE:
      return numbers(DOUBLE, { name: "double" }, copyNumbers);
    case BYTE_ARRAY:
      return texts(BINARY_TYPE, readBinary);
    case FIXED_LEN_BYTE_ARRAY:
      return texts(BINARY_TYPE, readFixedBinary(element.typeLength));
    default:
      return undefined;
  }
}

function annotatedType(
  element: SchemaElement,
  annotation: LogicalAnnotation | undefined,
  path: string,
): LeafType | undefined {
  const { physical, typeLength } = element;
  switch (annotation?.id) {
    case LogicalType.STRING:
    case LogicalType.ENUM:
    case LogicalType.JSON:
      if (physical === BYTE_ARRAY) return texts(STRING_TYPE, readStrings);
      return physical === FIXED_LEN_BYTE_ARRAY ? texts(STRING_TYPE, readFixedStrings(typeLength)) : undefined;
    case LogicalType.DECIMAL:
      return decimalType(element, annotation, path);
    case LogicalType.DATE:
      return physical === INT32 ? numbers(INT, { name: "date" }, copyNumbers) : undefined;
    case LogicalType.TIME:
      return timeType(physical, annotation);
    case LogicalType.TIMESTAMP:
      return timestampType(physical, annotation);
    case LogicalType.INTEGER:
      return integerType(physical, annotation);
    case LogicalType.UNKNOWN:
      return texts(STRING_TYPE, readNothing);
    case LogicalType.UUID:
      return physical === FIXED_LEN_BYTE_ARRAY && typeLength === 16 ? texts(STRING_TYPE, readUuids) : undefined;
    case LogicalType.FLOAT16:
      if (physical !== FIXED_LEN_BYTE_ARRAY || typeLength !== 2) return undefined;
      return numbers(DOUBLE, FLOAT_TYPE, readHalfFloats);
    default:
      return undefined;
  }
}

function decimalType(element: SchemaElement, annotation: LogicalAnnotation, path: string): LeafType | undefined {
  const { physical, typeLength } = element;
  const { precision, scale } = annotation;
  if (!(scale >= 0 && precision >= scale && precision > 0 && precision <= MAX_DECIMAL_BYTES)) {
    throw new FormatError(`\`${path}\` is a decimal of ${precision} digits, ${scale} of them behind the point`);
  }
  const type: FieldType = { name: "decimal", precision, scale };
  const fits = precision <= MAX_LONG_DIGITS;
  switch (physical) {
    case INT32:
      return fits ? numbers(LONG, type, readIntsAsLongs) : texts(type, readIntegerDecimals(4, scale));
    case INT64:
      return fits ? numbers(LONG, type, copyNumbers) : texts(type, readIntegerDecimals(8, scale));
    case BYTE_ARRAY:
      return fits ? numbers(LONG, type, readDecimalsAsLongs) : texts(type, readDecimals(scale));
    case FIXED_LEN_BYTE_ARRAY:
      if (fits) return numbers(LONG, type, readFixedDecimalsAsLongs(typeLength));
      return typeLength <= MAX_DECIMAL_BYTES ? texts(type, readFixedDecimals(typeLength, scale)) : undefined;
    default:
      return undefined;
  }
}

function timeType(physical: number | undefined, { unit }: LogicalAnnotation): LeafType | undefined {
  if (physical === INT32 && unit === TimeUnitId.MILLIS) return texts(STRING_TYPE, readTimes(4, 1000));
  if (physical !== INT64) return undefined;
  if (unit === TimeUnitId.MICROS) return texts(STRING_TYPE, readTimes(8, 1_000_000));
  return unit === TimeUnitId.NANOS ? texts(STRING_TYPE, readTimes(8, 1_000_000_000)) : undefined;
}

const TIMESTAMP_UNITS: Readonly<Record<number, TimeUnit>> = {
  [TimeUnitId.MILLIS]: "ms",
  [TimeUnitId.MICROS]: "us",
  [TimeUnitId.NANOS]: "ns",
};

function timestampType(physical: number | undefined, annotation: LogicalAnnotation): LeafType | undefined {
  const unit = TIMESTAMP_UNITS[annotation.unit];
  if (physical !== INT64 || unit === undefined) return undefined;
  return numbers(LONG, { name: "timestamp", unit, utc: annotation.utc }, copyNumbers);
}

/** Signed integers of any width are the physical integer; unsigned ones may need the next wider type. */
function integerType(physical: number | undefined, { bits, signed }: LogicalAnnotation): LeafType | undefined {
  if (signed) return undefined;
  if (physical === INT32 && bits === 32) return numbers(LONG, INT64_TYPE, readUnsignedIntsAsLongs);
  if (physical === INT64 && bits === 64) return texts({ name: "decimal", precision: 20, scale: 0 }, readUnsignedLongs);
  return undefined;
}

/** The logical type, or what the converted type of an older writer says in its place. */
function annotationOf(element: SchemaElement): LogicalAnnotation | undefined {
  if (element.logical !== undefined || element.converted === undefined) return element.logical;
  const { precision, scale } = element;
  const member = CONVERTED[element.converted];
  return member && { id: 0, precision, scale, utc: true, unit: 0, bits: 0, signed: false, ...member };
}

const { MILLIS, MICROS } = TimeUnitId;

const CONVERTED: Readonly<Record<number, Partial<LogicalAnnotation>>> = {
  [ConvertedType.UTF8]: { id: LogicalType.STRING },
  [ConvertedType.ENUM]: { id: LogicalType.ENUM },
  [ConvertedType.JSON]: { id: LogicalType.JSON },
  [ConvertedType.DECIMAL]: { id: LogicalType.DECIMAL },
  [ConvertedType.DATE]: { id: LogicalType.DATE },
  [ConvertedType.TIME_MILLIS]: { id: LogicalType.TIME, unit: MILLIS },
  [ConvertedType.TIME_MICROS]: { id: LogicalType.TIME, unit: MICROS },
  [ConvertedType.TIMESTAMP_MILLIS]: { id: LogicalType.TIMESTAMP, unit: MILLIS },
  [ConvertedType.TIMESTAMP_MICROS]: { id: LogicalType.TIMESTAMP, unit: MICROS },
  [ConvertedType.UINT_32]: { id: LogicalType.INTEGER, bits: 32 },
  [ConvertedType.UINT_64]: { id: LogicalType.INTEGER, bits: 64 },
};

function numbers(form: BinaryColumn["form"], type: FieldType, read: ReadNumbers): LeafType {
  return { fieldType: type, createCells: (capacity) => new NumberCells(form, type, read, capacity) };
}

function texts(type: FieldType, read: ReadTexts): LeafType {
  return { fieldType: type, createCells: (capacity) => new TextCells(read, capacity) };
}
