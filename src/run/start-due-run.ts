import type { Alarm } from "../flow/alarm.ts";
import { keepAlarm } from "../flow/keep-alarm.ts";
import { isDue } from "../flow/schedule.ts";
import type { Flow } from "../flow/flow.ts";
import { wakingSchedule } from "../flow/waking-schedule.ts";
import { claimRun, type ClaimPorts } from "./claim-run.ts";
import { WAITING_MS } from "./inbox.ts";
import type { InboxPorts } from "./inbox-source.ts";
import type { Orchestrator } from "./orchestrator.ts";
import { skipped } from "./run-events.ts";
import { dueRunId } from "./run-id.ts";
import { suspendFailing } from "./suspend-failing.ts";
import { hasEnded } from "./transitions.ts";

/**
 * `started`: the run is on its way; `skipped`: an earlier run of the flow is still in progress, and the next one covers
 * what this one would have read; `inactive`: the flow is not to run by itself at that time, has run for a later one, is not there, or
 * runs on events, of which none waits.
 */
export type DueRun =
  | { readonly state: "started"; readonly runId: string }
  | { readonly state: "skipped"; readonly blockedBy: string }
  | { readonly state: "inactive" };

export interface DuePorts extends ClaimPorts, InboxPorts {
  readonly now: () => number;
  readonly orchestrator: Orchestrator;
  readonly alarm: Alarm;
}

/**
 * Starts the run of a flow that is woken at that time, in milliseconds since 1970. However often, and however
 * late, the same time is announced: it is one run.
 */
export async function startDueRun(flowName: string, dueAt: number, ports: DuePorts): Promise<DueRun> {
  const flow = await ports.flows.get(flowName);
  const schedule = flow && wakingSchedule(flow);
  if (flow === undefined || schedule === undefined) {
    await keepAlarm(flowName, ports);
    return { state: "inactive" };
  }
  // An alarm may call too often, where it cannot say exactly when.
  if (!isDue(schedule, flow.activatedAt ?? flow.updatedAt, dueAt)) return { state: "inactive" };
  if (await suspendFailing(flowName, ports)) return { state: "inactive" };
  const isOnEvents = flow.definition.trigger.type === "event";
  if (isOnEvents && (await hasNoEvents(flow, ports))) return { state: "inactive" };
  const id = dueRunId(flow, dueAt);
  for (;;) {
    const claimed = await claimRun(flow, id, ports, { tick: dueAt });
    if (claimed.state === "gone" || claimed.state === "repeated") return { state: "inactive" };
    if (claimed.state === "busy") {
      const blockedBy = claimed.runId;
      // Nobody was promised a run at that time.
      if (isOnEvents) return { state: "skipped", blockedBy };
      if (await tellSkipped(flow, { id, dueAt, blockedBy }, ports)) return { state: "skipped", blockedBy };
      continue;
    }
    if (!hasEnded(claimed.run)) await ports.orchestrator.start(flowName, claimed.run.id);
    return { state: "started", runId: claimed.run.id };
  }
}

async function hasNoEvents({ id }: Flow, { inbox, now }: InboxPorts): Promise<boolean> {
  return (await inbox.waiting(id, { limit: 1, since: now() - WAITING_MS })).length === 0;
}

/** False when the other run has moved on meanwhile: it may have ended. */
async function tellSkipped(
  flow: Flow,
  { id, dueAt, blockedBy }: { readonly id: string; readonly dueAt: number; readonly blockedBy: string },
  { runs }: DuePorts,
): Promise<boolean> {
  const holder = await runs.get(flow.name, blockedBy);
  if (holder === undefined || hasEnded(holder)) return false;
  return runs.write({ unchanged: holder, events: [skipped(flow, id, dueAt, blockedBy)] });
}
