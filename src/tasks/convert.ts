import { TEXT } from "../batch/batch.ts";
import type { Column, RejectedRecord } from "../batch/batch.ts";
import { cellText } from "../batch/cell.ts";
import { sameType } from "../batch/field-type.ts";
import type { FieldType } from "../batch/field-type.ts";
import { absentColumn } from "./absent-column.ts";
import {
  castToFloat,
  dayReader,
  decimalReader,
  readBooleanValue,
  readDoubleValue,
  readFloatValue,
  readInt32Value,
  readInt64Value,
} from "./read-value.ts";
import { bytesCells, jsonCells, stringCells, wideDecimalCells } from "./text-cells.ts";
import { timestampCells } from "./timestamp-cells.ts";
import { doubleCells, intCells, longCells } from "./typed-cells.ts";
import type { TypedCells } from "./typed-cells.ts";

/** The most digits of a decimal that 64 bits hold for certain. */
const MAX_LONG_DIGITS = 18;
const SHOWN_CHARACTERS = 100;

export interface ConverterOptions {
  /** What messages and rejected records call the fields. */
  readonly names?: readonly string[] | undefined;
  /**
   * What the source declares the fields to be. Where it declares a number and the output is a date or timestamp, digits
   * are milliseconds since 1970.
   */
  readonly sourceTypes?: readonly (FieldType | undefined)[] | undefined;
}

/** Gives columns the form that an encoder of typed fields needs (format.ts). It keeps buffers: one batch at a time. */
export interface Converter {
  /**
   * The columns stand in the order of the types; undefined is a field that the source does not have. Only the records
   * `selection[0 .. count)` are looked at. `offsets` tells where each record stands in the source.
   */
  convert(
    columns: readonly (Column | undefined)[],
    selection: Int32Array,
    count: number,
    offsets: Float64Array,
  ): Converted;
}

/** Valid until the next call, and no longer than the columns that were given. */
interface Converted {
  readonly columns: readonly Column[];
  /** The records of which every value fits its type, in their order. */
  readonly selection: Int32Array;
  readonly count: number;
  /** The others, in their order, each with the first field that does not fit. */
  readonly rejected: readonly RejectedRecord[];
}

/**
 * A value is converted exactly or its record is rejected, with these freedoms: text that is a decimal becomes the nearest
 * double or float, which is what those types mean, but an integer must survive it; empty text is null in every type but
 * `string`.
 */
export function createConverter(types: readonly FieldType[], options: ConverterOptions = {}): Converter {
  const cells = types.map((type, field) => cellsOf(type, readsEpoch(options.sourceTypes?.[field])));
  let kept = new Int32Array(0);
  return {
    convert(columns, selection, count, offsets) {
      const refused = new Map<number, RejectedRecord>();
      const converted = types.map((type, field) => {
        const column = columns[field] ?? absentColumn(offsets.length);
        if (isReady(column, type)) return column;
        const name = options.names?.[field];
        return cells[field]!.convert(column, selection, count, offsets.length, (record) => {
          if (!refused.has(record)) refused.set(record, mismatch(column, record, type, name, offsets[record]!));
        });
      });
      if (refused.size === 0) return { columns: converted, selection, count, rejected: [] };
      if (kept.length < count) kept = new Int32Array(count);
      const rejected = [...refused].sort(([a], [b]) => a - b).map(([, record]) => record);
      return { columns: converted, selection: kept, count: without(refused, selection, count, kept), rejected };
    },
  };
}

function cellsOf(type: FieldType, epoch: boolean): TypedCells {
  switch (type.name) {
    case "string":
      return stringCells();
    case "json":
      return jsonCells();
    case "binary":
      return bytesCells();
    case "boolean":
      return intCells(type, readBooleanValue);
    case "int32":
      return intCells(type, readInt32Value);
    case "int64":
      return longCells(type, readInt64Value);
    case "float":
      return doubleCells(type, readFloatValue, castToFloat);
    case "double":
      return doubleCells(type, readDoubleValue, (value) => value);
    case "date":
      return intCells(type, dayReader(epoch));
    case "timestamp":
      return timestampCells(type, epoch);
    case "decimal":
      return type.precision > MAX_LONG_DIGITS ? wideDecimalCells(type) : longCells(type, decimalReader(type));
  }
}

const NUMBERS: readonly FieldType["name"][] = ["int32", "int64", "float", "double", "decimal"];

function readsEpoch(sourceType: FieldType | undefined): boolean {
  return sourceType !== undefined && NUMBERS.includes(sourceType.name);
}

/** True when the column has the type's form already. */
function isReady(column: Column, type: FieldType): boolean {
  return column.form === TEXT ? type.name === "string" : sameType(column.type, type);
}

function mismatch(
  column: Column,
  record: number,
  type: FieldType,
  field: string | undefined,
  offset: number,
): RejectedRecord {
  const value = shorten(cellText(column, record) ?? "");
  const message = `${field === undefined ? "" : `\`${field}\`: `}\`${value}\` does not fit the type ${describeType(type)}.`;
  return { code: "TypeMismatch", message, offset, ...(field === undefined ? {} : { field }) };
}

function shorten(value: string): string {
  const characters = Array.from(value.slice(0, 2 * SHOWN_CHARACTERS + 2));
  return characters.length <= SHOWN_CHARACTERS ? value : `${characters.slice(0, SHOWN_CHARACTERS).join("")}…`;
}

function describeType(type: FieldType): string {
  if (type.name === "decimal") return `decimal(${type.precision},${type.scale})`;
  return type.name === "timestamp" ? `timestamp(${type.unit})` : type.name;
}

function without(
  refused: ReadonlyMap<number, unknown>,
  selection: Int32Array,
  count: number,
  kept: Int32Array,
): number {
  let keptCount = 0;
  for (let i = 0; i < count; i++) if (!refused.has(selection[i]!)) kept[keptCount++] = selection[i]!;
  return keptCount;
}
