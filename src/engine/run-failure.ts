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
