/** How a filter compares. `between` excludes both bounds. */
export type FilterOperator =
  | "equal"
  | "not-equal"
  | "less"
  | "less-or-equal"
  | "greater"
  | "greater-or-equal"
  | "between"
  | "contains";

/** Keeps a record when the field compares with any of the values (`not-equal`: with none of them). */
export interface Filter {
  readonly field: string;
  readonly operator: FilterOperator;
  /** The values as the definition spells them; for `between` the lower and the upper bound, both excluded. */
  readonly values: readonly string[];
  /** The definition's DATA_TYPE, as spelled; undefined: infer it from the value. */
  readonly dataType: string | undefined;
}

const INSTANT_TYPES = /^(date|datetime|timestamp)$/i;

/** Whoever compares days may do so in another zone, and a day is over when the next one begins. */
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The time that every record which passes the filters has, or a later one, by the field: milliseconds since 1970. Undefined
 * where the filters do not say, or say it in a way that is not certain; then all is to be read.
 */
export function earliestTime(filters: readonly Filter[], field: string): number | undefined {
  const bounds = filters.filter((filter) => filter.field === field).flatMap((filter) => boundOf(filter, LOWER) ?? []);
  return bounds.length === 0 ? undefined : Math.max(...bounds);
}

/** The same of the time that they have, or an earlier one. */
export function latestTime(filters: readonly Filter[], field: string): number | undefined {
  const bounds = filters.filter((filter) => filter.field === field).flatMap((filter) => boundOf(filter, UPPER) ?? []);
  return bounds.length === 0 ? undefined : Math.min(...bounds);
}

interface Side {
  readonly operators: readonly FilterOperator[];
  /** Of the two bounds of `between`. */
  readonly bound: 0 | 1;
  readonly slackMs: number;
  readonly widest: (...times: readonly number[]) => number;
}

const LOWER: Side = {
  operators: ["equal", "greater", "greater-or-equal"],
  bound: 0,
  slackMs: -DAY_MS,
  widest: Math.min,
};
const UPPER: Side = { operators: ["equal", "less", "less-or-equal"], bound: 1, slackMs: 2 * DAY_MS, widest: Math.max };

function boundOf({ operator, values, dataType = "" }: Filter, side: Side): number | undefined {
  if (!INSTANT_TYPES.test(dataType)) return undefined;
  const slack = dataType.toLowerCase() === "date" ? side.slackMs : 0;
  const times = values.map((value) => readTime(value) + slack);
  if (times.length === 0 || times.some(Number.isNaN)) return undefined;
  if (operator === "between") return times[side.bound];
  return side.operators.includes(operator) ? side.widest(...times) : undefined;
}

/** A time as AppFlow sends it: milliseconds since 1970; or ISO 8601 with a zone, or a day. NaN for anything else. */
export function readTime(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  return /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
}
