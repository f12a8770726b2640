import { rational } from "./rational.ts";
import type { Rational } from "./rational.ts";

/* Values as the interpreter sees them: JSON's, with numbers, objects and arrays by their text. */

export type Value = null | boolean | string | { readonly number: string } | { readonly json: string };

/** Undefined for null and for no value at all. */
export function text(value: Value | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value !== "object" ? String(value) : "json" in value ? value.json : value.number;
}

/** Text that spells a number is one. */
export function number(value: Value | undefined): Rational | undefined {
  return typeof value === "boolean" || json(value) !== undefined ? undefined : readNumber(text(value) ?? "");
}

/** The object or array; undefined for anything else. */
export function json(value: Value | undefined): unknown {
  return typeof value === "object" && value !== null && "json" in value ? JSON.parse(value.json) : undefined;
}

export function fromJson(parsed: unknown): Value {
  if (typeof parsed === "number") return { number: String(parsed) };
  return typeof parsed === "object" && parsed !== null ? { json: JSON.stringify(parsed) } : (parsed as Value);
}

export function toJson(value: Value): unknown {
  return typeof value === "object" && value !== null ? JSON.parse(text(value)!) : value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How a cell stands to a filter's value: below, at or above zero; undefined when they cannot be compared. */
export function compareValues(cell: Value | undefined, value: string, type: string | undefined): number | undefined {
  const mine = text(cell);
  if (mine === undefined) return undefined;
  const isDigits = typeof cell === "string" && /^-?\d+$/.test(cell);
  switch (type) {
    case "double":
      return order(readNumber(mine), readNumber(value), (a, b) => Number(a.over * b.under - b.over * a.under));
    case "datetime":
      return order(readInstant(mine), readInstant(value), (a, b) => a - b);
    case "boolean":
      return order(readBoolean(mine), readBoolean(value), (a, b) => a - b);
    case "string":
      return order(Buffer.from(mine), Buffer.from(value), (a, b) => Buffer.compare(a, b));
    default:
      if (isJsonNumber(mine) && isJsonNumber(value)) return compareValues(cell, value, "double");
      return (isDigits ? undefined : compareValues(cell, value, "datetime")) ?? compareValues(cell, value, "string");
  }
}

function order<T>(a: T | undefined, b: T | undefined, difference: (a: T, b: T) => number): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.sign(difference(a, b));
}

function readNumber(value: string): Rational | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) ? rational(value) : undefined;
}

function isJsonNumber(value: string): boolean {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value);
}

function readInstant(value: string): number | undefined {
  if (/^-?\d+$/.test(value)) return Math.abs(Number(value)) <= 8.64e15 ? Number(value) : undefined;
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return Date.parse(value);
  const [, local] = /^(\d{4}-\d\d-\d\dT[\d:.]+)Z?$/.exec(value) ?? [];
  return local === undefined ? undefined : Date.parse(`${local}Z`);
}

function readBoolean(value: string): number | undefined {
  return ({ true: 1, "1": 1, false: 0, "0": 0 } as Readonly<Record<string, number>>)[value.toLowerCase()];
}
