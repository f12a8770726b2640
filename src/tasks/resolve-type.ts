import { STRING_TYPE } from "../batch/field-type.ts";
import type { FieldType, TimeUnit } from "../batch/field-type.ts";

const MAX_DECIMAL_PRECISION = 38;

/** Every name of a type that the connectors use, in lower case, by the type that holds its values. */
const VOCABULARY: readonly (readonly [type: FieldType, names: string])[] = [
  // Text. The many kinds that CRM systems have of it, SQL's character types, and times of day, for which no format here has a type.
  [
    STRING_TYPE,
    "string, text, textarea, varchar, char, character, character varying, bpchar, nvarchar, nchar, utf8, enum, uuid",
  ],
  [STRING_TYPE, "id, reference, picklist, multipicklist, combobox, phone, email, url, encryptedstring, time, timetz"],
  [STRING_TYPE, "time without time zone, time with time zone, base64, bytearray"],
  [{ name: "boolean" }, "boolean, bool, checkbox"],
  [{ name: "int32" }, "int, int4, int32, short, smallint, int2, tinyint, byte"],
  [{ name: "int64" }, "integer, long, bigint, int8, int64"],
  // SQL's float has 64 bits and Java's 32: a double holds both.
  [
    { name: "double" },
    "double, double precision, float, float8, percent, currency, number, decimal, numeric, bigdecimal",
  ],
  [{ name: "float" }, "real, float4"],
  [{ name: "decimal", precision: MAX_DECIMAL_PRECISION, scale: 0 }, "biginteger"],
  [{ name: "date" }, "date"],
  [{ name: "timestamp", unit: "ms", utc: true }, "timestamp_millis"],
  // Microseconds hold the milliseconds that most services give, and what the others have beyond.
  [{ name: "timestamp", unit: "us", utc: true }, "datetime"],
  [
    { name: "timestamp", unit: "us", utc: true },
    "timestamp, timestamptz, timestamp with time zone, timestamp_tz, timestamp_ltz",
  ],
  [{ name: "timestamp", unit: "us", utc: true }, "timestamp_micros"],
  [{ name: "timestamp", unit: "us", utc: false }, "timestamp without time zone, timestamp_ntz"],
  [{ name: "timestamp", unit: "ns", utc: true }, "timestamp_nanos"],
  // Compound values are JSON.
  [{ name: "json" }, "json, jsonb, struct, map, list, array, object, variant, super, address, location"],
  [{ name: "binary" }, "binary, varbinary, varbyte, bytea, byte_array, fixed_len_byte_array"],
];

const TYPES: ReadonlyMap<string, FieldType> = new Map(
  VOCABULARY.flatMap(([type, names]) => names.split(", ").map((name) => [name, type] as const)),
);

/**
 * The type that a declared data type stands for: the names of CRM systems, custom connectors, SQL and Parquet, in capitals
 * or not, with parameters such as `decimal(12,2)`. Undefined for a name that tells nothing about the values.
 */
export function resolveType(declared: string | undefined): FieldType | undefined {
  if (declared === undefined) return undefined;
  const { name, parameters } = parseName(declared);
  const type = TYPES.get(name);
  if (parameters.length === 0 || type === undefined) return type;
  if (type.name === "timestamp") return { ...type, unit: unitOf(parameters[0]!) };
  return name === "decimal" || name === "numeric" || name === "number" ? decimalType(parameters) : type;
}

/** `Timestamp(6)  without time zone` is the name `timestamp without time zone` and the parameter 6. */
function parseName(declared: string): { name: string; parameters: readonly number[] } {
  const lower = declared.toLowerCase();
  const open = lower.indexOf("(");
  const close = lower.indexOf(")", open);
  if (open < 0 || close < 0) return { name: words(lower.split("<")[0]!), parameters: [] };
  const parameters = lower
    .slice(open + 1, close)
    .split(",")
    .map(Number);
  return {
    name: words(`${lower.slice(0, open)} ${lower.slice(close + 1)}`),
    parameters: parameters.every((value) => Number.isInteger(value) && value >= 0) ? parameters : [],
  };
}

function words(name: string): string {
  return name.split(/\s+/).filter(Boolean).join(" ");
}

function unitOf(decimals: number): TimeUnit {
  return decimals <= 3 ? "ms" : decimals <= 6 ? "us" : "ns";
}

function decimalType([precision, scale = 0]: readonly number[]): FieldType | undefined {
  const known = precision! >= 1 && precision! <= MAX_DECIMAL_PRECISION && scale <= precision!;
  return known ? { name: "decimal", precision: precision!, scale } : undefined;
}
