import type { Flow } from "../../flow/flow.ts";
import { TOKEN_LIFE_MS } from "../../store/remembered-call.ts";
import type { Run } from "../../run/run.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { tokenRunId } from "../run-id.ts";
import { StartFlowRequest } from "../shapes.ts";
import { FLOW_STATUS } from "../translate.ts";
import { findFlow, noSuchFlow } from "./find-flow.ts";

/** Runs an on-demand flow once; activates a scheduled flow. */
export async function startFlow(body: Json, call: Call): Promise<JsonObject> {
  const { flowName, clientToken } = readInput(StartFlowRequest, body);
  const flow = await findFlow(flowName, call);
  if (flow.definition.trigger.type !== "on-demand") return activate(flow, call);

  const run = await openRun(flow, clientToken, call);
  if (run.endedAt === undefined) await call.orchestrator.start(flow.name, run.id);
  return { flowArn: flow.arn, flowStatus: FLOW_STATUS[flow.status], executionId: run.id };
}

async function activate(flow: Flow, call: Call): Promise<JsonObject> {
  let current = flow;
  while (current.status !== "active" && (await call.flows.update(activated(current, call))) !== "done") {
    // Another call has changed it meanwhile.
    current = await findFlow(flow.name, call);
  }
  return { flowArn: flow.arn, flowStatus: FLOW_STATUS.active };
}

function activated(flow: Flow, call: Call): Flow {
  const { statusMessage: _, ...rest } = flow;
  return {
    ...rest,
    status: "active",
    updatedAt: call.now(),
    updatedBy: call.caller.arn,
    version: flow.version + 1,
  };
}

/** The run that the token stands for. Its id comes from the token, so a repeated call finds the run of the first. */
async function openRun(flow: Flow, token: string | undefined, call: Call): Promise<Run> {
  for (let use = 0; ; use++) {
    const run = newRun(flow, token === undefined ? call.id() : tokenRunId(flow, token, use), call);
    if (await call.runs.create(run)) return stillThere(flow, run, call);
    const earlier = await call.runs.get(flow.name, run.id);
    if (earlier === undefined) throw await busy(flow, call);
    if (run.startedAt - earlier.startedAt < TOKEN_LIFE_MS) return earlier;
  }
}

function newRun(flow: Flow, id: string, call: Call): Run {
  const now = call.now();
  return {
    id,
    flow: flow.name,
    status: "in-progress",
    trigger: "on-demand",
    startedAt: now,
    updatedAt: now,
    counts: {
      read: 0,
      filtered: 0,
      rejected: 0,
      dataErrors: 0,
      bytesRead: 0,
      destinations: flow.definition.destinations.map(() => ({ written: 0, rejected: 0, bytesWritten: 0 })),
    },
    objects: [],
    version: 1,
  };
}

/** The flow may have been deleted between reading it and opening the run; a run without a flow would be left behind. */
async function stillThere(flow: Flow, run: Run, call: Call): Promise<Run> {
  if ((await call.flows.get(flow.name)) !== undefined) return run;
  await call.runs.deleteAll(flow.name);
  throw noSuchFlow(flow.name);
}

async function busy(flow: Flow, call: Call): Promise<ApiError> {
  const [newest] = await call.runs.list(flow.name, 1);
  const name = newest === undefined ? "" : ` (${newest.id})`;
  return new ApiError(
    "ConflictException",
    `Flow ${flow.name} has a run in progress${name} — start it again afterwards`,
  );
}
