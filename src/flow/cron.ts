import { dateOf, dayNumber, daysIn, weekdayOf } from "./calendar.ts";
import { CRON_RULES, type CronFields, numberOf, valuesOf } from "./cron-fields.ts";

/** A cron expression, ready to be asked. Lists are in order and have no number twice. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly years: readonly number[];
  /** The days of a month that match, in order. */
  readonly daysOf: DaysOf;
}

type DaysOf = (year: number, month: number) => readonly number[];

const MINUTES_PER_DAY = 1440;

/** Takes fields that `parseScheduleExpression` made. */
export function readCron(fields: CronFields): Cron {
  const known = READ.get(fields);
  if (known !== undefined) return known;
  const cron: Cron = {
    minutes: numbersOf(fields, "minute"),
    hours: numbersOf(fields, "hour"),
    months: numbersOf(fields, "month"),
    years: numbersOf(fields, "year"),
    daysOf: fields.dayOfWeek === "?" ? byDayOfMonth(fields) : byDayOfWeek(fields),
  };
  READ.set(fields, cron);
  return cron;
}

/** `latestTime` asks the same expression dozens of times. */
const READ = new WeakMap<CronFields, Cron>();

/** The first match at or after `from`, both in minutes since 1970; undefined when there is none before the year 2200. */
export function nextMatch(cron: Cron, from: number): number | undefined {
  const today = Math.floor(from / MINUTES_PER_DAY);
  const start = dateOf(today);
  for (const year of cron.years) {
    if (year < start.year) continue;
    for (const month of cron.months) {
      if (year === start.year && month < start.month) continue;
      for (const day of cron.daysOf(year, month)) {
        const number = dayNumber({ year, month, day });
        if (number < today) continue;
        const time = timeOfDay(cron, number === today ? from - today * MINUTES_PER_DAY : 0);
        if (time !== undefined) return number * MINUTES_PER_DAY + time;
      }
    }
  }
  return undefined;
}

/** The first match on a day that matches, at or after a minute of that day. */
function timeOfDay({ hours, minutes }: Cron, from: number): number | undefined {
  const hour = Math.floor(from / 60);
  const minute = minutes.find((each) => each >= from - hour * 60);
  if (minute !== undefined && hours.includes(hour)) return hour * 60 + minute;
  const later = hours.find((each) => each > hour);
  return later === undefined ? undefined : later * 60 + minutes[0]!;
}

function numbersOf(fields: CronFields, name: keyof CronFields): readonly number[] {
  return valuesOf(fields[name], CRON_RULES[name]) ?? [];
}

/** Numbers, `L`, `LW` and `15W`. */
function byDayOfMonth({ dayOfMonth: field }: CronFields): DaysOf {
  if (field === "L") return (year, month) => [daysIn(year, month)];
  if (field === "LW") return (year, month) => [nearestWeekday(year, month, daysIn(year, month))];
  if (field.endsWith("W")) {
    const day = Number(field.slice(0, -1));
    // A month without the day has no weekday near it.
    return (year, month) => (day > daysIn(year, month) ? [] : [nearestWeekday(year, month, day)]);
  }
  const days = valuesOf(field, CRON_RULES.dayOfMonth) ?? [];
  return (year, month) => days.filter((day) => day <= daysIn(year, month));
}

/** The weekday nearest to a day without leaving the month: of a Saturday the Friday, of a Sunday the Monday. */
function nearestWeekday(year: number, month: number, day: number): number {
  switch (weekdayOf(dayNumber({ year, month, day }))) {
    case SATURDAY:
      return day === 1 ? 3 : day - 1;
    case SUNDAY:
      return day === daysIn(year, month) ? day - 2 : day + 1;
    default:
      return day;
  }
}

const SUNDAY = 1;
const SATURDAY = 7;

/** Numbers, `L` for Saturday, `FRIL` for the month's last Friday and `MON#2` for its second Monday. */
function byDayOfWeek({ dayOfWeek: field }: CronFields): DaysOf {
  if (field === "L") return (year, month) => everyWeek(year, month, SATURDAY);
  if (field.endsWith("L")) {
    const weekday = numberOf(field.slice(0, -1), CRON_RULES.dayOfWeek)!;
    return (year, month) => everyWeek(year, month, weekday).slice(-1);
  }
  const [name = "", count] = field.split("#");
  if (count !== undefined) {
    const weekday = numberOf(name, CRON_RULES.dayOfWeek)!;
    return (year, month) => everyWeek(year, month, weekday).slice(Number(count) - 1, Number(count));
  }
  const weekdays = valuesOf(field, CRON_RULES.dayOfWeek) ?? [];
  return (year, month) => weekdays.flatMap((weekday) => everyWeek(year, month, weekday)).toSorted((a, b) => a - b);
}

/** All days of a month that are the weekday. */
function everyWeek(year: number, month: number, weekday: number): number[] {
  const first = 1 + ((weekday - weekdayOf(dayNumber({ year, month, day: 1 })) + 7) % 7);
  return [0, 7, 14, 21, 28].map((days) => first + days).filter((day) => day <= daysIn(year, month));
}
