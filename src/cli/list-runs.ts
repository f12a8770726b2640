import type { FlowStore } from "../flow/flow-store.ts";
import { eachFlow } from "./each-flow.ts";
import { liveRun } from "../run/live-run.ts";
import type { RunStore } from "../run/run-store.ts";
import type { Run } from "../run/run.ts";

/** The newest runs of a flow, or of all flows, newest first, with how far they are. */
export async function listRuns(
  flow: string | undefined,
  limit: number,
  { flows, runs }: { readonly flows: FlowStore; readonly runs: RunStore },
): Promise<readonly Run[]> {
  let newest: readonly Run[] = [];
  for await (const name of flow === undefined ? flowNames(flows) : [flow]) {
    const found = [...newest, ...(await runs.list(name, limit))];
    newest = found.sort((a, b) => b.startedAt - a.startedAt).slice(0, limit);
  }
  return Promise.all(newest.map((run) => liveRun(run, runs)));
}

async function* flowNames(flows: FlowStore): AsyncGenerator<string> {
  for await (const { name } of eachFlow(flows)) yield name;
}
