import type { DurableExecutionClient, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import type { Callee } from "../../run/durable.ts";
import { orchestrate } from "../../run/orchestrate.ts";
import type { Orchestrated } from "../../run/orchestrate.ts";
import type { SliceName } from "../../run/orchestrate-slices.ts";
import { createRunSteps } from "../../run/run-steps.ts";
import type { RunName, RunStepPorts } from "../../run/run-steps.ts";
import { UNTRACED } from "../../run/span.ts";
import { createTransferSlice } from "../../run/transfer-slice.ts";
import type { TransferSlice } from "../../run/transfer-slice.ts";
import type { WorkControl, WorkedSlice, WorkPorts } from "../../run/work-slice.ts";
import type { Json } from "../../sdk/json.ts";
import { driveExecution } from "./drive-execution.ts";
import { callInProcess, durableFunction } from "./durable-function.ts";
import type { SqliteExecutions } from "./sqlite-executions.ts";

export interface EmbeddedRunOptions {
  readonly ports: WorkPorts & RunStepPorts;
  readonly executions: SqliteExecutions;
  /** How many slices of a run are worked on at once. */
  readonly width: number;
  /** Called after every run, however it has ended; again, if the process dies meanwhile. */
  readonly report: (run: RunName) => Promise<void>;
}

/**
 * Carries runs out as durable executions of this process. An execution that another process left goes on where it was:
 * only what was under way is done again. Fails when the execution does; the next call begins another.
 */
export function createEmbeddedRuns(
  options: EmbeddedRunOptions,
): (flow: string, runId: string, control: WorkControl) => Promise<void> {
  return (flow, runId, control) => {
    const { span = UNTRACED } = control;
    return span.part("run", { flow, run: runId }, (own) =>
      new EmbeddedRun(options, { ...control, span: own }).carryOut({ flow, runId }),
    );
  };
}

/** Forgets what is remembered of runs other than these, which nobody will go on with. */
export function forgetOtherRuns(executions: SqliteExecutions, runs: readonly RunName[]): void {
  const kept = new Set(runs.map(nameOf));
  for (const name of executions.names()) if (!kept.has(name.split("/", 2).join("/"))) executions.forget(name);
}

/** A run that is carried out, with all executions that it takes. */
class EmbeddedRun {
  readonly #options: EmbeddedRunOptions;
  readonly #control: WorkControl;
  readonly #transfer: TransferSlice;
  /** Slices that are worked on. */
  readonly #underWay = new Set<Promise<WorkedSlice>>();
  /** This process lets go: nothing is remembered any more, so that the next one does again what was under way. */
  #letsGo = false;
  #hasHeardOfCancel = false;

  constructor(options: EmbeddedRunOptions, control: WorkControl) {
    this.#options = options;
    this.#control = control;
    this.#transfer = createTransferSlice(options.ports);
  }

  async carryOut(run: RunName): Promise<void> {
    try {
      await this.#execute(nameOf(run), run);
    } catch (error) {
      if (!this.#letsGo) throw error;
    } finally {
      await Promise.allSettled(this.#underWay);
    }
  }

  #execute(name: string, input: Orchestrated): Promise<Json> {
    const { executions } = this.#options;
    return driveExecution(name, { ...input }, this.#handlerFor(name), executions, () => this.#pause(name));
  }

  #handlerFor(name: string): DurableLambdaHandler {
    const { ports, width, report } = this.#options;
    const steps = createRunSteps(ports, this.#control);
    // Whoever publishes clears away what attempts have left behind: none of them is to be under way by then.
    const publish = async (run: RunName) => {
      await Promise.allSettled(this.#underWay);
      return steps.publish(run);
    };
    return durableFunction(
      (input: Orchestrated, durable) => orchestrate(input, durable, { ...steps, publish, report }, width),
      callInProcess((callee, input) => this.#call(name, callee, input as never)),
      this.#client(),
    );
  }

  #call(caller: string, callee: Callee, input: SliceName & Orchestrated): Promise<Json> {
    if (callee === "transfer") return this.#work(input);
    return this.#execute(`${caller}/${"from" in input ? input.from : "rest"}`, input);
  }

  async #work(slice: SliceName): Promise<WorkedSlice> {
    const work = this.#transfer(slice, this.#control);
    this.#underWay.add(work);
    try {
      const worked = await work;
      if (worked === "stopped") this.#letsGo = true;
      return worked;
    } finally {
      this.#underWay.delete(work);
    }
  }

  #client(): DurableExecutionClient {
    const { executions } = this.#options;
    return {
      getExecutionState: (request) => executions.getExecutionState(request),
      checkpoint: async (request) => {
        if (this.#letsGo) throw new Error("This process lets go of the run.");
        return executions.checkpoint(request);
      },
    };
  }

  /** Waits for what the execution waits for. */
  async #pause(name: string): Promise<void> {
    const { executions, ports } = this.#options;
    const { signal, shouldStop } = this.#control;
    for (;;) {
      const left = (executions.nextDue(name) ?? 0) - ports.now();
      if (left <= 0) return;
      if (shouldStop()) {
        this.#letsGo = true;
        throw new Error("This process lets go of the run.");
      }
      if (signal.aborted && !this.#hasHeardOfCancel) {
        // Another execution begins at once, and finds in the stores what is left to do.
        this.#hasHeardOfCancel = true;
        return executions.forget(name);
      }
      await ports.wait(Math.min(left, LOOK_MS));
    }
  }
}

/** How soon somebody who pauses hears that it is over. */
const LOOK_MS = 100;

function nameOf({ flow, runId }: RunName): string {
  return `${flow}/${runId}`;
}
