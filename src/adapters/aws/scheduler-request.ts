import { createHash } from "node:crypto";
import type { CreateScheduleCommandInput } from "@aws-sdk/client-scheduler";
import { dateOf, daysIn } from "../../flow/calendar.ts";
import type { RateUnit, ScheduleExpression } from "../../flow/schedule-expression.ts";
import { END_OF_TIME, nextTime, type Schedule } from "../../flow/schedule.ts";
import { shortestIntervalMinutes } from "../../flow/shortest-interval.ts";

/** What EventBridge Scheduler calls, and as whom. */
export interface SchedulerTarget {
  /** The schedule group that all flows are in. */
  readonly group: string;
  /** The function that starts runs: it gets `{"flow": "…", "scheduledAt": "2030-01-01T06:00:00Z"}`. */
  readonly functionArn: string;
  readonly roleArn: string;
  /** The queue of the calls that failed to the last. */
  readonly deadLetterArn: string;
}

export interface ScheduledFlow {
  readonly flow: string;
  readonly schedule: Schedule;
  readonly activatedAt: number;
}

/**
 * The request that makes EventBridge Scheduler call at the times that `nextTime` gives after `now`; undefined when there
 * are none. CreateSchedule and UpdateSchedule take the same.
 *
 * A rate of months may call on more days than are due, as its cron has no words for "the 30th, or the last day", nor for
 * every fifth month; `isDue` tells. All else is called for exactly.
 */
export function schedulerRequest(
  { flow, schedule, activatedAt }: ScheduledFlow,
  now: number,
  { group, functionArn, roleArn, deadLetterArn }: SchedulerTarget,
): CreateScheduleCommandInput | undefined {
  const first = nextTime(schedule, activatedAt, now);
  if (first === undefined) return undefined;
  const again = nextTime(schedule, activatedAt, first) !== undefined;
  return {
    Name: schedulerName(flow),
    GroupName: group,
    Description: `Starts the flow ${flow}`,
    ...(again ? timing(schedule, activatedAt, first) : { ScheduleExpression: `at(${timeText(first)})` }),
    ScheduleExpressionTimezone: "UTC",
    FlexibleTimeWindow: { Mode: "OFF" },
    State: "ENABLED",
    // After its last call a schedule is only in the way.
    ActionAfterCompletion: "DELETE",
    Target: {
      Arn: functionArn,
      RoleArn: roleArn,
      DeadLetterConfig: { Arn: deadLetterArn },
      RetryPolicy: {
        MaximumEventAgeInSeconds: again ? eventAge(schedule.expression) : MAX_EVENT_AGE,
        MaximumRetryAttempts: MAX_RETRIES,
      },
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
      Input: JSON.stringify({ flow, scheduledAt: "<aws.scheduler.scheduled-time>" }),
    },
  };
}

/**
 * A name of EventBridge Scheduler, `[0-9a-zA-Z-_.]{1,64}`, for a flow's, which may be longer and have other characters.
 * Different flows have different names: the hash says which, the rest is for people.
 */
export function schedulerName(flow: string): string {
  const hash = createHash("sha256").update(flow).digest("hex").slice(0, 32);
  return `${flow.replace(/[^\w.-]/g, "_").slice(0, 31)}-${hash}`;
}

/** The limits of https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const MAX_EVENT_AGE = 86_400;
const MAX_RETRIES = 185;

/** A start that has not come about when the next one is due is made up for by that one. */
function eventAge(expression: ScheduleExpression): number {
  return Math.min(shortestIntervalMinutes(expression) * 60, MAX_EVENT_AGE);
}

/**
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html: a rate begins at StartDate and counts from
 * there. So StartDate is the next time that is due. It is never in the past, as the service refuses a StartDate of more
 * than five minutes ago (https://github.com/getmoto/moto/pull/8172).
 */
function timing(schedule: Schedule, activatedAt: number, first: number) {
  const end = schedule.endAt === undefined ? undefined : endDate(schedule, activatedAt, schedule.endAt);
  return {
    ScheduleExpression: recurring(schedule.expression, schedule.startAt ?? activatedAt),
    StartDate: new Date(first),
    ...(end !== undefined && { EndDate: end }),
  };
}

/**
 * Documents say both that calls come before EndDate and that the last may come on it. A time that is due at the very end
 * must not be called for: half a minute earlier nothing is due, so it means the same either way.
 */
function endDate(schedule: Schedule, activatedAt: number, endAt: number): Date | undefined {
  // The last times are in the year 2199; the service need not know of later years.
  if (endAt >= END_OF_TIME) return undefined;
  const { endAt: _, ...endless } = schedule;
  // Flows are due at whole seconds, so nothing is due between the end and the second that it falls in.
  const end = Math.ceil(endAt / 1000) * 1000;
  const dueAtEnd = nextTime(endless, activatedAt, end - 1) === end;
  return new Date(dueAtEnd ? end - 30_000 : end);
}

function recurring(expression: ScheduleExpression, anchor: number): string {
  switch (expression.type) {
    case "rate":
      return rateText(expression.every, expression.unit, anchor);
    case "cron": {
      const { minute, hour, dayOfMonth, month, dayOfWeek, year } = expression.fields;
      return `cron(${minute} ${hour} ${dayOfMonth} ${month} ${dayOfWeek} ${year})`;
    }
    default:
      throw new Error(`\`${expression.type}\` is due once.`);
  }
}

/** The service knows minutes, hours and days, and wants the singular for one. */
function rateText(every: number, unit: RateUnit, anchor: number): string {
  switch (unit) {
    case "month":
      return monthsText(every, Math.ceil(anchor / 60_000));
    case "week":
      return `rate(${every * 7} days)`;
    default:
      return `rate(${every} ${unit}${every === 1 ? "" : "s"})`;
  }
}

/** Months as cron, from the first minute on. */
function monthsText(every: number, anchor: number): string {
  const days = Math.floor(anchor / 1440);
  const { year, month, day } = dateOf(days);
  const time = anchor - days * 1440;
  const months = monthsOf(every, month);
  const years = every % 12 === 0 ? yearsText(year, every / 12) : "*";
  return `cron(${time % 60} ${Math.floor(time / 60)} ${daysOf(day, months)} ${months.join(",")} ? ${years})`;
}

/** Cron's years begin with 1970. */
function yearsText(year: number, step: number): string {
  const from = year + Math.max(0, Math.ceil((1970 - year) / step)) * step;
  return step === 1 ? "*" : `${from}/${step}`;
}

/** The months that the times can be in. */
function monthsOf(every: number, month: number): readonly number[] {
  const step = greatestCommonDivisor(every, 12);
  return Array.from({ length: 12 / step }, (_, index) => ((month - 1 + index * step) % 12) + 1).toSorted(
    (a, b) => a - b,
  );
}

/** The days that the times can be on, when months that are too short have them on their last day. */
function daysOf(day: number, months: readonly number[]): string {
  const shortest = (month: number) => daysIn(NO_LEAP_YEAR, month);
  if (months.every((month) => shortest(month) >= day)) return String(day);
  if (months.every((month) => shortest(month) <= day)) return "L";
  const least = Math.min(...months.map(shortest));
  return Array.from({ length: day - least + 1 }, (_, index) => least + index).join(",");
}

const NO_LEAP_YEAR = 2001;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** `yyyy-mm-ddThh:mm:ss` */
function timeText(time: number): string {
  return new Date(time).toISOString().slice(0, 19);
}
