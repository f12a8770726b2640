/** A task that cannot be carried out as it is defined. The run fails; the flow stays as it is. */
export class TaskError extends Error {
  /** The task's place in the flow's list. */
  readonly task: number;

  constructor(task: number, message: string) {
    super(`tasks[${task}]: ${message}`);
    this.name = "TaskError";
    this.task = task;
  }
}
