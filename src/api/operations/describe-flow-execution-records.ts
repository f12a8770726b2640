import { liveRun } from "../../run/live-run.ts";
import { isRunOf } from "../../run/runs-of-flow.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { DEFAULT_PAGE } from "../pages.ts";
import { readInput } from "../read-input.ts";
import { DescribeFlowExecutionRecordsRequest } from "../shapes.ts";
import { executionRecord } from "../translate.ts";
import { findFlow } from "./find-flow.ts";

/** The runs of a flow, newest first. */
export async function describeFlowExecutionRecords(body: Json, call: Call): Promise<JsonObject> {
  const { flowName, maxResults = DEFAULT_PAGE, nextToken } = readInput(DescribeFlowExecutionRecordsRequest, body, call);
  const flow = await findFlow(flowName, call);
  const list = `runs of ${flow.arn}`;
  const after = nextToken === undefined ? undefined : (call.pages.open(list, nextToken) as Position);
  const found = await call.runs.list(flow.name, maxResults + 1, after);
  const page = found.slice(0, maxResults);
  const own = page.filter((run) => isRunOf(run, flow));
  const last = page.at(-1);
  const more = last !== undefined && found.length > page.length;

  return {
    flowExecutions: await Promise.all(own.map(async (run) => executionRecord(await liveRun(run, call.runs)))),
    ...(more && { nextToken: call.pages.seal(list, { startedAt: last.startedAt, id: last.id }) }),
  };
}

type Position = { readonly startedAt: number; readonly id: string };
