import type { Flow } from "../../flow/flow.ts";
import { flowArn } from "../arns.ts";
import type { Call } from "../context.ts";
import { permit } from "../permit.ts";
import { ApiError } from "../problems.ts";

/** The flow of that name. Fails with a ResourceNotFoundException when there is none, and as `permittedFlow`. */
export async function findFlow(name: string, call: Call): Promise<Flow> {
  const flow = await permittedFlow(name, call);
  if (flow === undefined) throw noSuchFlow(name);
  return flow;
}

/**
 * The flow of that name, if there is one. Fails with an AccessDeniedException when the caller may not call the operation
 * for it: then it does not matter whether there is one.
 */
export async function permittedFlow(name: string, call: Call): Promise<Flow | undefined> {
  const flow = await call.flows.get(name);
  permit({ arn: flowArn(call.place, name), tags: flow?.tags }, call);
  return flow;
}

export function noSuchFlow(name: string): ApiError {
  return new ApiError("ResourceNotFoundException", `Flow with name ${name} does not exist.`);
}
