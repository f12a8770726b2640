import type { Applied } from "../tasks/compile-tasks.ts";

/** Ends a run with status `error`. The message is for the flow's owner: what happened, to what, and what to do. */
export class RunFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RunFailure";
  }
}

/** Ends a run that somebody cancelled. */
export class RunCancelled extends Error {
  constructor() {
    super("The run was cancelled.");
    this.name = "RunCancelled";
  }
}

/** A record broke a rule that ends the run. */
export function validationFailure(ended: NonNullable<Applied["ended"]>, origin: string): RunFailure {
  return new RunFailure(
    `tasks[${ended.task}]: ${ended.message} (in ${origin}, at ${ended.offset}). The task's VALIDATION_ACTION ends the run, so nothing is written.`,
  );
}
