import { callByInvoking, durableFunction } from "../adapters/durable/durable-function.ts";
import { readRunFlowConfig } from "../config.ts";
import { orchestrate } from "../run/orchestrate.ts";
import type { Orchestrated } from "../run/orchestrate.ts";
import { createRunSteps } from "../run/run-steps.ts";
import type { RunSteps } from "../run/run-steps.ts";
import { suspendFailing } from "../run/suspend-failing.ts";
import { openSchedules } from "./open-starter.ts";
import { openWorker } from "./open-worker.ts";

const config = readRunFlowConfig();
const { stores, alarm, now } = openSchedules(config);
const steps: RunSteps = {
  ...createRunSteps(openWorker(config, stores), { signal: new AbortController().signal }),
  async report({ flow }) {
    await suspendFailing(flow, { ...stores, alarm, now });
  },
};

/** Carries a run out, or works on some of its slices, as a durable execution. */
export const handler = durableFunction(
  (input: Orchestrated, durable) => orchestrate(input, durable, steps, config.width),
  // An execution begins others on its own version: what they remember is read by the code that wrote it.
  callByInvoking((callee, { lambdaContext: { functionName, functionVersion } }) =>
    callee === "transfer" ? config.transferArn : `${functionName}:${functionVersion}`,
  ),
);
