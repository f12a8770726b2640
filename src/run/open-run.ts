import type { FlowStore } from "../flow/flow-store.ts";
import type { Flow } from "../flow/flow.ts";
import { newRun } from "./new-run.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";

/**
 * `opened`: the run is new; `known`: a run of that id exists; `busy`: another run of the flow has not ended; `gone`: the
 * flow was deleted meanwhile, and nothing of the run is left.
 */
export type OpenedRun =
  | { readonly state: "opened" | "known"; readonly run: Run }
  | { readonly state: "busy"; readonly run: Run | undefined }
  | { readonly state: "gone" };

export interface OpenRunPorts {
  readonly flows: FlowStore;
  readonly runs: RunStore;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Opens a run of the flow, unless one is under way. Whoever calls it hands the run to the orchestrator. */
export async function openRun(flow: Flow, id: string, ports: OpenRunPorts): Promise<OpenedRun> {
  const run = newRun(flow, id, ports.now());
  if (!(await ports.runs.create(run))) {
    const known = await ports.runs.get(flow.name, id);
    if (known !== undefined) return { state: "known", run: known };
    const [newest] = await ports.runs.list(flow.name, 1);
    return { state: "busy", run: newest };
  }
  // A run without a flow would be left behind for ever.
  if ((await ports.flows.get(flow.name)) !== undefined) return { state: "opened", run };
  await ports.runs.deleteAll(flow.name);
  return { state: "gone" };
}
