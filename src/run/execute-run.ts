import type { RunCounts } from "../plan/run-counts.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import { unstowList } from "../store/stowed-list.ts";
import { abortDeleted, abortRun, CANCELLED, decideRun } from "./decide-run.ts";
import { failureKind } from "./failure-kind.ts";
import { gatherFiles } from "./gather-files.ts";
import { makePlan } from "./make-plan.ts";
import type { PlanPorts } from "./make-plan.ts";
import { publishRun } from "./publish-run.ts";
import { stowOf } from "./staging.ts";
import { noCounts } from "./run.ts";
import type { Run } from "./run.ts";
import { sumCounts } from "./sum-counts.ts";
import { eventsOf } from "./run-events.ts";
import { hasEnded, isDecided, planned } from "./transitions.ts";
import type { FailedAttempt, WorkControl, WorkPorts } from "./work-slice.ts";
import { workSlices } from "./work-slices.ts";

export type ExecutePorts = WorkPorts & PlanPorts;

export interface RunControl {
  /** Aborted to cancel the run. */
  readonly signal: AbortSignal;
  /** True when this process has to let go of the run; it is then left as it stands, for another call to go on with. */
  readonly shouldStop: () => boolean;
  /** How many slices are worked on at once, default 1. What the run writes does not depend on it. */
  readonly width?: number | undefined;
  /** Called after every batch, with all counts so far. */
  progress?(counts: RunCounts): void;
  /** Called after every attempt at a segment that fails, also where the next one may not. */
  attemptFailed?(failed: FailedAttempt): void;
}

/** Runs do not live longer: the uploads of one that did could be gone before they are published. */
const RUN_DEADLINE_MS = 24 * 60 * 60 * 1000;

/**
 * Carries a run on from wherever it stands: through its plan, its slices, its decision, its publishing. Answers with the
 * run as it then stands: ended, blocked, or unfinished when this process had to stop. A run that fails is a run that
 * ends; only failures of the stores come out as exceptions, and then the same call goes on later. Any number of calls
 * may work on one run at once.
 */
export async function executeRun(
  flowName: string,
  runId: string,
  ports: ExecutePorts,
  control: RunControl,
): Promise<Run> {
  for (;;) {
    const run = await ports.runs.get(flowName, runId);
    if (run === undefined) throw new Error(`There is no run ${runId} of flow ${flowName}.`);
    if (hasEnded(run) || run.blocked !== undefined) return run;
    if (isDecided(run)) return publishRun(run, ports);
    if (control.signal.aborted) await abortRun(run, "canceled", CANCELLED, ports);
    else if (ports.now() - run.startedAt > RUN_DEADLINE_MS) await abortRun(run, "transient", TOO_LONG, ports);
    else if (run.state === "planning") await plan(run, ports, control);
    else if ((await work(run, ports, control)) === "stopped") return run;
  }
}

const TOO_LONG = "The run was not done after 24 hours, and had to end. Make it smaller, or run it more often.";

/** Step 2. Only the first plan counts. That a store fails is nothing that the run could have failed with. */
async function plan(run: Run, ports: ExecutePorts, control: RunControl): Promise<void> {
  const flow = await ports.flows.get(run.flow);
  if (flow === undefined || flow.id !== run.flowId) return void (await abortDeleted(run, ports));
  let made: RunPlan;
  try {
    made = await makePlan(run, flow, ports, control.signal);
  } catch (error) {
    // The next look at the run ends it as cancelled.
    if (control.signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    return void (await abortRun(run, failureKind(error), message, ports));
  }
  const next = planned(run, made, ports.now());
  if (next !== undefined) await ports.runs.write({ run: next, events: eventsOf(run, next) });
}

/** Steps 3 to 6: the slices, the files that they write together, then the decision. */
async function work(run: Run, ports: ExecutePorts, control: RunControl): Promise<"stopped" | "decided"> {
  const { slices } = run.plan!;
  const queries = await unstowList(slices, stowOf(run, ports.stagingBucket, ports.objects));
  const sliceControl: WorkControl = { ...control, progress: sumProgress(control) };
  const worked = await workSlices(run, queries, ports, sliceControl, control.width ?? 1);
  const done = worked === "end" ? await gatherFiles(run, ports, sliceControl) : worked;
  if (done === "stopped" || done === "decided") return done;
  await decideRun(run, ports);
  return "decided";
}

/** Tells of all slices together what each tells of itself. */
function sumProgress(control: RunControl): NonNullable<WorkControl["progress"]> {
  const bySlice = new Map<number, RunCounts>();
  return (slice, counts) => {
    bySlice.set(slice, counts);
    control.progress?.(sumCounts(noCounts(counts.destinations.length), bySlice.values()));
  };
}
