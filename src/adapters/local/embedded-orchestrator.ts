import type { Orchestrator } from "../../run/orchestrator.ts";

/** What a run that is carried out is told from outside. */
export interface RunSignals {
  /** Aborted when the run is to be cancelled. */
  readonly signal: AbortSignal;
  /** True when this process has to let go of the run. */
  readonly shouldStop: () => boolean;
}

/** Carries one run on; it never fails because the run does. */
export type Execute = (flow: string, runId: string, signals: RunSignals) => Promise<void>;

interface CarriedOut {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Carries runs out in this process, a few at a time, in the order in which they were started. */
export class EmbeddedOrchestrator implements Orchestrator {
  readonly #execute: Execute;
  readonly #report: (error: unknown) => void;
  readonly #width: number;
  readonly #waiting: { readonly flow: string; readonly runId: string }[] = [];
  readonly #running = new Map<string, CarriedOut>();
  #stopping = false;

  /** `report` is told of failures that no run can hold, such as a database that cannot be written. */
  constructor(execute: Execute, report: (error: unknown) => void, width = 2) {
    this.#execute = execute;
    this.#report = report;
    this.#width = width;
  }

  start(flow: string, runId: string): Promise<void> {
    const known = this.#running.has(runId) || this.#waiting.some((run) => run.runId === runId);
    if (!known) this.#waiting.push({ flow, runId });
    this.#fill();
    return Promise.resolve();
  }

  cancel(_flow: string, runId: string): Promise<void> {
    this.#running.get(runId)?.controller.abort();
    return Promise.resolve();
  }

  /** Waits until no run is waiting or running. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  /** Lets every run stop after the batch in hand, so that it can be taken up again, and waits for that. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#waiting.length = 0;
    await this.idle();
  }

  #fill(): void {
    while (!this.#stopping && this.#running.size < this.#width && this.#waiting.length > 0) {
      const { flow, runId } = this.#waiting.shift()!;
      const controller = new AbortController();
      this.#running.set(runId, { controller, done: this.#carryOut(flow, runId, controller.signal) });
    }
  }

  async #carryOut(flow: string, runId: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#execute(flow, runId, { signal, shouldStop: () => this.#stopping });
    } catch (error) {
      this.#report(error);
    } finally {
      this.#running.delete(runId);
      this.#fill();
    }
  }
}
