import { factsOf } from "../flow/flow-event.ts";
import type { FlowEvent } from "../flow/flow-event.ts";
import type { Flow } from "../flow/flow.ts";
import { statusOf } from "./run.ts";
import type { Run } from "./run.ts";
import { hasEnded } from "./transitions.ts";

/*
 * What there is to tell of a transition, to be stored with it. Whoever writes a run asks for it.
 */

/** What there is to tell of a run that was one thing and becomes another. */
export function eventsOf(before: Run, after: Run): readonly FlowEvent[] {
  if (after.about === undefined) return [];
  return [
    ...(before.state === "planning" && after.state !== "planning" ? [started(after)] : []),
    ...(after.blocked !== undefined && after.blocked !== before.blocked ? [blocked(after)] : []),
    ...(hasEnded(after) && !hasEnded(before) ? [ended(after)] : []),
  ];
}

/** The flow was due, and the other run was in progress. Its id comes from that of the run which there was not. */
export function skipped(flow: Flow, notRun: string, dueAt: number, heldBy: string): FlowEvent {
  return {
    type: "run-skipped",
    id: `${notRun}/skipped`,
    at: dueAt,
    flow: flow.name,
    trigger: flow.definition.trigger.type,
    about: factsOf(flow),
    dueAt,
    heldBy,
  };
}

/** The flow has become one that is suspended, and says why. */
export function suspended(flow: Flow): FlowEvent {
  return {
    type: "flow-suspended",
    id: `${flow.id}/suspended/${flow.version}`,
    at: flow.updatedAt,
    flow: flow.name,
    trigger: flow.definition.trigger.type,
    about: factsOf(flow),
    message: flow.statusMessage ?? "",
  };
}

function started(run: Run): FlowEvent {
  return { type: "run-started", ...headOf(run, "started"), ...runFacts(run) };
}

function blocked(run: Run): FlowEvent {
  return {
    type: "run-blocked",
    ...headOf(run, `blocked/${run.version}`),
    ...runFacts(run),
    message: run.blocked!,
  };
}

function ended(run: Run): FlowEvent {
  const { failure, message, counts } = run;
  const sum = (of: "rejected" | "bytesWritten") => counts.destinations.reduce((total, each) => total + each[of], 0);
  return {
    type: "run-ended",
    ...headOf(run, "ended"),
    ...runFacts(run),
    outcome: outcomeOf(run),
    ...(failure !== undefined && { failure }),
    ...(message !== undefined && { message }),
    read: counts.read,
    filtered: counts.filtered,
    rejected: counts.rejected + sum("rejected"),
    bytesRead: counts.bytesRead,
    bytesWritten: sum("bytesWritten"),
  };
}

function headOf({ id, flow, trigger, about, updatedAt }: Run, what: string) {
  return { id: `${id}/${what}`, at: updatedAt, flow, trigger, about: about! };
}

function runFacts({ id, startedAt, plan }: Run) {
  const window = plan?.window;
  return {
    run: id,
    startedAt,
    ...(window !== undefined && { window: { from: window.since, to: window.to } }),
  };
}

function outcomeOf(run: Run): "successful" | "error" | "canceled" {
  const status = statusOf(run);
  return status === "successful" || status === "canceled" ? status : "error";
}
