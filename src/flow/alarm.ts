import type { Schedule } from "./schedule.ts";

/** Wakes flows when they are due. On AWS EventBridge Scheduler, on a laptop a timer. */
export interface Alarm {
  /** Sees to it that the flow is started whenever the schedule says. Replaces the flow's earlier schedule. */
  set(flow: string, schedule: Schedule): Promise<void>;
  /** No further starts; no error when there are none. */
  clear(flow: string): Promise<void>;
}
