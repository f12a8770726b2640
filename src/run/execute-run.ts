import type { RunCounts } from "../plan/run-counts.ts";
import type { Json } from "../sdk/json.ts";
import type { Callee, Durable, MapOver } from "./durable.ts";
import { orchestrate } from "./orchestrate.ts";
import type { Orchestrated } from "./orchestrate.ts";
import type { SliceName } from "./orchestrate-slices.ts";
import { noCounts } from "./run.ts";
import type { Run } from "./run.ts";
import { createRunSteps } from "./run-steps.ts";
import type { RunName, RunStepPorts, RunSteps } from "./run-steps.ts";
import { sumCounts } from "./sum-counts.ts";
import { createTransferSlice } from "./transfer-slice.ts";
import type { FailedAttempt, WorkControl, WorkedSlice, WorkPorts } from "./work-slice.ts";

export type ExecutePorts = WorkPorts & RunStepPorts;

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

/**
 * Carries a run on from wherever it stands, in this process and remembering nothing: what is stored tells the next call
 * what is left. Answers with the run as it then stands: ended, blocked, or unfinished when this process had to let go. A
 * run that fails is a run that ends; only failures of the stores come out as exceptions, and then the same call goes on
 * later. Any number of calls may work on one run at once.
 */
export async function executeRun(
  flowName: string,
  runId: string,
  ports: ExecutePorts,
  control: RunControl,
): Promise<Run> {
  const name = { flow: flowName, runId };
  const found = await ports.runs.get(flowName, runId);
  if (found === undefined) throw new Error(`There is no run ${runId} of flow ${flowName}.`);
  let ended: Run | undefined;
  const steps = createRunSteps(ports, control);
  const publish = async () => (ended = await steps.publish(name));
  // Whoever calls learns how the run has ended.
  const report = () => Promise.resolve();
  try {
    await carryOut({ ...steps, publish, report }, name, ports, control);
  } catch (error) {
    if (!(error instanceof LetGo)) throw error;
  }
  // Of a flow that was deleted, the run is forgotten when it ends.
  return (await ports.runs.get(flowName, runId)) ?? ended ?? found;
}

/** Nothing is done about what fails: the stores have tried again by themselves, and the next call goes on. */
async function carryOut(steps: RunSteps, run: RunName, ports: ExecutePorts, control: RunControl): Promise<void> {
  const width = control.width ?? 1;
  const transfer = transferUnlessOver(ports, control);
  const callees: Readonly<Record<Callee, (input: never) => Promise<Json>>> = {
    transfer,
    orchestrate: (input: Orchestrated) => orchestrate(input, durable, steps, width),
  };
  const durable: Durable = {
    step: (_, work) => work(),
    call: async (_, callee, input) => ({ answer: await callees[callee](input as never) }),
    map: (_, items, through) => mapAtOnce(items, through, durable),
    pause: (_, seconds) => ports.wait(seconds * 1000),
  };
  await orchestrate(run, durable, steps, width);
}

/** Ends the work on a run that this process has to let go of. */
class LetGo extends Error {}

/**
 * Once a slice has not come to its end, those under way stop at their next batch; but those before one that failed go on, so
 * that the run shows what it would have shown if all were read in their order.
 */
function transferUnlessOver(ports: ExecutePorts, control: RunControl): (slice: SliceName) => Promise<WorkedSlice> {
  const transfer = createTransferSlice(ports);
  const progress = sumProgress(control);
  let over: "decided" | "stopped" | undefined;
  /** The first slice of those that failed. */
  let failed = Infinity;
  return async (name) => {
    const isBehindFailure = () => failed < name.slice;
    const shouldStop = () => over !== undefined || isBehindFailure() || control.shouldStop();
    let worked: WorkedSlice = "stopped";
    try {
      worked = await transfer(name, { ...control, shouldStop, progress });
    } finally {
      if (worked === "failed") failed = Math.min(failed, name.slice);
      else if (worked !== "end" && !isBehindFailure()) over ??= worked;
    }
    if (worked !== "stopped") return worked;
    // It was stopped because of another, or by whoever carries the run out.
    if (isBehindFailure()) return "failed";
    if (over === "stopped") throw new LetGo();
    return over!;
  };
}

async function mapAtOnce<Item extends Json, Answer extends Json>(
  items: readonly Item[],
  { width, work, isLast }: MapOver<Item, Answer>,
  durable: Durable,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  let isOver = false;
  const workOn = async (): Promise<void> => {
    try {
      while (next < items.length && !isOver) {
        const answer = await work(items[next++]!, durable);
        answers.push(answer);
        if (isLast(answer)) isOver = true;
      }
    } catch (error) {
      isOver = true;
      throw error;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: width }, workOn));
  const reasons = workers.flatMap((worker) => (worker.status === "rejected" ? [worker.reason as unknown] : []));
  if (reasons.length > 0) throw reasons.find((reason) => !(reason instanceof LetGo)) ?? reasons[0];
  return answers;
}

/** Tells of all slices together what each tells of itself. */
function sumProgress(control: RunControl): NonNullable<WorkControl["progress"]> {
  const bySlice = new Map<number, RunCounts>();
  return (slice, counts) => {
    bySlice.set(slice, counts);
    control.progress?.(sumCounts(noCounts(counts.destinations.length), bySlice.values()));
  };
}
