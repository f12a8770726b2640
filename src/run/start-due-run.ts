import type { Alarm } from "../flow/alarm.ts";
import { keepAlarm } from "../flow/keep-alarm.ts";
import { isDue } from "../flow/schedule.ts";
import { openRun, type OpenRunPorts } from "./open-run.ts";
import type { Orchestrator } from "./orchestrator.ts";
import { dueRunId } from "./run-id.ts";

/**
 * `started`: the run is on its way; `skipped`: an earlier run of the flow is still in progress, and the next one covers
 * what this one would have read; `inactive`: the flow is not to run by itself at that time, or is not there.
 */
export type DueRun =
  | { readonly state: "started"; readonly runId: string }
  | { readonly state: "skipped"; readonly blockedBy: string | undefined }
  | { readonly state: "inactive" };

export interface DuePorts extends OpenRunPorts {
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
  const opened = await openRun(flow, dueRunId(flow, dueAt), ports);
  if (opened.state === "gone") return { state: "inactive" };
  if (opened.state === "busy") return { state: "skipped", blockedBy: opened.run?.id };
  if (opened.run.endedAt === undefined) await ports.orchestrator.start(flowName, opened.run.id);
  return { state: "started", runId: opened.run.id };
}
