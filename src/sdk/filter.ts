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

/** Whoever compares days may do so in another zone. */
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The time that every record which passes the filters has, or a later one, by the field: milliseconds since 1970. Undefined
 * where the filters do not say, or say it in a way that is not certain; then all is to be read.
 */
export function earliestTime(filters: readonly Filter[], field: string): number | undefined {
  const bounds = filters.filter((filter) => filter.field === field).flatMap((filter) => lowerBound(filter) ?? []);
  return bounds.length === 0 ? undefined : Math.max(...bounds);
}

function lowerBound({ operator, values, dataType = "" }: Filter): number | undefined {
  if (!INSTANT_TYPES.test(dataType)) return undefined;
  const slack = dataType.toLowerCase() === "date" ? DAY_MS : 0;
  const times = values.map((value) => readTime(value) - slack);
  if (times.length === 0 || times.some(Number.isNaN)) return undefined;
  switch (operator) {
    case "between":
      return times[0];
    case "equal":
    case "greater":
    case "greater-or-equal":
      return Math.min(...times);
    default:
      return undefined;
  }
}

/** A time as AppFlow sends it: milliseconds since 1970; or ISO 8601 with a zone, or a day. NaN for anything else. */
export function readTime(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  return /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
}
