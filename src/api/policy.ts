/**
 * What a caller may do, in the part of IAM's policy language that docs/policies.md describes. What no statement allows
 * may not be done.
 */
export interface Policy {
  readonly statements: readonly Statement[];
}

export interface Statement {
  /** A statement that denies outweighs all that allow. */
  readonly effect: "allow" | "deny";
  readonly actions: Selection;
  /** Of ARNs. */
  readonly resources: Selection;
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
}

/** Whatever matches one of the patterns; with `except`, whatever matches none. */
export interface Selection {
  readonly except: boolean;
  readonly patterns: readonly Pattern[];
}

export interface Condition {
  /** In lower case: IAM's condition keys are the same in any. */
  readonly key: string;
  /** `absent`: whether the request has no such key, where a value is `true`. */
  readonly compare: "equal" | "equal-in-any-case" | "like" | "absent";
  readonly negated: boolean;
  /** True where the key is not in the request. */
  readonly ifExists: boolean;
  /** Of the request's values; all but `one` are for a key with a list of them. */
  readonly over: "one" | "all" | "any";
  /** One of them must match; with `negated`, none. */
  readonly values: readonly Pattern[];
}

/** Text in order: itself, what a variable of the request stands for, or a wildcard. */
export type Pattern = readonly (
  | { readonly text: string }
  | { readonly variable: Variable }
  | { readonly wildcard: "*" | "?" }
)[];

export type Variable = "aws:username" | "aws:PrincipalArn";
