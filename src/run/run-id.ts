import { createHash } from "node:crypto";
import type { Flow } from "../flow/flow.ts";
import type { Redrive, TimeRange } from "./run.ts";

/**
 * The id of the run that a client token starts. The same flow, token and use give the same id; a flow that was deleted
 * and made again is another flow. `use` counts how often the token was used after it had been forgotten.
 */
export function tokenRunId(flow: Flow, token: string, use: number): string {
  return uuidOf(flow, token, use);
}

/** The id of the run that is due at a time, in milliseconds since 1970: however often it is announced, it is one run. */
export function dueRunId(flow: Flow, dueAt: number): string {
  return uuidOf(flow, "due", dueAt);
}

/**
 * The id of the run that reads a time again. A flow with another source, other tasks or other destinations has another
 * run for it. `use` counts the runs for it that failed.
 */
export function rangeRunId(flow: Flow, { from, until }: TimeRange, use: number): string {
  return uuidOf(flow, "range", whatItDoes(flow), from, until, use);
}

/** The id of the run that sends rejected records again, by the same rules. */
export function redriveRunId(flow: Flow, { of, destination = -1, sha256 }: Redrive, use: number): string {
  return uuidOf(flow, "redrive", whatItDoes(flow), of, destination, sha256, use);
}

function whatItDoes({ definition: { source, destinations, tasks } }: Flow): string {
  return JSON.stringify({ source, destinations, tasks });
}

/** A UUID of version 8 (RFC 9562). */
function uuidOf(flow: Flow, ...names: readonly (string | number)[]): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify([flow.arn, flow.id, ...names]))
    .digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
