import { didYouMean } from "../flow/closest.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import type { IntegerShape, ListShape, MapShape, Shape, StringShape, StructureShape } from "./shape.ts";
import { isObject } from "./tolerate.ts";
import { itemPath, memberPath } from "./wire-path.ts";

/** One place where a request does not have its shape. */
export type Fault =
  /** Not of the JSON type: there is no telling what was meant. */
  { readonly kind: "type"; readonly path: string; readonly message: string } | ConstraintFault;

export interface ConstraintFault {
  readonly kind: "constraint";
  readonly path: string;
  /** The value as it is shown to people; undefined when it is missing. */
  readonly value: string | undefined;
  /** What the value must satisfy, in the words of AWS services. */
  readonly constraint: string;
  readonly remedy?: string;
}

/** Every place where a request does not have the shape. The request is in canonical spelling (tolerate.ts). */
export function validate(shape: Shape, json: Json): readonly Fault[] {
  const faults: Fault[] = [];
  check(shape, json, "", faults);
  return faults;
}

/** A fault in the words of AWS services. */
export function sentenceOf(fault: ConstraintFault): string {
  const value = fault.value === undefined ? "null" : `'${fault.value}'`;
  const remedy = fault.remedy === undefined ? "" : ` — ${fault.remedy}`;
  return `Value ${value} at '${fault.path}' failed to satisfy constraint: ${fault.constraint}${remedy}`;
}

export function problemOf(fault: Fault): Problem {
  if (fault.kind === "type") return { path: fault.path, message: fault.message };
  const { path, value, constraint, remedy } = fault;
  const message = value === undefined ? "it is missing" : `'${value}': ${constraint}`;
  return { path, message, ...(remedy !== undefined && { remedy }) };
}

function check(shape: Shape, json: Json, path: string, faults: Fault[]): void {
  switch (shape.kind) {
    case "structure":
      if (isObject(json)) checkStructure(shape, json, path, faults);
      else faults.push(typeFault("an object", json, path));
      break;
    case "map":
      if (isObject(json)) checkMap(shape, json, path, faults);
      else faults.push(typeFault("an object", json, path));
      break;
    case "list":
      if (Array.isArray(json)) checkList(shape, json, path, faults);
      else faults.push(typeFault("an array", json, path));
      break;
    case "string":
      if (typeof json === "string") checkString(shape, json, path, faults);
      else faults.push(typeFault("a string", shape.secret === true ? undefined : json, path));
      break;
    case "integer":
      if (Number.isSafeInteger(json)) checkInteger(shape, json as number, path, faults);
      else faults.push(typeFault("a whole number", json, path));
      break;
    case "boolean":
      if (typeof json !== "boolean") faults.push(typeFault("true or false", json, path));
      break;
    case "timestamp":
      if (!isInstant(json)) faults.push(typeFault("a time in seconds since 1970", json, path));
      break;
  }
}

function checkStructure(shape: StructureShape, json: JsonObject, path: string, faults: Fault[]) {
  for (const [name, member] of shape.members) {
    const value = Object.hasOwn(json, name) ? json[name] : undefined;
    const place = memberPath(path, name);
    if (value !== undefined) check(member.shape, value, place, faults);
    else if (member.required) {
      faults.push({ kind: "constraint", path: place, value: undefined, constraint: "Member must not be null" });
    }
  }
}

function checkList({ item: shape, max }: ListShape, json: readonly Json[], path: string, faults: Fault[]): void {
  if (max !== undefined && json.length > max) faults.push(constraintFault(`${json.length} items`, path, longest(max)));
  for (const [index, item] of json.entries()) check(shape, item, itemPath(path, index), faults);
}

function checkMap(shape: MapShape, json: JsonObject, path: string, faults: Fault[]): void {
  const entries = Object.entries(json);
  if (shape.max !== undefined && entries.length > shape.max) {
    faults.push(constraintFault(`${entries.length} entries`, path, longest(shape.max)));
  }
  for (const [key, value] of entries) {
    checkKey(shape.key, key, path, faults);
    check(shape.value, value, memberPath(path, key), faults);
  }
}

function checkKey(shape: StringShape, key: string, path: string, faults: Fault[]): void {
  const from = faults.length;
  checkString(shape, key, path, faults);
  for (const [at, fault] of faults.slice(from).entries()) {
    if (fault.kind !== "constraint") continue;
    faults[from + at] = { ...fault, constraint: `Map keys must satisfy constraint: [${fault.constraint}]` };
  }
}

function checkString(shape: StringShape, value: string, path: string, faults: Fault[]): void {
  const { min, max, pattern, values } = shape;
  const shown = shape.secret === true ? HIDDEN : value;
  if (min !== undefined && value.length < min) faults.push(constraintFault(shown, path, shortest(min)));
  if (max !== undefined && value.length > max) {
    // A pattern is tried on short values only: its cost may grow with the square of the length.
    faults.push(constraintFault(shown, path, longest(max)));
  } else if (pattern !== undefined && !pattern.test(value)) {
    const written = pattern.source.slice("^(?:".length, -")$".length);
    faults.push(constraintFault(shown, path, `Member must satisfy regular expression pattern: ${written}`));
  }
  if (values !== undefined && !values.includes(value)) {
    const constraint = `Member must satisfy enum value set: [${values.join(", ")}]`;
    const remedy = faults.length < MAX_REMEDIES ? didYouMean(value, values) : undefined;
    faults.push(constraintFault(value, path, constraint, remedy));
  }
}

/** What stands for the value of a secret. */
const HIDDEN = "***";

/** Finding out what was meant takes long; nobody needs it a thousand times. */
const MAX_REMEDIES = 100;

function checkInteger({ min, max }: IntegerShape, value: number, path: string, faults: Fault[]): void {
  if (min !== undefined && value < min) {
    faults.push(constraintFault(`${value}`, path, `Member must have value greater than or equal to ${min}`));
  }
  if (max !== undefined && value > max) {
    faults.push(constraintFault(`${value}`, path, `Member must have value less than or equal to ${max}`));
  }
}

function shortest(length: number): string {
  return `Member must have length greater than or equal to ${length}`;
}

function longest(length: number): string {
  return `Member must have length less than or equal to ${length}`;
}

function constraintFault(value: string, path: string, constraint: string, remedy?: string): ConstraintFault {
  return { kind: "constraint", path, value: cut(value), constraint, ...(remedy !== undefined && { remedy }) };
}

/** `json` is undefined where it is not to be shown. */
function typeFault(expected: string, json: Json | undefined, path: string): Fault {
  const place = path === "" ? "the body" : path;
  const instead = json === undefined ? "" : `, not ${described(json)}`;
  return { kind: "type", path: place, message: `expected ${expected}${instead}` };
}

function described(json: Json): string {
  if (json === null) return "null";
  if (Array.isArray(json)) return "an array";
  if (typeof json === "object") return "an object";
  return typeof json === "string"
    ? `the string "${cut(json)}"`
    : `${typeof json === "number" ? "the number " : ""}${json}`;
}

/** Between the years 1 and 9999. */
function isInstant(json: Json): boolean {
  return typeof json === "number" && json >= -62_135_596_800 && json < 253_402_300_800;
}

function cut(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const MAX_SHOWN = 200;
