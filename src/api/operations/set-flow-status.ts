import type { Flow, FlowStatus } from "../../flow/flow.ts";
import type { FlowCall } from "../context.ts";
import { findFlow } from "./find-flow.ts";

/** Gives the flow that status, whatever else changes it meanwhile, and answers with the flow as it then stands. */
export async function setFlowStatus(flow: Flow, status: FlowStatus, call: FlowCall): Promise<Flow> {
  for (let current = flow; ; current = await findFlow(flow.name, call)) {
    if (current.status === status) return current;
    const next = withStatus(current, status, call);
    if ((await call.flows.update(next)) === "done") return next;
  }
}

/** Why it had its status does not hold for another one. */
function withStatus(flow: Flow, status: FlowStatus, call: FlowCall): Flow {
  const { statusMessage: _, ...rest } = flow;
  const now = call.now();
  return {
    ...rest,
    status,
    // A first start that is due at once is not to pass while the alarm is being set.
    ...(status === "active" && { activatedAt: now + call.alarm.leadMs }),
    updatedAt: now,
    updatedBy: call.caller.arn,
    version: flow.version + 1,
  };
}
