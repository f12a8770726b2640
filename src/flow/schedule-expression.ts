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

/** The fields as written, in capitals. */
export interface CronFields {
  readonly minute: string;
  readonly hour: string;
  readonly dayOfMonth: string;
  readonly month: string;
  readonly dayOfWeek: string;
  readonly year: string;
}

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

/** 0 for a month that does not exist. */
function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
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
    if (!matchesRule(fields[name], rule))
      return { fault: `"${fields[name]}" is no ${rule.label} of a cron expression` };
  }
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    return { fault: "cron needs ? in exactly one of day-of-month and day-of-week" };
  }
  return { type: "cron", fields };
}

interface CronRule {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Words for numbers, the first for `from`. */
  readonly names?: readonly string[];
  /** What the field allows besides numbers, ranges, steps and lists. */
  readonly special?: RegExp;
}

const CRON_RULES: Readonly<Record<keyof CronFields, CronRule>> = {
  minute: { label: "minute", from: 0, to: 59 },
  hour: { label: "hour", from: 0, to: 23 },
  dayOfMonth: { label: "day of month", from: 1, to: 31, special: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/ },
  month: {
    label: "month",
    from: 1,
    to: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  dayOfWeek: {
    label: "day of week",
    from: 1,
    to: 7,
    names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    special: /^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/,
  },
  year: { label: "year", from: 1970, to: 2199 },
};

function matchesRule(field: string, rule: CronRule): boolean {
  if (rule.special?.test(field)) return true;
  return field.split(",").every((part) => matchesPart(part, rule));
}

/** `*`, `7`, `1-5`, and each of them with a step: `0/15`. */
function matchesPart(part: string, rule: CronRule): boolean {
  const [range = "", step, ...rest] = part.split("/");
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false;
  if (range === "*") return true;
  const bounds = range.split("-").map((word) => numberOf(word, rule));
  const [low, high = low] = bounds;
  if (bounds.length > 2 || low === undefined || high === undefined) return false;
  return low <= high && low >= rule.from && high <= rule.to;
}

function numberOf(word: string, rule: CronRule): number | undefined {
  if (/^\d{1,4}$/.test(word)) return Number(word);
  const name = rule.names?.indexOf(word) ?? -1;
  return name === -1 ? undefined : rule.from + name;
}
