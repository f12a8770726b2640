/* The Gregorian calendar, before its time as well, in whole numbers: days since 1970-01-01. */

export interface CalendarDate {
  readonly year: number;
  /** 1–12 */
  readonly month: number;
  /** 1–31 */
  readonly day: number;
}

/** 0 for a month that does not exist. */
export function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

export function dayNumber({ year, month, day }: CalendarDate): number {
  // Years are counted from March, so that a leap day is a year's last.
  const y = month <= 2 ? year - 1 : year;
  const daysBefore = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5);
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + daysBefore + day - 1 - DAYS_TO_1970;
}

export function dateOf(number: number): CalendarDate {
  const days = number + DAYS_TO_1970;
  const cycle = Math.floor(days / DAYS_IN_CYCLE);
  const rest = days - cycle * DAYS_IN_CYCLE;
  const yearOfCycle = Math.floor(
    (rest - Math.floor(rest / 1460) + Math.floor(rest / 36_524) - Math.floor(rest / 146_096)) / 365,
  );
  const dayOfYear = rest - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

/** 1 for Sunday to 7 for Saturday. */
export function weekdayOf(number: number): number {
  // 1970-01-01 was a Thursday.
  return ((((number + 4) % 7) + 7) % 7) + 1;
}

/** Of 400 years, after which the calendar repeats itself. */
const DAYS_IN_CYCLE = 146_097;

/** From the first of March of the year 0. */
const DAYS_TO_1970 = 719_468;
