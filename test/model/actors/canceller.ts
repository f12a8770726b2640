import type { Rules } from "../rules.ts";
import { ABORTING, isCommitted, isUndecided, runAt } from "../state.ts";
import type { State } from "../state.ts";
import type { Can } from "../step.ts";

/** Cancel is one conditional write: RUN.state ∈ {PLANNING, RUNNING} → ABORTING. "Canceled" is answered when it wins. */
export function cancellerSteps({ without }: Rules, state: State, can: Can): void {
  if (state.left.cancels === 0) return;
  for (const run of state.runs) {
    if (isUndecided(run) || (without.abortUnconditional && isCommitted(run))) {
      can("cancel", (next) => {
        next.left.cancels--;
        runAt(next, run).state = ABORTING;
        runAt(next, run).cancelled = true;
      });
    }
    if (without.cancelAckEarly && isUndecided(run)) {
      can("answer Canceled", (next) => {
        next.left.cancels--;
        runAt(next, run).cancelled = true;
      });
    }
  }
}
