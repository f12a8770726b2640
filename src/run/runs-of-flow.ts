import type { Flow } from "../flow/flow.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";

/** The flow's newest run. One of a flow of the same name that was deleted is none of its runs, while it still ends. */
export async function newestRun(flow: Flow, runs: RunStore): Promise<Run | undefined> {
  const [newest] = await runs.list(flow.name, 1);
  return newest !== undefined && isRunOf(newest, flow) ? newest : undefined;
}

export function isRunOf(run: Run, flow: Flow): boolean {
  return run.flowId === flow.id;
}
