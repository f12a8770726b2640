import type { FlowStore } from "../flow/flow-store.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";

const FLOWS_AT_ONCE = 100;

/** The run of that id, whatever its flow; undefined when there is none. It asks for one item per flow. */
export async function findRun(
  id: string,
  { flows, runs }: { readonly flows: FlowStore; readonly runs: RunStore },
): Promise<Run | undefined> {
  for (let page = await flows.list(FLOWS_AT_ONCE); page.length > 0;) {
    for (const { name } of page) {
      const run = await runs.get(name, id);
      if (run !== undefined) return run;
    }
    page = await flows.list(FLOWS_AT_ONCE, page.at(-1)!.name);
  }
  return undefined;
}
