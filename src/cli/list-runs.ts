import type { FlowStore } from "../flow/flow-store.ts";
import { liveRun } from "../run/live-run.ts";
import type { RunStore } from "../run/run-store.ts";
import type { Run } from "../run/run.ts";

const FLOWS_AT_ONCE = 100;

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
  for (let page = await flows.list(FLOWS_AT_ONCE); page.length > 0;) {
    for (const { name } of page) yield name;
    page = await flows.list(FLOWS_AT_ONCE, page.at(-1)!.name);
  }
}
