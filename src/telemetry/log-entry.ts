import type { FlowEvent } from "../flow/flow-event.ts";
import type { FailedAttempt } from "../run/work-slice.ts";

/** Something for the log, for people and programs. It never has a record's values or a secret in it. */
export interface LogEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly flow?: string;
  readonly run?: string;
  /** Of the run's source. */
  readonly slice?: number;
  /** AppFlow's ConnectorType of the flow's source. */
  readonly connector?: string;
  /** What kind of thing it is, for programs: the type of an event, the kind of a failure. */
  readonly code?: string;
  /** What it took, and how much it was. */
  readonly figures?: Readonly<Record<string, number>>;
}

export function entryOfEvent(event: FlowEvent): LogEntry {
  return {
    at: event.at,
    ...whatOf(event),
    flow: event.flow,
    ...("run" in event && { run: event.run }),
    connector: event.about.source.connector,
  };
}

function whatOf(event: FlowEvent): Pick<LogEntry, "level" | "message" | "code" | "figures"> {
  switch (event.type) {
    case "run-started":
      return { level: "info", message: "The run has started.", code: event.type };
    case "run-ended": {
      const { read, filtered, rejected, bytesRead, bytesWritten } = event;
      const tookMs = event.at - event.startedAt;
      return {
        level: event.outcome === "error" ? "error" : "info",
        message: event.message ?? "The run has ended.",
        code: event.failure ?? event.outcome,
        figures: { tookMs, read, filtered, rejected, bytesRead, bytesWritten },
      };
    }
    case "run-blocked":
      return { level: "error", message: event.message, code: event.type };
    case "run-skipped": {
      const due = new Date(event.dueAt).toISOString();
      const message = `The run that was due at ${due} is skipped: run ${event.heldBy} was still in progress.`;
      return { level: "warn", message, code: event.type };
    }
    case "flow-suspended":
      return { level: "error", message: event.message, code: event.type };
  }
}

/** Of an attempt that failed: in a run that may succeed all the same. */
export function entryOfAttempt(flow: string, run: string, failed: FailedAttempt, at: number): LogEntry {
  const { slice, segment, number, error, kind, again } = failed;
  const what = `Attempt ${number} at segment ${segment} of slice ${slice} failed${again ? ", and is tried again" : ""}`;
  return {
    at,
    level: again ? "warn" : "error",
    message: `${what}: ${error instanceof Error ? error.message : String(error)}`,
    flow,
    run,
    slice,
    code: kind,
  };
}

/** Of a failure that nobody else is told of. */
export function entryOfError(error: unknown, at: number): LogEntry {
  const code = error instanceof Error ? { code: error.name } : {};
  return {
    at,
    level: "error",
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    ...code,
  };
}
