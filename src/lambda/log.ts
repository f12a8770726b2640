import { inspect } from "node:util";
import type { FlowEvent } from "../flow/flow-event.ts";
import { jsonLine } from "../telemetry/json-line.ts";
import type { LogEntry } from "../telemetry/log-entry.ts";

/**
 * Writes an error to the function's log, with what caused it, as one line of JSON: nothing in it can be taken for another
 * entry. `about` tells of which request.
 */
export function log(error: unknown, about: Readonly<Record<string, string>>): void {
  console.error(JSON.stringify({ level: "ERROR", ...about, error: inspect(error).slice(0, MAX_LENGTH) }));
}

/** CloudWatch cuts longer entries in two. */
const MAX_LENGTH = 64 * 1024;

/** Writes what there is to tell of runs, as one line of JSON, with what is to be measured of it. */
export function writeLog(entry: LogEntry, event?: FlowEvent): void {
  // Lambda puts words before what goes through the console, and CloudWatch measures nothing then.
  process.stdout.write(`${jsonLine(entry, event)}\n`);
}
