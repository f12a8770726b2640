import type { Alarm } from "../flow/alarm.ts";
import { keepAlarm } from "../flow/keep-alarm.ts";
import { isDue } from "../flow/schedule.ts";
import { claimRun, type ClaimPorts } from "./claim-run.ts";
import type { Orchestrator } from "./orchestrator.ts";
import { dueRunId } from "./run-id.ts";
import { hasEnded } from "./transitions.ts";

/**
 * `started`: the run is on its way; `skipped`: an earlier run of the flow is still in progress, and the next one covers
 * what this one would have read; `inactive`: the flow is not to run by itself at that time, has run for a later one, or is not there.
 */
export type DueRun =
  | { readonly state: "started"; readonly runId: string }
  | { readonly state: "skipped"; readonly blockedBy: string }
  | { readonly state: "inactive" };

export interface DuePorts extends ClaimPorts {
  readonly orchestrator: Orchestrator;
  readonly alarm: Alarm;
}

/**
 * Starts the run of a scheduled flow that is due at that time, in milliseconds since 1970. However often, and however
 * late, the same time is announced: it is one run.
 */
export async function startDueRun(flowName: string, dueAt: number, ports: DuePorts): Promise<DueRun> {
  const flow = await ports.flows.get(flowName);
  if (flow?.status !== "active" || flow.definition.trigger.type !== "scheduled") {
    await keepAlarm(flowName, ports);
    return { state: "inactive" };
  }
  // An alarm may call too often, where it cannot say exactly when.
  const { schedule } = flow.definition.trigger;
  if (!isDue(schedule, flow.activatedAt ?? flow.updatedAt, dueAt)) return { state: "inactive" };
  const claimed = await claimRun(flow, dueRunId(flow, dueAt), ports, dueAt);
  if (claimed.state === "gone" || claimed.state === "repeated") return { state: "inactive" };
  if (claimed.state === "busy") return { state: "skipped", blockedBy: claimed.runId };
  if (!hasEnded(claimed.run)) await ports.orchestrator.start(flowName, claimed.run.id);
  return { state: "started", runId: claimed.run.id };
}
