import type { Flow } from "../flow/flow.ts";
import type { Run } from "./run.ts";

/** A run of the flow that has done nothing yet. */
export function newRun(flow: Flow, id: string, now: number): Run {
  return {
    id,
    flow: flow.name,
    status: "in-progress",
    trigger: flow.definition.trigger.type,
    startedAt: now,
    updatedAt: now,
    counts: {
      read: 0,
      filtered: 0,
      rejected: 0,
      dataErrors: 0,
      bytesRead: 0,
      destinations: flow.definition.destinations.map(() => ({ written: 0, rejected: 0, bytesWritten: 0 })),
    },
    objects: [],
    version: 1,
  };
}
