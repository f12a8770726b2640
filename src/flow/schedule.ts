import type { ScheduleExpression } from "./schedule-expression.ts";

/** When a scheduled flow runs, and what its runs read. A plain JSON value; times in milliseconds since 1970, UTC. */
export interface Schedule {
  readonly expression: ScheduleExpression;
  /** No run before. */
  readonly startAt?: number;
  /** No run at or after. */
  readonly endAt?: number;
  /** `incremental`: only what is new or changed since the last successful run. */
  readonly pull: "complete" | "incremental";
  /** How much earlier than the run the span of time ends that an incremental run reads. */
  readonly offsetMs: number;
  /** Where the span of the first incremental run begins; undefined for thirty days before it. */
  readonly firstFrom?: number;
  /** After how many failed runs in a row the flow is suspended; undefined for never. */
  readonly failuresAllowed?: number;
}
