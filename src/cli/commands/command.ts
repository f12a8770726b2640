import type { Terminal } from "../terminal.ts";

/** One verb of the command line. */
export interface Command {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** What `millrace <name> --help` prints. */
  readonly help: string;
  /** Answers with the exit code. */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}

export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C; the second one ends the process. */
  readonly interrupted: AbortSignal;
}

/** The command line is wrong. The message says how, and what to type. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
