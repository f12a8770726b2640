import type { FlowStore } from "./flow-store.ts";
import type { Flow } from "./flow.ts";

/**
 * Makes something follow the flow as it is stored. Called after every write of a flow that may matter to it. Two writers may call
 * it at the same time: whoever acts last looks at the flow again afterwards, so it ends up as the last write says.
 */
export async function followFlow(
  name: string,
  flows: FlowStore,
  follow: (flow: Flow | undefined) => Promise<void>,
): Promise<void> {
  for (let seen = await flows.get(name); ;) {
    await follow(seen);
    const now = await flows.get(name);
    if (now?.version === seen?.version && now?.id === seen?.id) return;
    seen = now;
  }
}
