import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dateOf, dayNumber, daysIn, weekdayOf } from "../../src/flow/calendar.ts";

/** Within what the platform's own dates can say. */
const days = fc.integer({ min: -5_000_000, max: 5_000_000 });

describe("the calendar", () => {
  it("agrees with the platform's dates", () => {
    fc.assert(
      fc.property(days, (number) => {
        const date = new Date(number * 86_400_000);

        expect(dateOf(number)).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        });
        expect(dayNumber(dateOf(number))).toBe(number);
        expect(weekdayOf(number)).toBe(date.getUTCDay() + 1);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [2023, 28],
    [2024, 29],
    [2100, 28],
    [2000, 29],
  ])("gives February %i %i days", (year, days) => {
    expect(daysIn(year, 2)).toBe(days);
  });
});
