import type { Flow } from "../../flow/flow.ts";
import type { Call } from "../context.ts";
import { ApiError } from "../problems.ts";

/** The flow of that name. Fails with a ResourceNotFoundException when there is none. */
export async function findFlow(name: string, call: Call): Promise<Flow> {
  const flow = await call.flows.get(name);
  if (flow === undefined) throw noSuchFlow(name);
  return flow;
}

export function noSuchFlow(name: string): ApiError {
  return new ApiError("ResourceNotFoundException", `Flow with name ${name} does not exist.`);
}
