import type { Flow } from "../../flow/flow.ts";
import { flowArn } from "../arns.ts";
import type { Call } from "../context.ts";
import { permit, type Wish } from "../permit.ts";
import { ApiError } from "../problems.ts";

/**
 * The flow of that ARN. Only flows have tags: any other ARN is that of a resource that does not exist. Fails with an
 * AccessDeniedException when the caller may not do with its tags what is wished.
 */
export async function findTaggedFlow(arn: string, wish: Wish, call: Call): Promise<Flow> {
  const name = arn.slice(flowArn(call.place, "").length);
  const flow = arn === flowArn(call.place, name) ? await call.flows.get(name) : undefined;
  permit({ arn, tags: flow?.tags }, call, wish);
  if (flow !== undefined) return flow;
  throw new ApiError("ResourceNotFoundException", `There is no flow with the ARN ${arn} — only flows have tags`);
}
