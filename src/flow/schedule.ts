import { dateOf, dayNumber, daysIn } from "./calendar.ts";
import { nextMatch, readCron } from "./cron.ts";
import type { RateUnit, ScheduleExpression } from "./schedule-expression.ts";

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

/** Nothing is due from the year 2200 on, the end of cron's calendar: 2200-01-01T00:00:00Z. */
export const END_OF_TIME = 7_258_118_400_000;

/**
 * The first time after `after` at which a flow that was activated at `activatedAt` is due; undefined when it never is
 * again. Times are whole seconds; those of cron and of months are whole minutes, as finer ones cannot be told to
 * EventBridge Scheduler. Nothing is due before the activation or the start, or from the end on.
 *
 * A rate counts from the start, and without one from the activation. So a start in the past still says at which time of
 * day a flow runs. A month's day that a month does not have is its last one, and comes back in the next.
 */
export function nextTime(schedule: Schedule, activatedAt: number, after: number): number | undefined {
  const { expression, startAt = activatedAt, endAt = END_OF_TIME } = schedule;
  const first = Math.max(activatedAt, startAt);
  const from = Math.max(Math.ceil(first / 1000), Math.floor(after / 1000) + 1);
  const time = nextSecond(expression, Math.ceil(startAt / 1000), Math.ceil(first / 1000), from);
  return time === undefined || time * 1000 >= Math.min(endAt, END_OF_TIME) ? undefined : time * 1000;
}

/**
 * The last time after `after`, up to and at `until`, at which the flow is due; undefined when it is not due in between.
 */
export function latestTime(schedule: Schedule, activatedAt: number, after: number, until: number): number | undefined {
  const dueAfter = (time: number) => {
    const next = nextTime(schedule, activatedAt, time);
    return next === undefined || next > until ? undefined : next;
  };
  // Halving needs thirty questions where walking from time to time may need thousands.
  let latest = dueAfter(after);
  let beyond = until;
  while (latest !== undefined && beyond - latest >= SHORTEST_MS) {
    const middle = Math.floor((latest + beyond) / 2);
    const later = dueAfter(middle);
    if (later === undefined) beyond = middle;
    else latest = later;
  }
  return latest;
}

/** No two times of any schedule are closer. */
const SHORTEST_MS = 60_000;

/**
 * Whether a flow is due within the minute of `time`. EventBridge Scheduler calls at every time that is due, but for some
 * schedules of months at other times too.
 */
export function isDue(schedule: Schedule, activatedAt: number, time: number): boolean {
  const minute = Math.floor(time / 60_000) * 60_000;
  const next = nextTime(schedule, activatedAt, minute - 1);
  return next !== undefined && next < minute + 60_000;
}

/** The first second of the expression at or after `from`, which is never before `first`. All in seconds since 1970. */
function nextSecond(expression: ScheduleExpression, anchor: number, first: number, from: number): number | undefined {
  switch (expression.type) {
    case "rate":
      return expression.unit === "month"
        ? nextOfMonths(expression.every, Math.ceil(anchor / 60), Math.ceil(from / 60)) * 60
        : nextOfGrid(expression.every * SECONDS[expression.unit], anchor, from);
    case "cron": {
      const minute = nextMatch(readCron(expression.fields), Math.ceil(from / 60));
      return minute === undefined ? undefined : minute * 60;
    }
    case "at":
      return onlyAt(secondOf(expression.time), from);
    case "once":
      return onlyAt(first, from);
  }
}

const SECONDS: Readonly<Record<Exclude<RateUnit, "month">, number>> = {
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 604_800,
};

function nextOfGrid(step: number, anchor: number, from: number): number {
  return anchor + Math.max(0, Math.ceil((from - anchor) / step)) * step;
}

/** All in minutes since 1970. Each time is counted from the anchor, so that a short month does not shorten the next. */
function nextOfMonths(every: number, anchor: number, from: number): number {
  const start = dateOf(Math.floor(anchor / 1440));
  const end = dateOf(Math.floor(from / 1440));
  const months = (end.year - start.year) * 12 + end.month - start.month;
  const step = Math.max(0, Math.floor(months / every));
  const time = afterMonths(step * every, anchor);
  return time >= from ? time : afterMonths((step + 1) * every, anchor);
}

function afterMonths(months: number, anchor: number): number {
  const days = Math.floor(anchor / 1440);
  const start = dateOf(days);
  const count = start.year * 12 + start.month - 1 + months;
  const year = Math.floor(count / 12);
  const month = count - year * 12 + 1;
  const day = Math.min(start.day, daysIn(year, month));
  return dayNumber({ year, month, day }) * 1440 + anchor - days * 1440;
}

function onlyAt(time: number, from: number): number | undefined {
  return time >= from ? time : undefined;
}

/** Of `yyyy-mm-ddThh:mm:ss`. */
function secondOf(text: string): number {
  const [year, month, day, hour, minute, second] = text.split(/\D/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return dayNumber({ year, month, day }) * 86_400 + hour * 3600 + minute * 60 + second;
}
