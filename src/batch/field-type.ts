/** What a field holds. The names are Parquet's logical types, because only Parquet output needs to know them all. */
export type FieldType =
  | { readonly name: "string" | "json" | "binary" | "boolean" | "int32" | "int64" | "float" | "double" | "date" }
  | { readonly name: "timestamp"; readonly unit: TimeUnit; readonly utc: boolean }
  | { readonly name: "decimal"; readonly precision: number; readonly scale: number };

export type TimeUnit = "ms" | "us" | "ns";

export const STRING_TYPE: FieldType = { name: "string" };

/** True when both describe the same values in the same binary form. */
export function sameType(a: FieldType, b: FieldType): boolean {
  if (a.name === "timestamp") return b.name === "timestamp" && a.unit === b.unit && a.utc === b.utc;
  if (a.name === "decimal") return b.name === "decimal" && a.precision === b.precision && a.scale === b.scale;
  return a.name === b.name;
}
