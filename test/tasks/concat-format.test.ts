import { describe, expect, it } from "vitest";
import { parseConcatFormat } from "../../src/tasks/concat-format.ts";

describe("CONCAT_FORMAT", () => {
  const cases: readonly [format: string | undefined, fields: readonly string[], parts: readonly (string | number)[]][] =
    [
      ["${FirstName} ${LastName}", ["FirstName", "LastName"], [0, " ", 1]],
      ["{LastName}, {FirstName}", ["FirstName", "LastName"], [1, ", ", 0]],
      ["$FirstName-$LastName", ["FirstName", "LastName"], [0, "-", 1]],
      ["{1}/{0}/{1}", ["a", "b"], [1, "/", 0, "/", 1]],
      ["${0}${1}", ["a", "b"], [0, 1]],
      ["$2 $1", ["a", "b"], [1, " ", 0]],
      ["%s:%s", ["a", "b"], [0, ":", 1]],
      ["%s%s%s", ["a", "b"], [0, 1, "%s"]],
      ["<$a>", ["a", "ab"], ["<", 0, ">"]],
      ["<$ab>", ["a", "ab"], ["<", 1, ">"]],
      ["{0}", ["x", "0"], [1]],
      ["$10", Array.from({ length: 10 }, (_, i) => `f${i}`), [9]],
      ["$10", ["a"], [0, "0"]],
      ["{unknown} {a}", ["a"], ["{unknown} ", 0]],
      ["${}|{}", ["", "a"], [0, "|", 0]],
      ["{a}b}-{__proto__}", ["a}b", "__proto__"], [0, "-", 1]],
      ["only ${a}", ["a", "b"], ["only ", 0]],
      ["-", ["a", "b", "c"], [0, "-", 1, "-", 2]],
      ["{unknown}", ["a", "b"], [0, "{unknown}", 1]],
      ["", ["a", "b"], [0, "", 1]],
      [undefined, ["a", "b"], [0, " ", 1]],
      ["-", ["a"], [0]],
    ];
  it.each(cases)("%j over %j is %j", (format, fields, parts) => {
    expect(parseConcatFormat(format, fields)).toEqual(parts);
  });
});
