import type { CronFields } from "../../src/flow/cron-fields.ts";
import type { Schedule } from "../../src/flow/schedule.ts";

/**
 * When a flow is due, told by trying every day and every minute of it, and by the platform's dates: slow, and nothing like the real thing.
 * Times after `after` and up to `until`.
 */
export function naiveTimes(schedule: Schedule, activatedAt: number, after: number, until: number): number[] {
  const start = schedule.startAt ?? activatedAt;
  const wanted = (time: number) =>
    time > after &&
    time <= until &&
    time >= activatedAt &&
    time >= start &&
    (schedule.endAt === undefined || time < schedule.endAt);
  return candidates(schedule, start, after, until).filter(wanted);
}

function candidates({ expression }: Schedule, start: number, after: number, until: number): number[] {
  const times: number[] = [];
  if (expression.type === "cron") return naiveCron(expression.fields, after, until);
  if (expression.type === "rate" && expression.unit === "month") {
    const first = new Date(Math.ceil(start / 60_000) * 60_000);
    for (let n = 0; (times.at(-1) ?? 0) <= until; n += expression.every) times.push(monthsLater(first, n));
  }
  if (expression.type === "rate" && expression.unit !== "month") {
    const minutes = { minute: 1, hour: 60, day: 1440, week: 10_080 }[expression.unit] * expression.every;
    for (let time = Math.ceil(start / 1000) * 1000; time <= until; time += minutes * 60_000) times.push(time);
  }
  return times;
}

/** The minutes that match on the days from `from` to `until`. */
export function naiveCron(fields: CronFields, from: number, until: number): number[] {
  const times: number[] = [];
  for (let day = Math.floor(from / DAY) * DAY; day <= until; day += DAY) {
    if (!isDay(fields, new Date(day))) continue;
    for (let time = day; time < day + DAY; time += 60_000) if (isMinute(fields, new Date(time))) times.push(time);
  }
  return times;
}

const DAY = 86_400_000;

function monthsLater(first: Date, months: number): number {
  const [year, month] = [first.getUTCFullYear(), first.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(first.getUTCDate(), lastDay), first.getUTCHours(), first.getUTCMinutes());
}

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

function isMinute({ minute, hour }: CronFields, date: Date): boolean {
  return contains(minute, date.getUTCMinutes(), 0, 59) && contains(hour, date.getUTCHours(), 0, 23);
}

function isDay({ month, year, dayOfMonth, dayOfWeek }: CronFields, date: Date): boolean {
  return (
    contains(month, date.getUTCMonth() + 1, 1, 12, MONTHS) &&
    contains(year, date.getUTCFullYear(), 1970, 2199) &&
    (dayOfWeek === "?" ? isDayOfMonth(dayOfMonth, date) : isDayOfWeek(dayOfWeek, date))
  );
}

function contains(field: string, value: number, from: number, to: number, names: readonly string[] = []): boolean {
  const number = (word: string) => (names.includes(word) ? names.indexOf(word) + from : Number(word));
  return field.split(",").some((part) => {
    const [range = "", step] = part.split("/");
    const [first = "", last] = range === "*" ? [String(from), String(to)] : range.split("-");
    const low = number(first);
    const high = last === undefined ? (step === undefined ? low : to) : number(last);
    return value >= low && value <= high && (value - low) % Number(step ?? 1) === 0;
  });
}

function isDayOfMonth(field: string, date: Date): boolean {
  const day = date.getUTCDate();
  if (field === "L") return isLastOfMonth(date);
  if (!field.endsWith("W")) return contains(field, day, 1, 31);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const wanted = field === "LW" ? lastDay : Number(field.slice(0, -1));
  if (wanted > lastDay) return false;
  // The weekdays of the month, the nearest to the wanted day first. No Saturday or Sunday is as near to two of them.
  const weekdays = Array.from({ length: lastDay }, (_, index) => index + 1)
    .filter((each) => ![0, 6].includes(new Date(Date.UTC(year, month, each)).getUTCDay()))
    .toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
  return weekdays[0] === day;
}

function isDayOfWeek(field: string, date: Date): boolean {
  const weekday = date.getUTCDay() + 1;
  const number = (word: string) => (WEEKDAYS.includes(word) ? WEEKDAYS.indexOf(word) + 1 : Number(word));
  if (field === "L") return weekday === 7;
  if (/[1-7A-Z]L$/.test(field)) {
    const inAWeek = new Date(date.getTime() + 7 * 86_400_000);
    return weekday === number(field.slice(0, -1)) && inAWeek.getUTCMonth() !== date.getUTCMonth();
  }
  if (field.includes("#")) {
    const [name = "", count] = field.split("#");
    return weekday === number(name) && Math.ceil(date.getUTCDate() / 7) === Number(count);
  }
  return contains(field, weekday, 1, 7, WEEKDAYS);
}

function isLastOfMonth(date: Date): boolean {
  return new Date(date.getTime() + 86_400_000).getUTCDate() === 1;
}
