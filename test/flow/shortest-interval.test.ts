import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextTime } from "../../src/flow/schedule.ts";
import { shortestIntervalMinutes } from "../../src/flow/shortest-interval.ts";
import { at, cronText, expressionOf, scheduleOf } from "../support/schedules.ts";

describe("shortestIntervalMinutes", () => {
  it.each([
    ["rate(1minutes)", 1],
    ["rate(90 minutes)", 90],
    ["rate(6hours)", 360],
    ["rate(1days)", 1440],
    ["rate(1weeks)", 10_080],
    ["rate(1months)", 40_320],
    ["once", Number.POSITIVE_INFINITY],
    ["at(2030-01-01T00:00:00)", Number.POSITIVE_INFINITY],
    ["cron(* * * * ? *)", 1],
    ["cron(0/15 * * * ? *)", 15],
    // From minute 40 to the next hour.
    ["cron(0/40 * * * ? *)", 20],
    ["cron(0 6 * * ? *)", 1440],
    ["cron(0 6,7 * * ? *)", 60],
    // From 23:59 to 0:00, over midnight.
    ["cron(0,59 0,23 * * ? *)", 1],
    ["cron(0 0,23 ? * MON,TUE *)", 60],
    ["cron(0 0 ? * MON *)", 10_080],
    ["cron(0 0 ? * MON,FRI *)", 3 * 1440],
    ["cron(0 0 L * ? *)", 28 * 1440],
    ["cron(0 0 1 1 ? *)", 365 * 1440],
    ["cron(0 0 29 2 ? *)", 1461 * 1440],
    ["cron(0 0 1 1 ? 2030)", Number.POSITIVE_INFINITY],
    ["cron(0 0,12 1 1 ? 2030)", 720],
    ["cron(0 0 31 2 ? *)", Number.POSITIVE_INFINITY],
  ])("of %s is %d", (text, minutes) => {
    expect(shortestIntervalMinutes(expressionOf(text))).toBe(minutes);
  });

  it("is no longer than the time between any two times", () => {
    fc.assert(
      fc.property(cronText, (text) => {
        const schedule = scheduleOf(text);
        const shortest = shortestIntervalMinutes(schedule.expression) * 60_000;
        let previous = nextTime(schedule, at("2024-01-01T00:00:00"), 0);

        for (let n = 0; n < 200 && previous !== undefined; n++) {
          const next = nextTime(schedule, 0, previous);
          if (next !== undefined) expect(next - previous).toBeGreaterThanOrEqual(shortest);
          previous = next;
        }
      }),
      { numRuns: 300 },
    );
  });
});
