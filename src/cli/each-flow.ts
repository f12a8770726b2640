import type { Flow } from "../flow/flow.ts";
import type { FlowStore } from "../flow/flow-store.ts";

const FLOWS_AT_ONCE = 100;

/** All flows, in the order of their names. */
export async function* eachFlow(flows: FlowStore): AsyncGenerator<Flow> {
  for (let page = await flows.list(FLOWS_AT_ONCE); page.length > 0;) {
    yield* page;
    page = await flows.list(FLOWS_AT_ONCE, page.at(-1)!.name);
  }
}
