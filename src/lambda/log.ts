import { inspect } from "node:util";

/**
 * Writes an error to the function's log, with what caused it, as one line of JSON: nothing in it can be taken for another
 * entry. `about` tells of which request.
 */
export function log(error: unknown, about: Readonly<Record<string, string>>): void {
  console.error(JSON.stringify({ level: "ERROR", ...about, error: inspect(error).slice(0, MAX_LENGTH) }));
}

/** CloudWatch cuts longer entries in two. */
const MAX_LENGTH = 64 * 1024;
