import type { Deed, Verdict } from "../../src/api/judge-policy.ts";

/* IAM's evaluation of one policy document, written as its manual says it and with no thought of speed. Its documents are correct. */

interface Document {
  readonly Statement: readonly Record<string, unknown>[];
}

export function naiveVerdict({ Statement: statements }: Document, deed: Deed): Verdict {
  let verdict: Verdict = "not-allowed";
  for (const statement of statements) {
    const { Effect, Action, NotAction, Resource, NotResource, Condition = {} } = statement;
    const action =
      Action === undefined ? !some(NotAction, deed.action, deed, "i") : some(Action, deed.action, deed, "i");
    const resource =
      Resource === undefined ? !some(NotResource, deed.resource, deed) : some(Resource, deed.resource, deed);
    if (!action || !resource) continue;
    let [fails, unclear] = [false, false];
    for (const [operator, keys] of Object.entries(Condition as Record<string, Record<string, unknown>>)) {
      for (const [key, value] of Object.entries(keys)) {
        const result = test(operator, key, [value].flat() as string[], deed);
        if (result === "unclear") unclear = true;
        else if (!result) fails = true;
      }
    }
    if (fails) continue;
    if (Effect === "Deny") return "denied";
    if (!unclear) verdict = "allowed";
  }
  // A later statement may deny what an earlier one allows.
  return verdict;
}

function test(operator: string, key: string, wanted: readonly string[], deed: Deed): boolean | "unclear" {
  const [name = "", set] = operator.split(":").toReversed();
  const actual = lookUp(key.toLowerCase(), deed);
  if (actual === "unclear") return actual;
  if (name === "Null") return wanted.includes(String(actual.length === 0));
  const [base, optional] = [name.replace(/IfExists$/, ""), name.endsWith("IfExists")];
  const positive = base.replace("Not", "");
  const one = (value: string) => {
    if (positive === "StringLike") return some(wanted, value, deed);
    if (positive === "StringEquals") return wanted.some((text) => expand(text, deed) === value);
    return wanted.some((text) => expand(text, deed).toLowerCase() === value.toLowerCase());
  };
  const fits = (value: string) => (base.includes("Not") ? !one(value) : one(value));
  if (actual.length === 0 && optional) return true;
  if (set === "ForAllValues") return actual.every(fits);
  if (set === "ForAnyValue") return actual.some(fits);
  return actual.length === 0 ? base.includes("Not") : fits(actual[0]!);
}

function lookUp(key: string, deed: Deed): readonly string[] | "unclear" {
  if (key === "aws:username") return [deed.user.name];
  if (key === "aws:principalarn") return [deed.user.arn];
  if (key === "aws:tagkeys") return deed.tagKeys;
  const tags = key.startsWith("aws:resourcetag/") ? deed.resourceTags : deed.requestTags;
  const found = Object.entries(tags).flatMap(([tag, value]) => (key.endsWith(`/${tag.toLowerCase()}`) ? [value] : []));
  return found.length > 1 ? "unclear" : found;
}

/** Wildcards as a regular expression. */
function some(patterns: unknown, text: string, deed: Deed, flags = ""): boolean {
  return ([patterns].flat() as string[]).some((pattern) => {
    const parts = pattern.split(/(\$\{[^}]*\}|[*?])/).map((part) => {
      if (part === "*") return "[^]*";
      if (part === "?") return "[^]";
      return expand(part, deed).replaceAll(/[^a-z0-9]/gi, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
    });
    return new RegExp(`^${parts.join("")}$`, `u${flags}`).test(text);
  });
}

function expand(text: string, { user }: Deed): string {
  return text
    .replaceAll("${aws:username}", user.name)
    .replaceAll("${aws:PrincipalArn}", user.arn)
    .replaceAll(/\$\{([*?$])\}/g, (_, sign: string) => sign);
}
