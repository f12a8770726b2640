import { didYouMean } from "../flow/closest.ts";
import type { Json } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import { parsePattern } from "./policy-pattern.ts";
import type { Condition } from "./policy.ts";
import { isObject } from "./tolerate.ts";
import { memberPath } from "./wire-path.ts";

/** Reads the element Condition: operator to key to value or values. */
export function parseConditions(given: Json, path: string, problems: Problem[]): readonly Condition[] {
  if (!isObject(given)) {
    problems.push({ path, message: "it is not a JSON object" });
    return [];
  }
  return Object.entries(given).flatMap(([name, keys]) => {
    const [where, operator] = [memberPath(path, name), readOperator(name)];
    if (operator === undefined) problems.push(unknownOperator(name, where));
    if (!isObject(keys)) problems.push({ path: where, message: "it is not a JSON object" });
    if (operator === undefined || !isObject(keys)) return [];
    return Object.entries(keys).flatMap(([key, value]) =>
      readCondition({ key, value }, operator, memberPath(where, key), problems),
    );
  });
}

type Operator = Omit<Condition, "key" | "values">;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const OPERATORS: ReadonlyMap<string, Pick<Condition, "compare" | "negated">> = new Map([
  ["StringEquals", { compare: "equal", negated: false }],
  ["StringNotEquals", { compare: "equal", negated: true }],
  ["StringEqualsIgnoreCase", { compare: "equal-in-any-case", negated: false }],
  ["StringNotEqualsIgnoreCase", { compare: "equal-in-any-case", negated: true }],
  ["StringLike", { compare: "like", negated: false }],
  ["StringNotLike", { compare: "like", negated: true }],
  ["Null", { compare: "absent", negated: false }],
]);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
const OVER: ReadonlyMap<string | undefined, Condition["over"]> = new Map([
  [undefined, "one"],
  ["ForAllValues", "all"],
  ["ForAnyValue", "any"],
]);

/** Which keys requests have; those that end in a slash go on with the name of a tag. */
const KEYS = ["aws:username", "aws:PrincipalArn", "aws:TagKeys", "aws:ResourceTag/", "aws:RequestTag/"];

/** The key that has several values at once. */
const TAG_KEYS = "aws:tagkeys";

function readOperator(name: string): Operator | undefined {
  const [, set, base = "", ifExists] = /^(?:(\w+):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const [known, over] = [OPERATORS.get(base), OVER.get(set)];
  if (known === undefined || over === undefined) return undefined;
  if (known.compare === "absent" && (over !== "one" || ifExists !== undefined)) return undefined;
  return { ...known, over, ifExists: ifExists !== undefined };
}

function unknownOperator(name: string, path: string): Problem {
  const remedy = didYouMean(name, OPERATORS.keys()) ?? `the operators are ${[...OPERATORS.keys()].join(", ")}`;
  return { path, message: "this engine does not know the operator, so it could not tell what is allowed", remedy };
}

function readCondition(
  { key, value }: { readonly key: string; readonly value: Json },
  operator: Operator,
  path: string,
  problems: Problem[],
): readonly Condition[] {
  const name = key.toLowerCase();
  const known = KEYS.some((each) =>
    each.endsWith("/") ? name.startsWith(each.toLowerCase()) : name === each.toLowerCase(),
  );
  if (!known || name.endsWith("/")) {
    const remedy = `the keys are ${KEYS.map((each) => (each.endsWith("/") ? `${each}TAG` : each)).join(", ")}`;
    problems.push({ path, message: "no request has this key, so it could not tell what is allowed", remedy });
  } else if ((name === TAG_KEYS) !== (operator.over !== "one") && operator.compare !== "absent") {
    problems.push(
      name === TAG_KEYS
        ? { path, message: "it has several values", remedy: "put ForAllValues: or ForAnyValue: before the operator" }
        : { path, message: "it has one value", remedy: "leave out ForAllValues: and ForAnyValue:" },
    );
  }
  const values = (Array.isArray(value) ? (value as readonly Json[]) : [value]).map(textOf);
  if (values.length === 0 || values.includes(undefined)) {
    problems.push({ path, message: "it has no value that is a text", remedy: "give a text, or a list of them" });
  }
  if (operator.compare === "absent" && values.some((text) => text !== "true" && text !== "false")) {
    problems.push({
      path,
      message: "Null compares with true or false alone",
      remedy: "true if the key is to be absent",
    });
  }
  return [{ ...operator, key: name, values: values.map((text) => parsePattern(text ?? "", path, problems)) }];
}

/** IAM takes `true` for "true". */
function textOf(value: Json): string | undefined {
  return typeof value === "boolean" ? String(value) : typeof value === "string" ? value : undefined;
}
