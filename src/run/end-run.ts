import { eventsOf } from "./run-events.ts";
import type { RunStore } from "./run-store.ts";
import type { Run } from "./run.ts";
import { summariseSegments } from "./segments-of-run.ts";
import { ended, hasEnded, released } from "./transitions.ts";

/**
 * Ends a run whose decision is carried out, and frees its flow: step 9. Whoever comes later finds it ended. Of a run
 * whose flow was deleted meanwhile nothing is left.
 */
export async function endRun(
  run: Run,
  { runs, now }: { readonly runs: RunStore; readonly now: () => number },
): Promise<Run> {
  for (let stored: Run | undefined = run; ; stored = await runs.get(run.flow, run.id)) {
    if (stored === undefined) return run;
    if (hasEnded(stored)) return stored;
    const { counts } = await summariseSegments(stored, runs);
    const end = ended(stored, counts, now());
    if (end === undefined) throw new Error(`Run ${run.id} of flow ${run.flow} is not decided: it cannot end.`);
    const events = eventsOf(stored, end);
    const before = await runs.position(run.flow);
    if (before?.flowId === run.flowId) {
      const position = released(before, end);
      if (!(await runs.write({ run: end, ...(position !== undefined && { position }), events }))) continue;
    } else {
      // Whoever is stopped in between finds it again, and it is told again.
      if (!(await runs.write({ unchanged: stored, events }))) continue;
      await runs.forget(run.flow, run.id);
    }
    return end;
  }
}
