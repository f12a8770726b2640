import type { FlowStore } from "../flow/flow-store.ts";
import type { Flow } from "../flow/flow.ts";
import { abortDeleted } from "./decide-run.ts";
import { endRun } from "./end-run.ts";
import type { RunStore } from "./run-store.ts";
import { newRun } from "./run.ts";
import type { Apart, Run } from "./run.ts";
import { abandoned, claimed } from "./transitions.ts";

/**
 * `opened`: the run is new, and holds the flow; `known`: a run of that id exists; `busy`: another run holds the flow;
 * `repeated`: a run of that scheduled time, or of a later one, was claimed before; `gone`: the flow was deleted.
 */
export type ClaimedRun =
  | { readonly state: "opened"; readonly run: Run }
  | { readonly state: "known"; readonly run: Run }
  | { readonly state: "busy"; readonly runId: string }
  | { readonly state: "repeated" }
  | { readonly state: "gone" };

export interface ClaimPorts {
  readonly flows: FlowStore;
  readonly runs: RunStore;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Occasion extends Apart {
  /** Of a run that the clock starts: the scheduled time, in milliseconds since 1970. */
  readonly tick?: number;
}

/** Claims the flow for a run: step 1. Whoever calls it hands the run to the orchestrator. */
export async function claimRun(
  flow: Flow,
  id: string,
  ports: ClaimPorts,
  { tick, ...apart }: Occasion = {},
): Promise<ClaimedRun> {
  for (;;) {
    const known = await ports.runs.get(flow.name, id);
    if (known !== undefined) return { state: "known", run: known };
    const before = await ports.runs.position(flow.name);
    // In this order: whoever deletes the flow lets go of the position afterwards, and this write is refused.
    if (!(await isThere(flow, ports))) return { state: "gone" };
    const position = claimed(before, flow, id, tick);
    if (position === undefined) {
      const holder = before?.flowId === flow.id ? before.active : undefined;
      return holder === undefined ? { state: "repeated" } : { state: "busy", runId: holder };
    }
    const run = newRun(flow, id, ports.now(), apart);
    if (await ports.runs.write({ run, position })) return settle(flow, run, ports);
  }
}

async function isThere(flow: Flow, { flows }: ClaimPorts): Promise<boolean> {
  return (await flows.get(flow.name))?.id === flow.id;
}

/** A run of a flow that was deleted meanwhile, before it had a position, would hold the next flow of its name. */
async function settle(flow: Flow, run: Run, ports: ClaimPorts): Promise<ClaimedRun> {
  if (await isThere(flow, ports)) return { state: "opened", run };
  await leaveFlow(run.flow, run.flowId, ports.runs);
  const aborted = await abortDeleted(run, ports);
  // Of one that somebody has planned meanwhile there may be files: whoever takes up runs ends it.
  if (aborted.state === "aborting" && aborted.plan === undefined) await endRun(aborted, ports);
  return { state: "gone" };
}

/** Lets go of the position of a flow that was deleted, so that a new one of its name starts anew. */
export async function leaveFlow(flow: string, flowId: string, runs: RunStore): Promise<void> {
  for (;;) {
    const position = await runs.position(flow);
    if (position === undefined || position.flowId !== flowId) return;
    if (await runs.write({ position: abandoned(position) })) return;
  }
}
