import type { Problem } from "../sdk/problem.ts";
import type { Pattern, Variable } from "./policy.ts";

/** What the variables of a request stand for. */
export type Variables = Readonly<Record<Variable, string>>;

/** Reads text with wildcards, and with variables: `${aws:username}`, or `${*}` for an asterisk that is none. */
export function parsePattern(text: string, path: string, problems: Problem[]): Pattern {
  return [...text.matchAll(PARTS)].map(([part, name]) => {
    if (part === "*" || part === "?") return { wildcard: part };
    if (name === undefined && part !== "${") return { text: part };
    if (name !== undefined && LITERAL.has(name)) return { text: name };
    const variable = VARIABLES.find((known) => known.toLowerCase() === name?.toLowerCase());
    if (variable !== undefined) return { variable };
    const remedy = `the variables are ${VARIABLES.map((known) => `\${${known}}`).join(" and ")}`;
    problems.push({ path, message: `"${text}" has a variable that is not known`, remedy });
    return { text: part };
  });
}

const PARTS = /\$\{([^${}]+)\}|\$\{|[*?]|[^*?$]+|\$/g;
const LITERAL = new Set(["*", "?", "$"]);
const VARIABLES: readonly Variable[] = ["aws:username", "aws:PrincipalArn"];

export interface Matching {
  readonly variables: Variables;
  /** False for a pattern whose `*` and `?` are signs as any other. */
  readonly wildcards: boolean;
  /** True where upper and lower case are the same. */
  readonly anyCase: boolean;
}

/** Whether the text is what the pattern says. */
export function matchesPattern(pattern: Pattern, text: string, { variables, wildcards, anyCase }: Matching): boolean {
  const signsOf = (part: string) => [...(anyCase ? part.toLowerCase() : part)];
  const signs = pattern.flatMap((part): readonly Sign[] => {
    if ("wildcard" in part) return wildcards ? [part] : [part.wildcard];
    return signsOf("text" in part ? part.text : variables[part.variable]);
  });
  return matchesSigns(signs, signsOf(text));
}

type Sign = string | { readonly wildcard: "*" | "?" };

/** Goes back to the last asterisk only, so the time is bounded by the product of the lengths. */
function matchesSigns(signs: readonly Sign[], text: readonly string[]): boolean {
  let [sign, at, lastAsterisk, resumeAt] = [0, 0, -1, 0];
  while (at < text.length) {
    const expected = signs[sign];
    if (isWildcard(expected, "*")) [lastAsterisk, resumeAt, sign] = [sign, at, sign + 1];
    else if (isWildcard(expected, "?") || expected === text[at]) [sign, at] = [sign + 1, at + 1];
    else if (lastAsterisk < 0) return false;
    else [sign, at, resumeAt] = [lastAsterisk + 1, resumeAt + 1, resumeAt + 1];
  }
  return signs.slice(sign).every((rest) => isWildcard(rest, "*"));
}

function isWildcard(sign: Sign | undefined, wildcard: "*" | "?"): boolean {
  return typeof sign === "object" && sign.wildcard === wildcard;
}
