import type { FlowEvent } from "../flow/flow-event.ts";
import { jsonLine } from "../telemetry/json-line.ts";
import { entryOfError } from "../telemetry/log-entry.ts";
import type { LogEntry } from "../telemetry/log-entry.ts";
import type { Log } from "../telemetry/logging-sink.ts";
import { formatBytes, formatCount } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** Who is told what happens while a server is up. */
export interface ShownLog {
  /** Told of failures that nobody else is told of. */
  readonly report: (error: unknown) => void;
  /** Of an event, or of something else. */
  readonly log: Log;
}

/** One line of JSON for each thing, on stderr. */
export function logLines(terminal: Pick<Terminal, "note">): ShownLog {
  return {
    report: (error) => terminal.note(jsonLine(entryOfError(error, Date.now()))),
    log: (entry, event) => terminal.note(jsonLine(entry, event)),
  };
}

/** For the person in front of the terminal. */
export function logText(terminal: Terminal): ShownLog {
  return {
    report: (error) => terminal.note(entryOfError(error, Date.now()).message),
    log: (entry, event) => terminal.note(textOf(entry, event, terminal)),
  };
}

function textOf(entry: LogEntry, event: FlowEvent | undefined, terminal: Terminal): string {
  const time = terminal.dim(new Date(entry.at).toISOString().slice(11, 19));
  const status = event === undefined ? terminal.red(entry.level) : statusOf(event, terminal);
  return [time, entry.flow ?? [], status, entry.run ?? [], ...figuresOf(event), messageOf(entry, event)]
    .flat()
    .join("  ");
}

function statusOf(event: FlowEvent, { green, red }: Terminal): string {
  switch (event.type) {
    case "run-started":
      return "started";
    case "run-ended":
      return { successful: green, error: red, canceled: String }[event.outcome](event.outcome);
    case "run-blocked":
      return red("blocked");
    case "run-skipped":
      return red("skipped");
    case "flow-suspended":
      return red("suspended");
  }
}

function figuresOf(event: FlowEvent | undefined): readonly string[] {
  if (event?.type !== "run-ended") return [];
  const { read, bytesRead, at, startedAt } = event;
  return [`${formatCount(read)} records`, formatBytes(bytesRead), `${((at - startedAt) / 1000).toFixed(1)} s`];
}

/** What the status does not say already. */
function messageOf({ message }: LogEntry, event: FlowEvent | undefined): readonly string[] {
  if (event?.type === "run-started") return [];
  return event?.type === "run-ended" && event.message === undefined ? [] : [message];
}
