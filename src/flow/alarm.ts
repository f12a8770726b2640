import type { Schedule } from "./schedule.ts";

/**
 * Starts flows when they are due. On AWS EventBridge Scheduler, on a laptop a timer.
 *
 * Whoever is started gets the flow and the time at which it was due, at least once for each such time. The same time may
 * come twice, after a crash or a lost answer; a run that is named after flow and time is then the same run. Times that
 * pass while nobody can be started are made up for by one start, for the latest of them.
 */
export interface Alarm {
  /**
   * How far ahead of the clock an activation has to be, so that its first start cannot be missed while the alarm is
   * being set.
   */
  readonly leadMs: number;
  /**
   * Sees to it that the flow is started whenever `nextTime` says. The same schedule and activation again change nothing.
   * Another schedule for the same activation holds from now on; another activation begins anew.
   */
  set(flow: string, schedule: Schedule, activatedAt: number): Promise<void>;
  /** No further starts but those under way; no error when there are none. */
  clear(flow: string): Promise<void>;
}
