import { readTime } from "#sdk";
import type { Filter, TimeWindow } from "#sdk";
import { fieldNamed, type SObject, type SObjectField } from "./sobject.ts";
import { containsPattern, dayLiteral, instantLiteral, textLiteral } from "./soql.ts";

/*
 * What of a flow's filters and window Salesforce can evaluate. Each condition holds for every record that the engine lets
 * through; the engine looks at all of them again. So it does no harm that Salesforce compares text without regard to case, and
 * nothing is said where it could find fewer records: NOT_EQUAL_TO of text, amounts of money, which it converts into the user's
 * currency, and formulas, which it may compare before they are rounded.
 */

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Times after `after`, up to and at `to`. Salesforce shows whole seconds; whatever it keeps beyond them is of the same second. */
export function windowConditions({ after, to }: TimeWindow, field: string): readonly string[] {
  return [
    ...(isKnown(after) ? [`${field} >= ${instantLiteral(floor(after, SECOND_MS))}`] : []),
    ...(isKnown(to) ? [`${field} < ${instantLiteral(floor(to, SECOND_MS) + SECOND_MS)}`] : []),
  ];
}

/** The years that Salesforce knows: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/primitive_data_types.htm */
const [FIRST_MS, LAST_MS] = [Date.parse("1700-01-01T00:00:00Z"), Date.parse("4000-12-31T00:00:00Z")];

function isKnown(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS;
}

export function filterConditions(object: SObject, filters: readonly Filter[] = []): readonly string[] {
  return filters.flatMap((filter) => {
    const field = fieldNamed(object, filter.field);
    if (field?.filterable !== true || field.calculated) return [];
    return CONDITIONS.get(field.type)?.(field, filter) ?? [];
  });
}

/** Undefined where Salesforce cannot tell, or not for certain. */
type Write = (field: SObjectField, filter: Filter) => string | undefined;

const CONDITIONS: ReadonlyMap<string, Write> = new Map<string, Write>([
  ...["string", "picklist", "textarea", "email", "url"].map((type) => [type, textCondition] as const),
  ["id", idCondition],
  ["reference", idCondition],
  ["boolean", booleanCondition],
  ...["int", "long", "double", "percent"].map((type) => [type, numberCondition] as const),
  ["date", dateCondition],
  ["datetime", instantCondition],
]);

function textCondition({ name }: SObjectField, { operator, values, dataType }: Filter): string | undefined {
  // `1` equals `1.0` and `2024-01-01` its midnight, unless they are said to be text.
  const isText = dataType === undefined ? values.every((value) => /^\p{L}/u.test(value)) : TEXT_TYPES.test(dataType);
  if (values.includes("")) return undefined;
  if (operator === "contains") return anyOf(values.map((value) => `${name} LIKE ${containsPattern(value)}`));
  return operator === "equal" && isText ? anyOf(values.map((value) => `${name} = ${textLiteral(value)}`)) : undefined;
}

const TEXT_TYPES = /^(string|text|textarea|picklist|email|url|id|reference)$/i;

/** What is no id at all, Salesforce refuses to compare. */
function idCondition({ name }: SObjectField, { operator, values, dataType = "id" }: Filter): string | undefined {
  if (!TEXT_TYPES.test(dataType)) return undefined;
  if (operator !== "equal" || !values.every((value) => /^[a-zA-Z0-9]{18}$/.test(value))) return undefined;
  return anyOf(values.map((value) => `${name} = ${textLiteral(value)}`));
}

function booleanCondition({ name }: SObjectField, { operator, values }: Filter): string | undefined {
  if (operator !== "equal" || !values.every((value) => value === "true" || value === "false")) return undefined;
  return anyOf(values.map((value) => `${name} = ${value}`));
}

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ["equal", "="],
  ["less", "<"],
  ["less-or-equal", "<="],
  ["greater", ">"],
  ["greater-or-equal", ">="],
]);

const NUMBER_TYPES = /^(int|integer|long|bigint|double|float|number|decimal|numeric|percent|currency)$/i;

function numberCondition(field: SObjectField, { operator, values, dataType }: Filter): string | undefined {
  const areNumbers = values.every((value) => /^-?(0|[1-9]\d{0,14})(\.\d{1,8})?$/.test(value));
  if (!areNumbers || !(dataType === undefined || NUMBER_TYPES.test(dataType))) return undefined;
  return compare(operator, values, (comparison, value) => `${field.name} ${comparison} ${value}`);
}

const TIME_TYPES = /^(date|datetime|timestamp)$/i;

function dateCondition({ name }: SObjectField, { operator, values, dataType = "" }: Filter): string | undefined {
  if (!TIME_TYPES.test(dataType)) return undefined;
  return compare(operator, values, (comparison, value) => {
    const ms = readTime(value);
    if (!isKnown(ms)) return undefined;
    const day = floor(ms, DAY_MS);
    if (day === ms) return `${name} ${comparison} ${dayLiteral(day)}`;
    // A day is its first moment. None is in the midst of another.
    if (comparison === "=") return undefined;
    return comparison.startsWith("<") ? `${name} <= ${dayLiteral(day)}` : `${name} > ${dayLiteral(day)}`;
  });
}

function instantCondition({ name }: SObjectField, { operator, values, dataType = "" }: Filter): string | undefined {
  if (!TIME_TYPES.test(dataType)) return undefined;
  return compare(operator, values, (comparison, value) => {
    const ms = readTime(value);
    if (!isKnown(ms)) return undefined;
    const second = floor(ms, SECOND_MS);
    const next = instantLiteral(second + SECOND_MS);
    if (comparison === "=") return `(${name} >= ${instantLiteral(second)} AND ${name} < ${next})`;
    return comparison.startsWith("<") ? `${name} < ${next}` : `${name} >= ${instantLiteral(second)}`;
  });
}

/** `between` excludes its bounds. */
function compare(
  operator: Filter["operator"],
  values: readonly string[],
  write: (comparison: string, value: string) => string | undefined,
): string | undefined {
  if (operator === "between") {
    const [lower, upper] = [write(">", values[0] ?? ""), write("<", values[1] ?? "")];
    return lower === undefined || upper === undefined ? undefined : `(${lower} AND ${upper})`;
  }
  const comparison = COMPARISONS.get(operator);
  if (comparison === undefined) return undefined;
  const conditions = values.map((value) => write(comparison, value));
  return conditions.every((condition) => condition !== undefined) ? anyOf(conditions) : undefined;
}

function anyOf(conditions: readonly string[]): string | undefined {
  return conditions.length < 2 ? conditions[0] : `(${conditions.join(" OR ")})`;
}

function floor(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
