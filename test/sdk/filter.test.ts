import { describe, expect, it } from "vitest";
import { earliestTime, type Filter, latestTime } from "../../src/sdk/filter.ts";

const filter = (changes: Partial<Filter>): Filter => {
  return { field: "t", operator: "greater", values: ["1000"], dataType: "datetime", ...changes };
};

describe("earliestTime", () => {
  it.each<[string, readonly Filter[], number | undefined]>([
    ["no filter", [], undefined],
    ["a lower bound", [filter({})], 1000],
    ["a lower bound in ISO 8601", [filter({ values: ["1970-01-01T00:00:02Z"] })], 2000],
    ["a range", [filter({ operator: "between", values: ["3000", "4000"] })], 3000],
    ["one of several values", [filter({ values: ["9000", "5000"] })], 5000],
    ["two filters, both of which must let a record through", [filter({}), filter({ values: ["6000"] })], 6000],
    ["a day, in whatever zone", [filter({ values: ["1970-01-03"], dataType: "date" })], 86_400_000],
    ["an upper bound", [filter({ operator: "less" })], undefined],
    ["another field", [filter({ field: "u" })], undefined],
    ["text, which is compared as text", [filter({ dataType: "string" })], undefined],
    ["a value of no known type", [filter({ dataType: undefined })], undefined],
    ["a value that is no time", [filter({ values: ["1000", "soon"] })], undefined],
  ])("of %s", (_, filters, expected) => {
    expect(earliestTime(filters, "t")).toBe(expected);
  });
});

describe("latestTime", () => {
  it.each<[string, readonly Filter[], number | undefined]>([
    ["no filter", [], undefined],
    ["an upper bound", [filter({ operator: "less" })], 1000],
    ["a range", [filter({ operator: "between", values: ["3000", "4000"] })], 4000],
    ["one of several values", [filter({ operator: "equal", values: ["9000", "5000"] })], 9000],
    ["two filters", [filter({ operator: "less" }), filter({ operator: "less-or-equal", values: ["6000"] })], 1000],
    [
      "a day, in whatever zone",
      [filter({ operator: "less", values: ["1970-01-03"], dataType: "date" })],
      4 * 86_400_000,
    ],
    ["a lower bound", [filter({})], undefined],
    ["another field", [filter({ operator: "less", field: "u" })], undefined],
  ])("of %s", (_, filters, expected) => {
    expect(latestTime(filters, "t")).toBe(expected);
  });
});
