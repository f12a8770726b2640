import type { FlowEvent } from "../flow/flow-event.ts";
import { jsonLine } from "../telemetry/json-line.ts";
import { entryOfError, entryOfEvent } from "../telemetry/log-entry.ts";
import { formatBytes, formatCount } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** Who is told what happens while a server is up. */
export interface ShownLog {
  /** Told of failures that nobody else is told of. */
  readonly report: (error: unknown) => void;
  readonly tell: (event: FlowEvent) => void;
}

/** One line of JSON for each thing, on stderr. */
export function logLines(terminal: Pick<Terminal, "note">): ShownLog {
  return {
    report: (error) => terminal.note(jsonLine(entryOfError(error, Date.now()))),
    tell: (event) => terminal.note(jsonLine(entryOfEvent(event), event)),
  };
}

/** For the person in front of the terminal. */
export function logText(terminal: Terminal): ShownLog {
  return {
    report: (error) => terminal.note(entryOfError(error, Date.now()).message),
    tell: (event) => terminal.note(textOf(event, terminal)),
  };
}

function textOf(event: FlowEvent, terminal: Terminal): string {
  const time = terminal.dim(new Date(event.at).toISOString().slice(11, 19));
  return [time, event.flow, statusOf(event, terminal), ...detailsOf(event)].join("  ");
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

function detailsOf(event: FlowEvent): readonly string[] {
  switch (event.type) {
    case "run-started":
      return [event.run];
    case "run-ended": {
      const { run, read, bytesRead, at, startedAt } = event;
      const took = `${((at - startedAt) / 1000).toFixed(1)} s`;
      return [run, `${formatCount(read)} records`, formatBytes(bytesRead), took, event.message ?? []].flat();
    }
    case "run-blocked":
      return [event.run, event.message];
    case "run-skipped":
    case "flow-suspended":
      return [entryOfEvent(event).message];
  }
}
