import { didYouMean } from "../flow/closest.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import { POLICY_ACTIONS } from "./policy-actions.ts";
import { parsePattern } from "./policy-pattern.ts";
import { parseConditions } from "./parse-conditions.ts";
import type { Policy, Selection, Statement } from "./policy.ts";
import { isObject } from "./tolerate.ts";
import { itemPath, memberPath } from "./wire-path.ts";

/** As long as a managed policy of IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_POLICY = 6144;

/**
 * Reads a policy document, or tells everything in it that is not understood: a condition that were passed over would
 * allow too much. Statements about actions of other services alone say nothing here and are not looked into.
 */
export function parsePolicy(
  document: Json,
): { readonly policy: Policy } | { readonly problems: readonly [Problem, ...Problem[]] } {
  const problems: Problem[] = [];
  const statements = isObject(document) ? readDocument(document, problems) : [];
  if (!isObject(document)) problems.push({ path: "the policy", message: "it is not a JSON object" });
  const length = JSON.stringify(document).length;
  if (length > MAX_POLICY) {
    problems.push({ path: "the policy", message: `it has ${length} characters, and ${MAX_POLICY} are allowed` });
  }
  const [first, ...others] = problems;
  return first === undefined ? { policy: { statements } } : { problems: [first, ...others] };
}

function readDocument(document: JsonObject, problems: Problem[]): readonly Statement[] {
  const { Version, Statement: given } = document;
  checkMembers(document, ["Version", "Id", "Statement"], "", problems);
  if (Version !== "2012-10-17") {
    problems.push({ path: "Version", message: "only one version is known", remedy: 'give "2012-10-17"' });
  }
  const list = Array.isArray(given) ? (given as readonly Json[]) : given === undefined ? [] : [given];
  if (list.length === 0) problems.push({ path: "Statement", message: "there is none", remedy: "allow something" });
  return list.flatMap((statement, place) => readStatement(statement, itemPath("Statement", place), problems));
}

function readStatement(statement: Json, path: string, problems: Problem[]): readonly Statement[] {
  if (!isObject(statement)) {
    problems.push({ path, message: "it is not a JSON object" });
    return [];
  }
  const { Effect, Condition = {} } = statement;
  checkMembers(statement, MEMBERS, path, problems);
  if (Effect !== "Allow" && Effect !== "Deny") {
    problems.push({ path: `${path}.Effect`, message: `${print(Effect)} is no effect`, remedy: "give Allow or Deny" });
  }
  const actions = readSelection(statement, "Action", path, checkAction, problems);
  if (isForOthers(statement["Action"])) return [];
  const resources = readSelection(statement, "Resource", path, checkResource, problems);
  const conditions = parseConditions(Condition, `${path}.Condition`, problems);
  return [{ effect: Effect === "Allow" ? "allow" : "deny", actions, resources, conditions }];
}

const MEMBERS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

function checkMembers(value: JsonObject, known: readonly string[], path: string, problems: Problem[]): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const remedy = didYouMean(name, known) ?? "leave it out";
    problems.push({ path: memberPath(path, name), message: "no such element is known here", remedy });
  }
}

type Check = (text: string) => Omit<Problem, "path"> | undefined;

function readSelection(
  statement: JsonObject,
  name: "Action" | "Resource",
  path: string,
  check: Check,
  problems: Problem[],
): Selection {
  const except = statement[name] === undefined;
  const member = except ? `Not${name}` : name;
  const given = statement[member];
  const list = Array.isArray(given) ? (given as readonly Json[]) : given === undefined ? [] : [given];
  if (list.length === 0) problems.push({ path, message: `it has no ${name}`, remedy: `name one, or "*"` });
  if (!except && statement[`Not${name}`] !== undefined) {
    problems.push({ path, message: `it has both ${name} and Not${name}`, remedy: "leave out one of them" });
  }
  const patterns = list.flatMap((item, place) => {
    const where = Array.isArray(given) ? itemPath(`${path}.${member}`, place) : `${path}.${member}`;
    const problem = typeof item === "string" ? check(item) : { message: `${print(item)} is no text` };
    if (problem !== undefined) problems.push({ path: where, ...problem });
    return typeof item === "string" ? [parsePattern(item, where, problems)] : [];
  });
  return { except, patterns };
}

/** Upper and lower case are the same in actions. */
function checkAction(text: string): Omit<Problem, "path"> | undefined {
  if (text === "*") return undefined;
  const [, service = "", name = ""] = /^([\w*?-]+):([\w*?]+)$/.exec(text) ?? [];
  if (name === "") return { message: `"${text}" is no action`, remedy: 'write it as "appflow:StartFlow"' };
  if (service.toLowerCase() !== "appflow" || /[*?]/.test(name)) return undefined;
  if (POLICY_ACTIONS.some((action) => action.toLowerCase() === name.toLowerCase())) return undefined;
  const remedy = didYouMean(name, POLICY_ACTIONS);
  return { message: `AppFlow has no action "${name}"`, ...(remedy !== undefined && { remedy }) };
}

function checkResource(text: string): Omit<Problem, "path"> | undefined {
  if (text === "*" || text.startsWith("arn:")) return undefined;
  const remedy = 'write it as "arn:aws:appflow:*:*:flow/orders-*", or "*" for all';
  return { message: `"${text}" is no ARN`, remedy };
}

function isForOthers(actions: Json | undefined): boolean {
  const list = Array.isArray(actions) ? (actions as readonly Json[]) : [actions];
  return list.every((action) => typeof action === "string" && /^(?!appflow:)[\w-]+:/i.test(action));
}

function print(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 100);
}
