import type { FlowStore } from "../flow/flow-store.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import { abortDeleted, abortRun, CANCELLED, decideRun } from "./decide-run.ts";
import { failureKind } from "./failure-kind.ts";
import { makePlan } from "./make-plan.ts";
import type { PlanPorts } from "./make-plan.ts";
import { publishRun } from "./publish-run.ts";
import type { PublishPorts } from "./publish-run.ts";
import { eventsOf } from "./run-events.ts";
import { endOfTime } from "./run.ts";
import type { Run } from "./run.ts";
import { slicesOf } from "./segments-of-run.ts";
import { UNTRACED } from "./span.ts";
import type { Span } from "./span.ts";
import { hasEnded, isDecided, planned } from "./transitions.ts";

/** Which run an orchestrator carries out. All else is in the stores. */
export interface RunName {
  readonly flow: string;
  readonly runId: string;
}

/** `ended`: there is nothing to do, because the run has ended, or waits for people, or is gone. */
export type PlannedRun =
  | { readonly state: "running"; readonly slices: number; readonly gathers: boolean }
  | { readonly state: "decided" | "ended" };

/** What an orchestrator does itself. Every step may be repeated at any time, by any number of processes. */
export interface RunSteps {
  /** Sees to it that there is a plan. A run that cannot be planned is decided. */
  plan(run: RunName): Promise<PlannedRun>;
  /** Decides a run that is read to its end, or is not to be read on. Fails when a slice is open. */
  decide(run: RunName): Promise<void>;
  /** Makes visible what belongs to a decided run, and ends it. The run as it then stands; undefined when it is gone. */
  publish(run: RunName): Promise<Run | undefined>;
  /** Does what is to be done after a run, however it has ended. */
  report(run: RunName): Promise<void>;
}

export interface RunStepPorts extends PlanPorts, PublishPorts {
  readonly flows: FlowStore;
}

export interface StepControl {
  /** Aborted to cancel the run. */
  readonly signal: AbortSignal;
  /** The run's, of which the steps are to be parts. */
  readonly span?: Span | undefined;
}

/** The steps of a run but the last, in this process; each fails when a store does. */
export function createRunSteps(
  ports: RunStepPorts,
  { signal, span = UNTRACED }: StepControl,
): Omit<RunSteps, "report"> {
  const steps: Omit<RunSteps, "report"> = {
    async plan({ flow, runId }) {
      for (;;) {
        const run = await ports.runs.get(flow, runId);
        if (run === undefined || isClosed(run)) return { state: "ended" };
        if (await isOver(run, ports, signal)) return { state: "decided" };
        if (run.state === "running") return { state: "running", ...slicesOf(run.plan!) };
        await plan(run, ports, signal);
      }
    },
    async decide({ flow, runId }) {
      const run = await ports.runs.get(flow, runId);
      if (run === undefined || (await isOver(run, ports, signal))) return;
      if ((await decideRun(run, ports)) !== undefined) return;
      throw new Error(`Run ${runId} of flow ${flow} cannot be decided: some of its slices are not read to their end.`);
    },
    async publish({ flow, runId }) {
      const run = await ports.runs.get(flow, runId);
      return run === undefined || isClosed(run) ? run : publishRun(run, ports);
    },
  };
  return {
    plan: (run) => span.part("plan", {}, () => steps.plan(run)),
    decide: (run) => span.part("decide", {}, () => steps.decide(run)),
    async publish(name) {
      const run = await span.part("publish", {}, () => steps.publish(name));
      if (run !== undefined) span.note({ state: run.state, records: run.counts.read }, run.failure && run.message);
      return run;
    },
  };
}

/** Whether there is nothing to do for a process. */
function isClosed(run: Run): boolean {
  return hasEnded(run) || run.blocked !== undefined;
}

const TOO_LONG = "The run was not done after 24 hours, and had to end. Make it smaller, or run it more often.";

/** Whether the run is decided; one that is cancelled, or has lasted too long, is by then. */
export async function isOver(
  run: Run,
  ports: Pick<RunStepPorts, "runs" | "now">,
  signal: AbortSignal,
): Promise<boolean> {
  if (isDecided(run)) return true;
  if (signal.aborted) await abortRun(run, "canceled", CANCELLED, ports);
  else if (ports.now() > endOfTime(run)) await abortRun(run, "transient", TOO_LONG, ports);
  else return false;
  return true;
}

/** Step 2. Only the first plan counts. */
async function plan(run: Run, ports: RunStepPorts, signal: AbortSignal): Promise<void> {
  const flow = await ports.flows.get(run.flow);
  if (flow === undefined || flow.id !== run.flowId) return void (await abortDeleted(run, ports));
  const position = await ports.runs.position(run.flow);
  const rejecting = run.redrive && (await ports.runs.get(run.flow, run.redrive.of));
  let made: RunPlan;
  try {
    made = await makePlan(run, { flow, position, rejecting }, ports, signal);
  } catch (error) {
    // The next look at the run ends it as cancelled.
    if (signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    return void (await abortRun(run, failureKind(error), message, ports));
  }
  const next = planned(run, made, ports.now());
  if (next !== undefined) await ports.runs.write({ run: next, events: eventsOf(run, next) });
}
