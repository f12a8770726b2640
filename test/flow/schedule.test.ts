import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDue, latestTime, nextTime, type Schedule } from "../../src/flow/schedule.ts";
import { activation, at, cronText, monthsText, rateText, scheduleOf, timeText } from "../support/schedules.ts";
import { naiveTimes } from "./naive-schedule.ts";

/** The first times that are due, as text. */
function times(schedule: Schedule, activatedAt: number, count: number): string[] {
  const found: string[] = [];
  for (let after = activatedAt - 1; found.length < count;) {
    const next = nextTime(schedule, activatedAt, after);
    if (next === undefined) return [...found, "never again"];
    found.push(timeText(next));
    after = next;
  }
  return found;
}

/** Checked by hand, with a printed calendar. */
const CRONS: readonly (readonly [text: string, activated: string, ...due: string[]])[] = [
  ["cron(0 6 * * ? *)", "2026-11-25T10:27:00", "2026-11-26T06:00:00", "2026-11-27T06:00:00"],
  ["cron(0 6 * * ? *)", "2026-11-25T06:00:00", "2026-11-25T06:00:00", "2026-11-26T06:00:00"],
  ["cron(0 6 * * ? *)", "2026-11-25T06:00:00.001", "2026-11-26T06:00:00"],
  ["cron(* * * * ? *)", "2026-12-31T23:58:30", "2026-12-31T23:59:00", "2027-01-01T00:00:00", "2027-01-01T00:01:00"],
  ["cron(0/15 * * * ? *)", "2026-01-01T00:01:00", "2026-01-01T00:15:00", "2026-01-01T00:30:00", "2026-01-01T00:45:00"],
  ["cron(5/20 8 * * ? *)", "2026-01-01T00:00:00", "2026-01-01T08:05:00", "2026-01-01T08:25:00", "2026-01-01T08:45:00"],
  ["cron(1/10 0 * * ? *)", "2026-01-01T00:12:00", "2026-01-01T00:21:00", "2026-01-01T00:31:00"],
  ["cron(*/25 23 * * ? *)", "2026-01-01T23:30:00", "2026-01-01T23:50:00", "2026-01-02T23:00:00"],
  [
    "cron(10-30/10 1 * * ? *)",
    "2026-01-01T00:00:00",
    "2026-01-01T01:10:00",
    "2026-01-01T01:20:00",
    "2026-01-01T01:30:00",
  ],
  [
    "cron(30,0 12,6 * * ? *)",
    "2026-01-01T06:10:00",
    "2026-01-01T06:30:00",
    "2026-01-01T12:00:00",
    "2026-01-01T12:30:00",
  ],
  // Fridays of November 2026: 6, 13, 20, 27.
  ["cron(0 10 ? * MON-FRI *)", "2026-11-27T10:00:01", "2026-11-30T10:00:00", "2026-12-01T10:00:00"],
  ["cron(0 10 ? * 2-6 *)", "2026-11-27T10:00:01", "2026-11-30T10:00:00", "2026-12-01T10:00:00"],
  ["cron(0 10 ? * 1 *)", "2026-11-25T00:00:00", "2026-11-29T10:00:00", "2026-12-06T10:00:00"],
  ["cron(0 10 ? * SUN,SAT *)", "2026-11-25T00:00:00", "2026-11-28T10:00:00", "2026-11-29T10:00:00"],
  ["cron(0 10 ? * L *)", "2026-11-25T00:00:00", "2026-11-28T10:00:00", "2026-12-05T10:00:00"],
  ["cron(0 10 ? * 6L *)", "2026-11-01T00:00:00", "2026-11-27T10:00:00", "2026-12-25T10:00:00", "2027-01-29T10:00:00"],
  ["cron(0 10 ? * FRIL *)", "2026-11-01T00:00:00", "2026-11-27T10:00:00", "2026-12-25T10:00:00"],
  ["cron(0 0 ? * 2#1 *)", "2026-11-01T00:00:00", "2026-11-02T00:00:00", "2026-12-07T00:00:00"],
  ["cron(0 0 ? * 3#2 *)", "2026-11-01T00:00:00", "2026-11-10T00:00:00", "2026-12-08T00:00:00"],
  // Months with a fifth Sunday: November 2026, January 2027, May 2027.
  ["cron(0 0 ? * SUN#5 *)", "2026-11-01T00:00:00", "2026-11-29T00:00:00", "2027-01-31T00:00:00", "2027-05-30T00:00:00"],
  ["cron(0 0 L * ? *)", "2027-01-15T00:00:00", "2027-01-31T00:00:00", "2027-02-28T00:00:00", "2027-03-31T00:00:00"],
  ["cron(0 0 L 2 ? *)", "2027-01-01T00:00:00", "2027-02-28T00:00:00", "2028-02-29T00:00:00", "2029-02-28T00:00:00"],
  // 31 January 2027 is a Sunday, 28 February 2027 as well, 31 March 2027 a Wednesday.
  ["cron(0 0 LW * ? *)", "2027-01-01T00:00:00", "2027-01-29T00:00:00", "2027-02-26T00:00:00", "2027-03-31T00:00:00"],
  // 1 August 2026 is a Saturday, 1 November 2026 a Sunday, 1 December 2026 a Tuesday.
  [
    "cron(0 0 1W 8,11,12 ? 2026)",
    "2026-01-01T00:00:00",
    "2026-08-03T00:00:00",
    "2026-11-02T00:00:00",
    "2026-12-01T00:00:00",
    "never again",
  ],
  // 15 August 2026 is a Saturday, 15 November 2026 a Sunday, 15 December 2026 a Tuesday.
  [
    "cron(0 0 15W 8,11,12 ? 2026)",
    "2026-01-01T00:00:00",
    "2026-08-14T00:00:00",
    "2026-11-16T00:00:00",
    "2026-12-15T00:00:00",
    "never again",
  ],
  // 31 May 2026 is a Sunday; June has no 31st; 31 October 2026 is a Saturday.
  ["cron(0 0 31W 5-6,10 ? 2026)", "2026-01-01T00:00:00", "2026-05-29T00:00:00", "2026-10-30T00:00:00", "never again"],
  ["cron(0 0 31 * ? *)", "2026-01-31T00:00:01", "2026-03-31T00:00:00", "2026-05-31T00:00:00", "2026-07-31T00:00:00"],
  ["cron(0 0 29 2 ? *)", "2026-01-01T00:00:00", "2028-02-29T00:00:00", "2032-02-29T00:00:00"],
  ["cron(0 0 29 2 ? *)", "2096-03-01T00:00:00", "2104-02-29T00:00:00"],
  ["cron(0 0 29 FEB ? *)", "2196-03-01T00:00:00", "never again"],
  ["cron(0 0 ? 2 SUN#5 *)", "2026-01-01T00:00:00", "2032-02-29T00:00:00", "2060-02-29T00:00:00"],
  ["cron(59 23 31 DEC ? *)", "2026-12-31T23:59:00", "2026-12-31T23:59:00", "2027-12-31T23:59:00"],
  [
    "cron(0 0 1 JAN-MAR ? 2030/2)",
    "2026-01-01T00:00:00",
    "2030-01-01T00:00:00",
    "2030-02-01T00:00:00",
    "2030-03-01T00:00:00",
    "2032-01-01T00:00:00",
  ],
  ["cron(0 0 1 1 ? 2199)", "2026-01-01T00:00:00", "2199-01-01T00:00:00", "never again"],
  ["cron(0 0 1 1 ? 2020)", "2026-01-01T00:00:00", "never again"],
  ["cron(0 0 31 2 ? *)", "2026-01-01T00:00:00", "never again"],
  ["cron(0 0 31 4,6,9,11 ? *)", "1970-01-01T00:00:00", "never again"],
];

const RATES: readonly (readonly [text: string, start: string | undefined, activated: string, ...due: string[]])[] = [
  // Without a start the rate counts from the activation.
  ["rate(5minutes)", undefined, "2026-11-25T10:27:13", "2026-11-25T10:27:13", "2026-11-25T10:32:13"],
  ["rate(1minutes)", undefined, "2026-11-25T10:27:13.250", "2026-11-25T10:27:14", "2026-11-25T10:28:14"],
  ["rate(3hours)", "2030-01-01T00:00:00", "2026-11-25T10:27:00", "2030-01-01T00:00:00", "2030-01-01T03:00:00"],
  // A start in the past gives the time of day, and no run before the activation.
  ["rate(1days)", "2025-03-01T06:00:00", "2026-11-25T10:27:00", "2026-11-26T06:00:00", "2026-11-27T06:00:00"],
  ["rate(1days)", "2025-03-01T06:00:00", "2026-11-25T06:00:00", "2026-11-25T06:00:00", "2026-11-26T06:00:00"],
  ["rate(7hours)", "2026-11-25T00:00:00", "2026-11-25T13:59:59", "2026-11-25T14:00:00", "2026-11-25T21:00:00"],
  // 28 November 2026 is a Saturday, and so is every seventh day after it.
  ["rate(1weeks)", "2026-11-28T01:00:00", "2026-12-24T00:00:00", "2026-12-26T01:00:00", "2027-01-02T01:00:00"],
  ["rate(2weeks)", "2026-11-28T01:00:00", "2026-12-24T00:00:00", "2026-12-26T01:00:00", "2027-01-09T01:00:00"],
  [
    "rate(1months)",
    "2027-01-31T08:00:00",
    "2027-01-01T00:00:00",
    "2027-01-31T08:00:00",
    "2027-02-28T08:00:00",
    "2027-03-31T08:00:00",
    "2027-04-30T08:00:00",
    "2027-05-31T08:00:00",
  ],
  ["rate(1months)", "2027-01-30T08:00:00", "2028-01-31T00:00:00", "2028-02-29T08:00:00", "2028-03-30T08:00:00"],
  ["rate(1months)", "2027-01-31T08:00:00", "2027-02-28T08:00:01", "2027-03-31T08:00:00"],
  ["rate(1months)", undefined, "2026-11-25T10:27:13", "2026-11-25T10:28:00", "2026-12-25T10:28:00"],
  ["rate(3months)", "2026-11-30T00:00:00", "2026-12-01T00:00:00", "2027-02-28T00:00:00", "2027-05-30T00:00:00"],
  [
    "rate(5months)",
    "2026-08-31T00:00:00",
    "2026-09-01T00:00:00",
    "2027-01-31T00:00:00",
    "2027-06-30T00:00:00",
    "2027-11-30T00:00:00",
    "2028-04-30T00:00:00",
  ],
  [
    "rate(12months)",
    "2024-02-29T00:00:00",
    "2026-01-01T00:00:00",
    "2026-02-28T00:00:00",
    "2027-02-28T00:00:00",
    "2028-02-29T00:00:00",
  ],
  ["once", undefined, "2026-11-25T10:27:13", "2026-11-25T10:27:13", "never again"],
  ["once", "2030-01-01T06:00:00", "2026-11-25T10:27:00", "2030-01-01T06:00:00", "never again"],
  ["once", "2020-01-01T06:00:00", "2026-11-25T10:27:00", "2026-11-25T10:27:00", "never again"],
  ["at(2028-02-29T23:59:59)", undefined, "2026-11-25T10:27:00", "2028-02-29T23:59:59", "never again"],
  ["at(2026-11-25T10:27:00)", undefined, "2026-11-25T10:27:00", "2026-11-25T10:27:00", "never again"],
  ["at(2026-11-25T10:26:59)", undefined, "2026-11-25T10:27:00", "never again"],
  ["at(2028-02-29T23:59:59)", "2029-01-01T00:00:00", "2026-11-25T10:27:00", "never again"],
  ["rate(999999999weeks)", undefined, "2026-11-25T10:27:00", "2026-11-25T10:27:00", "never again"],
  ["rate(999999999months)", undefined, "2026-11-25T10:27:00", "2026-11-25T10:27:00", "never again"],
];

const DAY = 86_400_000;

/** Mostly about the activation, sometimes long after it. */
const daysLater = fc.oneof(fc.constantFrom(-1, 0), fc.integer({ min: -10, max: 500 }));

describe("nextTime", () => {
  it.each(CRONS.map(([text, activated, ...due]) => ({ text, activated, due })))(
    "of $text, activated at $activated, is $due",
    ({ text, activated, due }) => {
      expect(times(scheduleOf(text), at(activated), due.length)).toEqual(due);
    },
  );

  it.each(RATES.map(([text, start, activated, ...due]) => ({ text, start, activated, due })))(
    "of $text from $start, activated at $activated, is $due",
    ({ text, start, activated, due }) => {
      const schedule = scheduleOf(text, start === undefined ? {} : { startAt: at(start) });

      expect(times(schedule, at(activated), due.length)).toEqual(due);
    },
  );

  it.each(["rate(1hours)", "cron(0 * * * ? *)"])("of %s includes the start and excludes the end", (text) => {
    const schedule = scheduleOf(text, { startAt: at("2026-01-01T01:00:00"), endAt: at("2026-01-01T03:00:00") });

    expect(times(schedule, at("2025-01-01T00:00:00"), 3)).toEqual([
      "2026-01-01T01:00:00",
      "2026-01-01T02:00:00",
      "never again",
    ]);
  });

  it("includes a time just before the end, and none after a start just missed", () => {
    const span = { startAt: at("2026-01-01T01:00:00") + 1, endAt: at("2026-01-01T03:00:00") + 1 };

    expect(times(scheduleOf("cron(0 * * * ? *)", span), 0, 3)).toEqual([
      "2026-01-01T02:00:00",
      "2026-01-01T03:00:00",
      "never again",
    ]);
  });

  it("is never, when the end is before the activation", () => {
    const schedule = scheduleOf("rate(1minutes)", { endAt: at("2026-01-01T00:00:00") });

    expect(nextTime(schedule, at("2026-01-01T00:00:00"), 0)).toBeUndefined();
  });

  it("finds what naive trial finds, for cron", () => {
    fc.assert(
      fc.property(cronText, activation(), daysLater, (text, { activatedAt, span }, days) => {
        const after = activatedAt + days * DAY;

        expectSameTimes(scheduleOf(text, span), activatedAt, after, after + 40 * DAY);
      }),
      { numRuns: 400 },
    );
  });

  it("finds what naive trial finds, for rates", () => {
    fc.assert(
      fc.property(fc.oneof(rateText, monthsText), activation(), daysLater, (text, { activatedAt, span }, days) => {
        const after = activatedAt + days * DAY;
        const length = text.includes("minutes") ? 2 : 1000;

        expectSameTimes(scheduleOf(text, span), activatedAt, after, after + length * DAY);
      }),
      { numRuns: 500 },
    );
  });

  it("answers at once when a cron is due in 170 years or never", () => {
    const schedules = ["cron(0 0 31 2 ? *)", "cron(0 0 1 1 ? 2199)", "cron(0 0 30W 2 ? *)"].map((text) =>
      scheduleOf(text),
    );
    const began = performance.now();

    for (let n = 0; n < 100; n++) for (const schedule of schedules) nextTime(schedule, n, n);

    // A walk by the minute would take 120 million steps for each.
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe("latestTime", () => {
  it("is the last of the times in between", () => {
    fc.assert(
      fc.property(
        fc.oneof(cronText, rateText, monthsText),
        activation(),
        daysLater,
        (text, { activatedAt: now, span }, days) => {
          const schedule = scheduleOf(text, span);
          const [after, until] = [now + days * DAY, now + (days + 40) * DAY];

          expect(latestTime(schedule, now, after, until)).toBe(naiveTimes(schedule, now, after, until).at(-1));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("includes the end of the span and excludes its beginning", () => {
    const schedule = scheduleOf("rate(1hours)", { startAt: 0 });

    expect(latestTime(schedule, 0, 0, 3_600_000)).toBe(3_600_000);
    expect(latestTime(schedule, 0, 3_600_000, 3_600_000)).toBeUndefined();
    expect(latestTime(schedule, 0, 3_600_000, 7_199_999)).toBeUndefined();
  });
});

describe("isDue", () => {
  const schedule = scheduleOf("rate(1months)", { startAt: at("2027-01-30T08:00:00") });
  const due = (time: string) => isDue(schedule, at("2027-01-01T00:00:00"), at(time));

  it.each(["2027-01-30T08:00:00", "2027-02-28T08:00:00", "2027-02-28T08:00:59", "2028-02-29T08:00:00"])(
    "is true at %s",
    (time) => {
      expect(due(time)).toBe(true);
    },
  );

  it.each(["2027-01-28T08:00:00", "2027-02-28T07:59:59", "2027-02-28T08:01:00", "2026-12-30T08:00:00"])(
    "is false at %s",
    (time) => {
      expect(due(time)).toBe(false);
    },
  );
});

function expectSameTimes(schedule: Schedule, activatedAt: number, after: number, until: number): void {
  const found: number[] = [];
  for (let time: number | undefined = after; found.length < 2000;) {
    time = nextTime(schedule, activatedAt, time);
    if (time === undefined || time > until) break;
    found.push(time);
  }
  expect(found.map(timeText)).toEqual(naiveTimes(schedule, activatedAt, after, until).slice(0, 2000).map(timeText));
}
