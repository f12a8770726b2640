import { dayNumber } from "./calendar.ts";
import { type Cron, readCron } from "./cron.ts";
import type { ScheduleExpression } from "./schedule-expression.ts";

/**
 * The fewest minutes that lie between two times of the expression; Infinity where there are no two. Months have 28 days
 * here, so several of them are a little longer than this says.
 */
export function shortestIntervalMinutes(expression: ScheduleExpression): number {
  switch (expression.type) {
    case "rate":
      return expression.every * { minute: 1, hour: 60, day: 1440, week: 10_080, month: 28 * 1440 }[expression.unit];
    case "cron":
      return shortestOfCron(readCron(expression.fields));
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function shortestOfCron(cron: Cron): number {
  const days = shortestOfDays(cron);
  if (days === undefined) return Number.POSITIVE_INFINITY;
  const times = cron.hours.flatMap((hour) => cron.minutes.map((minute) => hour * 60 + minute));
  const overnight = days * 1440 - times.at(-1)! + times[0]!;
  return times.slice(1).reduce((least, time, index) => Math.min(least, time - times[index]!), overnight);
}

/** The fewest days between two days that match: Infinity for one day, undefined for none. */
function shortestOfDays(cron: Cron): number | undefined {
  let shortest: number | undefined;
  let previous = Number.NEGATIVE_INFINITY;
  for (const year of cron.years) {
    for (const month of cron.months) {
      for (const day of cron.daysOf(year, month)) {
        const number = dayNumber({ year, month, day });
        shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, number - previous);
        if (shortest === 1) return 1;
        previous = number;
      }
    }
  }
  return shortest;
}
