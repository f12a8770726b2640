import type { ArithmeticTask, FilterTask, MaskTask, Task, TruncateTask, ValidateTask } from "../../src/tasks/task.ts";
import { compareValues, fromJson, isObject, json, number, text, toJson } from "./naive-values.ts";
import type { Value } from "./naive-values.ts";
import { roundTo15 } from "./rational.ts";
import type { Rational } from "./rational.ts";

/* What tasks mean, for one record at a time: slow, short and plain. */

export type SourceRecord = ReadonlyMap<string, Value>;
/** A computed number is a fraction, so that only its value counts. */
export type Output = Map<string, Value | Rational>;

type Of<T extends Task["type"]> = Extract<Task, { type: T }>;

/** The output of one record, or what becomes of it instead. */
export function interpret(tasks: readonly Task[], source: SourceRecord): Output | "dropped" | "ends" {
  const of = <T extends Task["type"]>(type: T) => tasks.filter((task): task is Of<T> => task.type === type);
  if (!of("filter").every((task) => passes(task, look(source, task.field)))) return "dropped";
  const broken = of("validate").filter((task) => isBad(task, look(source, task.field)));
  if (broken.length > 0) return broken.some((task) => task.onFailure === "drop-record") ? "dropped" : "ends";

  const record = [...of("truncate"), ...of("mask")].reduce(changeField, source);
  const made: Output = new Map();
  for (const { target, fields, format } of of("merge")) {
    made.set(target, fields.map((name) => text(look(record, name)) ?? "").join(format));
  }
  for (const task of of("arithmetic")) made.set(task.target, compute(task, record));

  const takesAll = of("map-all").length + of("passthrough").length > 0;
  const excluded = of("map-all").flatMap((task) => task.exclude);
  const output: Output = new Map([...record].filter(([name]) => takesAll && !excluded.includes(name)));
  for (const { target, fields } of [...of("merge"), ...of("arithmetic")]) {
    const isRead = target === fields.join(",") || of("map").some((map) => map.source === target);
    if (!isRead) output.set(target, made.get(target)!);
  }
  for (const { source: from, target } of of("map")) {
    const value = made.get(from) ?? (made.has(from) ? null : look(record, from));
    if (value === undefined) output.delete(target);
    else output.set(target, value);
  }
  return output;
}

function passes({ operator, values, dataType }: FilterTask, cell: Value | undefined): boolean {
  const order = (value: string): number => compareValues(cell, value, dataType) ?? Number.NaN;
  if (operator === "not-equal") return values.every((value) => order(value) !== 0);
  if (operator === "between") return order(values[0]!) > 0 && order(values[1]!) < 0;
  if (operator === "contains") return values.some((value) => contains(cell, value));
  const accepted = { equal: [0], less: [-1], "less-or-equal": [-1, 0], greater: [1], "greater-or-equal": [0, 1] };
  return values.some((value) => accepted[operator].includes(order(value)));
}

function contains(cell: Value | undefined, wanted: string): boolean {
  const nested = json(cell);
  if (Array.isArray(nested)) return nested.some((element) => text(fromJson(element)) === wanted);
  return isObject(nested) ? Object.hasOwn(nested, wanted) : (text(cell)?.includes(wanted) ?? false);
}

function isBad({ rule }: ValidateTask, cell: Value | undefined): boolean {
  const sign = number(cell)?.over;
  if (rule === "non-null") return text(cell) === undefined;
  if (rule === "numeric") return text(cell) !== undefined && sign === undefined;
  return sign !== undefined && (rule === "non-zero" ? sign === 0n : sign < 0n);
}

function changeField(record: SourceRecord, task: TruncateTask | MaskTask): SourceRecord {
  const changed = (name: string, value: Value): Value => {
    if (name === task.field) return change(task, value);
    return task.field.startsWith(`${name}.`) && isObject(json(value)) ? fromJson(within(value, name)) : value;
  };
  const within = (value: Value, name: string): unknown => {
    const members = Object.entries(json(value) as object).map(
      ([key, member]) => [key, `${name}.${key}`, fromJson(member)] as const,
    );
    return Object.fromEntries(members.map(([key, path, member]) => [key, toJson(changed(path, member))]));
  };
  return new Map(Array.from(record, ([name, value]) => [name, changed(name, value)]));
}

function change(task: TruncateTask | MaskTask, value: Value): Value {
  if (text(value) === undefined) return value;
  if (json(value) !== undefined) return task.type === "mask" ? null : "";
  const characters = Array.from(text(value)!);
  if (task.type === "truncate") return characters.slice(0, task.length).join("");
  if (task.scheme === "all") return task.character.repeat(task.length ?? characters.length);
  const hidden = Math.min(characters.length, task.length ?? Infinity);
  const isHidden = (i: number): boolean => (task.scheme === "first" ? i < hidden : i >= characters.length - hidden);
  return characters.map((character, i) => (isHidden(i) ? task.character : character)).join("");
}

function compute({ operator, fields }: ArithmeticTask, record: SourceRecord): Rational | null {
  const operands = fields.map((name) => number(look(record, name)));
  const result = operands.reduce((a, b) => {
    if (a === undefined || b === undefined) return undefined;
    if (operator === "add") return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
    if (operator === "subtract") return { over: a.over * b.under - b.over * a.under, under: a.under * b.under };
    if (operator === "multiply") return { over: a.over * b.over, under: a.under * b.under };
    return roundTo15({ over: a.over * b.under, under: a.under * b.over });
  });
  return result === undefined || result.under === 0n ? null : result;
}

function look(record: SourceRecord, name: string): Value | undefined {
  if (record.has(name)) return record.get(name);
  const [parent, key] = name.split(".");
  const object = key === undefined ? undefined : json(record.get(parent!));
  return isObject(object) && Object.hasOwn(object, key!) ? fromJson(object[key!]) : undefined;
}
