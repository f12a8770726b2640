import { daysIn } from "./calendar.ts";
import { CRON_RULES, type CronFields, type CronRule, valuesOf } from "./cron-fields.ts";

/**
 * When a scheduled flow runs. Times are in UTC: a flow's time zone is a label.
 * The grammar is the union of what AppFlow's console, the SDKs and EventBridge write: docs/compatibility.md.
 */
export type ScheduleExpression =
  | { readonly type: "rate"; readonly every: number; readonly unit: RateUnit }
  | { readonly type: "cron"; readonly fields: CronFields }
  /** `yyyy-mm-ddThh:mm:ss` */
  | { readonly type: "at"; readonly time: string }
  | { readonly type: "once" };

export type RateUnit = "minute" | "hour" | "day" | "week" | "month";

/** Why a text is no schedule expression, for people. */
export interface ScheduleFault {
  readonly fault: string;
}

export function parseScheduleExpression(text: string): ScheduleExpression | ScheduleFault {
  const trimmed = text.trim();
  if (/^once$/i.test(trimmed)) return { type: "once" };

  const [, kind, inside] = /^(rate|cron|at)\s*\(([^()]*)\)$/i.exec(trimmed) ?? [];
  if (kind === undefined || inside === undefined) {
    return { fault: "it is none of rate(5minutes), cron(0 6 * * ? *), at(2030-01-01T06:00:00) and once" };
  }
  switch (kind.toLowerCase()) {
    case "rate":
      return parseRate(inside);
    case "cron":
      return parseCron(inside);
    default:
      return parseAt(inside);
  }
}

function parseRate(inside: string): ScheduleExpression | ScheduleFault {
  const [, digits, unit] = /^\s*(\d{1,9})\s*(minute|hour|day|week|month)s?\s*$/i.exec(inside) ?? [];
  if (digits === undefined || unit === undefined) {
    return { fault: "a rate is a whole number and minutes, hours, days, weeks or months, such as rate(5minutes)" };
  }
  if (Number(digits) === 0) return { fault: "a rate is at least 1" };
  return { type: "rate", every: Number(digits), unit: unit.toLowerCase() as RateUnit };
}

function parseAt(inside: string): ScheduleExpression | ScheduleFault {
  const time = inside.trim();
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(time);
  if (match === null) return { fault: "a time is written at(yyyy-mm-ddThh:mm:ss)" };
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const exists = day >= 1 && day <= daysIn(year, month) && hour <= 23 && minute <= 59 && second <= 59;
  return exists ? { type: "at", time } : { fault: `there is no such time as ${time}` };
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based */
function parseCron(inside: string): ScheduleExpression | ScheduleFault {
  const words = inside.trim().toUpperCase().split(/\s+/);
  if (words.length < 5 || words.length > 6) {
    return { fault: "cron has six fields: minutes hours day-of-month month day-of-week year" };
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek, year = "*"] = words as [string, string, string, string, string];
  const fields: CronFields = { minute, hour, dayOfMonth, month, dayOfWeek, year };

  for (const [name, rule] of Object.entries(CRON_RULES) as [keyof CronFields, CronRule][]) {
    if (!isField(fields[name], rule)) return { fault: `"${fields[name]}" is no ${rule.label} of a cron expression` };
  }
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    return { fault: "cron needs ? in exactly one of day-of-month and day-of-week" };
  }
  return { type: "cron", fields };
}

function isField(field: string, rule: CronRule): boolean {
  return rule.special?.test(field) === true || valuesOf(field, rule) !== undefined;
}
