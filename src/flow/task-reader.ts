import type { Problem } from "../sdk/problem.ts";
import { didYouMean } from "./closest.ts";
import type { TaskRequest } from "./flow-request.ts";

/** One task of a request while it is parsed: gives its parts, and collects what is wrong with them. */
export interface TaskReader {
  readonly index: number;
  readonly task: TaskRequest;
  /** The fields that the task names. */
  readonly fields: readonly string[];
  /** The operator in capitals; `NO_OP` when there is none. */
  readonly operator: string;
  readonly problems: Problem[];
}

/** Adds a problem with the given part of the task. */
export function report(reader: TaskReader, part: string, message: string, remedy?: string): undefined {
  const path = `tasks[${reader.index}].${part}`;
  reader.problems.push(remedy === undefined ? { path, message } : { path, message, remedy });
}

/** The one field that the task is about. */
export function onlyField(reader: TaskReader, remedy = "name one field"): string | undefined {
  const [field] = reader.fields;
  if (reader.fields.length === 1) return field;
  return report(reader, "sourceFields", `${reader.task.taskType} takes one field, not ${reader.fields.length}`, remedy);
}

/** The fields that the task is about: at least `least` of them. */
export function someFields(reader: TaskReader, least = 1): readonly string[] | undefined {
  if (reader.fields.length >= least) return reader.fields;
  const { taskType } = reader.task;
  return report(
    reader,
    "sourceFields",
    `${taskType} takes ${least === 1 ? "one field" : `${least} fields`} or more, not ${reader.fields.length}`,
  );
}

export function property(reader: TaskReader, key: string): string | undefined {
  return reader.task.taskProperties?.[key];
}

/** A property that must be there. */
export function neededProperty(reader: TaskReader, key: string, remedy: string): string | undefined {
  return property(reader, key) ?? report(reader, `taskProperties.${key}`, `${needs(reader)} ${key}`, remedy);
}

/** A whole number from 1 to `most`; undefined when there is none or it is not such a number. */
export function countProperty(reader: TaskReader, key: string, most: number): number | undefined {
  const text = property(reader, key);
  if (text === undefined) return undefined;
  const count = /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  return report(reader, `taskProperties.${key}`, `"${text}" is not a whole number from 1 to ${most}`);
}

/**
 * The names in a property: a JSON array of strings, or names between commas. Names of the `fallback`, which is taken where
 * the property is missing, may hold a few commas themselves: where a comma list can be read as one of them, it is.
 * Undefined when it is neither.
 */
export function namesProperty(
  reader: TaskReader,
  key: string,
  fallback: readonly string[],
): readonly string[] | undefined {
  const text = property(reader, key)?.trim();
  if (text === undefined) return fallback;
  if (!text.startsWith("[")) return splitNames(text, new Set(fallback));
  return (
    stringsIn(text) ??
    report(
      reader,
      `taskProperties.${key}`,
      `\`${text}\` is not a JSON array of names`,
      String.raw`write it like "[\"first\",\"second\"]", or names between commas`,
    )
  );
}

/** Reports the names that are not among the candidates, as one problem. */
export function expectNames(
  reader: TaskReader,
  part: string,
  names: readonly string[],
  candidates: readonly string[],
): void {
  const known = new Set(candidates);
  const unknown = names.filter((name) => !known.has(name));
  const [first] = unknown;
  if (first === undefined) return;
  const verb = unknown.length === 1 ? "is" : "are";
  report(reader, part, `${listed(unknown)} ${verb} none of ${listed(candidates)}`, didYouMean(first, candidates));
}

function listed(names: readonly string[]): string {
  const quoted = names.slice(0, MAX_LISTED).map((name) => `"${name}"`);
  return [...quoted, ...(names.length > MAX_LISTED ? ["…"] : [])].join(", ");
}

const MAX_LISTED = 10;

/** The start of a sentence about what this task lacks. */
export function needs(reader: TaskReader): string {
  return reader.operator === "NO_OP"
    ? `${reader.task.taskType} needs`
    : `${reader.task.taskType} with ${reader.operator} needs`;
}

function splitNames(text: string, known: ReadonlySet<string>): readonly string[] {
  const pieces = text.split(",");
  const longest = [...known].reduce((most, name) => Math.max(most, name.split(",", MAX_PIECES).length), 1);
  const names: string[] = [];
  for (let from = 0; from < pieces.length;) {
    let to = Math.min(pieces.length, from + longest);
    while (to > from + 1 && !known.has(pieces.slice(from, to).join(",").trim())) to--;
    names.push(pieces.slice(from, to).join(",").trim());
    from = to;
  }
  return names.filter((name) => name !== "");
}

/** Into how many pieces the commas of one name may cut it. */
const MAX_PIECES = 16;

function stringsIn(json: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}
