import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseScheduleExpression } from "../../src/flow/schedule-expression.ts";

const ACCEPTED: readonly (readonly [text: string, meaning: object])[] = [
  ["rate(1minutes)", { type: "rate", every: 1, unit: "minute" }],
  ["rate(5minutes)", { type: "rate", every: 5, unit: "minute" }],
  ["rate(5 minutes)", { type: "rate", every: 5, unit: "minute" }],
  ["rate(1 minute)", { type: "rate", every: 1, unit: "minute" }],
  ["RATE( 3 Hours )", { type: "rate", every: 3, unit: "hour" }],
  ["rate(1days)", { type: "rate", every: 1, unit: "day" }],
  ["rate(2weeks)", { type: "rate", every: 2, unit: "week" }],
  ["rate(1months)", { type: "rate", every: 1, unit: "month" }],
  ["once", { type: "once" }],
  [" Once ", { type: "once" }],
  ["at(2030-02-28T23:59:59)", { type: "at", time: "2030-02-28T23:59:59" }],
  ["at(2028-02-29T00:00:00)", { type: "at", time: "2028-02-29T00:00:00" }],
  [
    "cron(0 6 * * ? *)",
    {
      type: "cron",
      fields: { minute: "0", hour: "6", dayOfMonth: "*", month: "*", dayOfWeek: "?", year: "*" },
    },
  ],
  [
    "cron(0/15 8-17 ? jan-jun Mon-Fri 2030,2031)",
    {
      type: "cron",
      fields: {
        minute: "0/15",
        hour: "8-17",
        dayOfMonth: "?",
        month: "JAN-JUN",
        dayOfWeek: "MON-FRI",
        year: "2030,2031",
      },
    },
  ],
  ...(["L", "LW", "15W", "1W", "31W", "1,15,31", "*/2"] as const).map(
    (day) =>
      [
        `cron(0 0 ${day} * ?)`,
        { type: "cron", fields: { minute: "0", hour: "0", dayOfMonth: day, month: "*", dayOfWeek: "?", year: "*" } },
      ] as const,
  ),
  ...(["L", "6L", "FRIL", "2#1", "MON#5", "1-7"] as const).map(
    (day) =>
      [
        `cron(0 0 ? * ${day} *)`,
        { type: "cron", fields: { minute: "0", hour: "0", dayOfMonth: "?", month: "*", dayOfWeek: day, year: "*" } },
      ] as const,
  ),
];

const REFUSED: readonly (readonly [text: string, fault: RegExp])[] = [
  ["", /none of rate/],
  ["every day", /none of rate/],
  ["rate(5minutes) ; drop", /none of rate/],
  ["rate()", /whole number/],
  ["rate(minutes)", /whole number/],
  ["rate(0minutes)", /at least 1/],
  ["rate(-5minutes)", /whole number/],
  ["rate(1.5hours)", /whole number/],
  ["rate(5)", /whole number/],
  ["rate(30seconds)", /whole number/],
  ["rate(1years)", /whole number/],
  ["rate(9999999999minutes)", /whole number/],
  ["at(2030-02-29T00:00:00)", /no such time/],
  ["at(2030-13-01T00:00:00)", /no such time/],
  ["at(2030-00-01T00:00:00)", /no such time/],
  ["at(2030-01-01T24:00:00)", /no such time/],
  ["at(2030-01-01 00:00:00)", /is written at/],
  ["cron()", /six fields/],
  ["cron(0 6 * *)", /six fields/],
  ["cron(0 6 * * ? * *)", /six fields/],
  ["cron(0 6 * * * *)", /exactly one/],
  ["cron(0 6 ? * ? *)", /exactly one/],
  ["cron(60 6 * * ? *)", /"60" is no minute/],
  ["cron(0 24 * * ? *)", /"24" is no hour/],
  ["cron(0 0 0 * ? *)", /"0" is no day of month/],
  ["cron(0 0 32W * ? *)", /"32W" is no day of month/],
  ["cron(0 0 * 13 ? *)", /"13" is no month/],
  ["cron(0 0 ? * 8 *)", /"8" is no day of week/],
  ["cron(0 0 ? * 2#6 *)", /"2#6" is no day of week/],
  ["cron(0 0 * * ? 1969)", /"1969" is no year/],
  ["cron(0 0 * * ? 2200)", /"2200" is no year/],
  ["cron(? 0 * * ? *)", /"\?" is no minute/],
  ["cron(5-1 0 * * ? *)", /"5-1" is no minute/],
  ["cron(0/0 0 * * ? *)", /"0\/0" is no minute/],
  ["cron(1,,2 0 * * ? *)", /"1,,2" is no minute/],
  ["cron(1-2-3 0 * * ? *)", /"1-2-3" is no minute/],
  ["cron(1/2/3 0 * * ? *)", /"1\/2\/3" is no minute/],
];

describe("parseScheduleExpression", () => {
  it.each(ACCEPTED)("reads %s", (text, meaning) => {
    expect(parseScheduleExpression(text)).toEqual(meaning);
  });

  it.each(REFUSED)("refuses %j", (text, fault) => {
    expect(parseScheduleExpression(text)).toEqual({ fault: expect.stringMatching(fault) });
  });

  it("reads every rate however it is spaced and spelled", () => {
    const blanks = fc.constantFrom("", " ", "  ");
    const unit = fc.constantFrom("minute", "hour", "day", "week", "month");

    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999 }),
        unit,
        fc.boolean(),
        blanks,
        blanks,
        (every, unit, s, a, b) => {
          expect(parseScheduleExpression(`rate(${a}${every}${b}${unit}${s ? "s" : ""}${a})`)).toEqual({
            type: "rate",
            every,
            unit,
          });
        },
      ),
    );
  });

  it("has an answer to every text", () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."cronate( )?*/,-#LW0123456789") }));

    fc.assert(
      fc.property(text, (text) => {
        expect(Object.keys(parseScheduleExpression(text))).not.toHaveLength(0);
      }),
      { numRuns: 500 },
    );
  });
});
