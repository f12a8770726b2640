import type { Flow } from "../../flow/flow.ts";
import { claimRun } from "../../run/claim-run.ts";
import { tokenRunId } from "../../run/run-id.ts";
import type { Run } from "../../run/run.ts";
import { hasEnded } from "../../run/transitions.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import { TOKEN_LIFE_MS } from "../../store/remembered-call.ts";
import type { FlowCall } from "../context.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { StartFlowRequest } from "../shapes.ts";
import { FLOW_STATUS } from "../translate.ts";
import { findFlow, noSuchFlow } from "./find-flow.ts";
import { keepWoken } from "./keep-woken.ts";
import { setFlowStatus } from "./set-flow-status.ts";

/** Runs an on-demand flow once; activates a scheduled flow, and one that waits for events. */
export async function startFlow(body: Json, call: FlowCall): Promise<JsonObject> {
  const { flowName, clientToken } = readInput(StartFlowRequest, body, call);
  const flow = await findFlow(flowName, call);
  if (flow.definition.trigger.type !== "on-demand") return activate(flow, call);

  const run = await runOf(flow, clientToken, call);
  if (!hasEnded(run)) await call.orchestrator.start(flow.name, run.id);
  return { flowArn: flow.arn, flowStatus: FLOW_STATUS[flow.status], executionId: run.id };
}

async function activate(flow: Flow, call: FlowCall): Promise<JsonObject> {
  const { arn, status } = await setFlowStatus(flow, "active", call);
  await keepWoken(flow.name, call);
  return { flowArn: arn, flowStatus: FLOW_STATUS[status] };
}

/** The run that the token stands for. Its id comes from the token, so a repeated call finds the run of the first. */
async function runOf(flow: Flow, token: string | undefined, call: FlowCall): Promise<Run> {
  for (let use = 0; ; use++) {
    const id = token === undefined ? call.id() : tokenRunId(flow, token, use);
    await checkQuota(flow, id, call);
    const claimed = await claimRun(flow, id, call);
    if (claimed.state === "busy") throw busy(flow, claimed.runId);
    if (claimed.state === "gone" || claimed.state === "repeated") throw noSuchFlow(flow.name);
    if (claimed.state === "opened" || call.now() - claimed.run.startedAt < TOKEN_LIFE_MS) return claimed.run;
  }
}

/** A run that is there already takes no room. */
async function checkQuota(flow: Flow, id: string, { quotas: { concurrentRuns: most }, runs }: FlowCall): Promise<void> {
  if (most === undefined || (await runs.get(flow.name, id)) !== undefined) return;
  if ((await runs.unfinished()).length < most) return;
  throw new ApiError(
    "ServiceQuotaExceededException",
    `${most} runs are in progress, as many as there may be — start this one when one of them has ended`,
  );
}

function busy(flow: Flow, runId: string): ApiError {
  return new ApiError(
    "ConflictException",
    `Flow ${flow.name} has a run in progress (${runId}) — start it again afterwards`,
  );
}
