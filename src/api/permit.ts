import type { Call } from "./context.ts";
import { judgePolicy, type Tags } from "./judge-policy.ts";
import { ApiError } from "./problems.ts";

/** What a call is about. */
export interface Resource {
  readonly arn: string;
  /** Those that it has. */
  readonly tags?: Tags | undefined;
}

export interface Wish {
  /** Undefined for the operation's own. */
  readonly action?: string;
  /** The tags that the request would give the resource. */
  readonly requestTags?: Tags;
  /** The keys of the tags that the request gives or takes away. */
  readonly tagKeys?: readonly string[];
}

/** What calls are about that concern no resource of their own. */
export const EVERYTHING: Resource = { arn: "*" };

/** Fails with an AccessDeniedException, in IAM's words, unless the caller's policy, if there is one, allows it. */
export function permit({ arn: resource, tags: resourceTags = {} }: Resource, call: Call, wish: Wish = {}): void {
  const { policy, user: name, arn } = call.caller;
  if (policy === undefined) return;
  const { action: wanted = call.operation, requestTags = {}, tagKeys = Object.keys(requestTags) } = wish;
  const action = `appflow:${wanted}`;
  const verdict = judgePolicy(policy, { action, resource, user: { name, arn }, resourceTags, requestTags, tagKeys });
  if (verdict === "allowed") return;
  const why =
    verdict === "denied"
      ? "with an explicit deny in an identity-based policy"
      : `because no identity-based policy allows the ${action} action`;
  throw new ApiError(
    "AccessDeniedException",
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
  );
}
