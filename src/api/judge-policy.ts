import { matchesPattern, type Variables } from "./policy-pattern.ts";
import type { Condition, Policy, Selection, Statement } from "./policy.ts";

/** What somebody wants to do. */
export interface Deed {
  /** For example `appflow:StartFlow`. */
  readonly action: string;
  /** An ARN, or `*` for what is about no resource of its own, such as a list of all. */
  readonly resource: string;
  readonly user: { readonly name: string; readonly arn: string };
  /** Those that the resource has. */
  readonly resourceTags: Tags;
  /** Those that the request would give it. */
  readonly requestTags: Tags;
  /** The keys of the tags that the request gives or takes away. */
  readonly tagKeys: readonly string[];
}

export type Tags = Readonly<Record<string, string>>;

/** `denied`: a statement says so. `not-allowed`: none allows it. */
export type Verdict = "allowed" | "denied" | "not-allowed";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, with one policy. */
export function judgePolicy({ statements }: Policy, deed: Deed): Verdict {
  const applying = statements.filter((statement) => applies(statement, deed));
  if (applying.some(({ effect }) => effect === "deny")) return "denied";
  return applying.length > 0 ? "allowed" : "not-allowed";
}

/** What is unclear never helps the caller: then a statement that allows does not apply, and one that denies does. */
function applies({ effect, actions, resources, conditions }: Statement, deed: Deed): boolean {
  if (!selects(actions, deed.action, deed, true) || !selects(resources, deed.resource, deed, false)) return false;
  const answers = conditions.map((condition) => holds(condition, deed));
  if (answers.includes("no")) return false;
  return effect === "deny" || !answers.includes("unclear");
}

function selects({ except, patterns }: Selection, text: string, deed: Deed, anyCase: boolean): boolean {
  const matching = { variables: variablesOf(deed), wildcards: true, anyCase };
  return patterns.some((pattern) => matchesPattern(pattern, text, matching)) !== except;
}

function variablesOf({ user }: Deed): Variables {
  return { "aws:username": user.name, "aws:PrincipalArn": user.arn };
}

type Answer = "yes" | "no" | "unclear";

function holds(condition: Condition, deed: Deed): Answer {
  const values = valuesOf(condition.key, deed);
  if (values === "unclear") return values;
  return isTrue(condition, values, deed) ? "yes" : "no";
}

function isTrue(condition: Condition, values: readonly string[] | undefined, deed: Deed): boolean {
  const { compare, negated, ifExists, over } = condition;
  if (compare === "absent") return isAnyOf(condition, String(values === undefined), deed);
  if (values === undefined) return ifExists || over === "all" || (over === "one" && negated);
  const fits = (value: string) => isAnyOf(condition, value, deed) !== negated;
  return over === "any" ? values.some(fits) : values.every(fits);
}

function isAnyOf({ compare, values }: Condition, value: string, deed: Deed): boolean {
  const how = { wildcards: compare === "like", anyCase: compare === "equal-in-any-case" };
  return values.some((pattern) => matchesPattern(pattern, value, { variables: variablesOf(deed), ...how }));
}

/** Undefined when the request has no such key. */
function valuesOf(key: string, { user, resourceTags, requestTags, tagKeys }: Deed) {
  if (key === "aws:username") return [user.name];
  if (key === "aws:principalarn") return [user.arn];
  if (key === "aws:tagkeys") return tagKeys.length > 0 ? tagKeys : undefined;
  const [kind, tag = ""] = key.split(/\/(.*)/s);
  return tagValue(kind === "aws:resourcetag" ? resourceTags : requestTags, tag);
}

/** Keys of conditions are the same in any case, keys of tags are not: so there may be several tags of one key. */
function tagValue(tags: Tags, wanted: string): readonly string[] | "unclear" | undefined {
  const found = Object.entries(tags).filter(([key]) => key.toLowerCase() === wanted);
  if (found.length > 1) return "unclear";
  return found.length === 1 ? [found[0]![1]] : undefined;
}
