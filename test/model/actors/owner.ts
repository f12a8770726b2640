import { NONE } from "../state.ts";
import type { State } from "../state.ts";
import type { Can } from "../step.ts";

/** The flow's owner deletes it and creates it anew under the same name: a new `gen`, whatever its run is doing. */
export function ownerSteps(state: State, can: Can): void {
  if (state.left.recreations === 0) return;
  can("recreate flow", ({ left, flow }) => {
    left.recreations--;
    flow.gen++;
    flow.W = 0;
    flow.seen = 0;
    flow.active = NONE;
  });
}
