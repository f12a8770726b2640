import type { Rules } from "../rules.ts";
import { TAKEN, VISIBLE, attemptAt } from "../state.ts";
import type { State } from "../state.ts";
import type { Can } from "../step.ts";

/** Somebody downstream who moves every data object away, as soon as it is visible. */
export function consumerSteps({ world }: Rules, state: State, can: Can): void {
  if (!world.consumer) return;
  for (const run of state.runs) {
    for (const attempt of run.slices.flat().flatMap((segment) => segment.attempts)) {
      if (attempt.data !== VISIBLE) continue;
      can("consume", (next) => {
        attemptAt(next, attempt).data = TAKEN;
      });
    }
  }
}
