import { describe, expect, it } from "vitest";
import { boolean, integer, list, map, oneOf, type Shape, string, structure, timestamp } from "../../src/api/shape.ts";
import { CreateFlowRequest, ListFlowsRequest } from "../../src/api/shapes.ts";
import { problemOf, sentenceOf, validate } from "../../src/api/validate.ts";
import type { Json } from "../../src/sdk/json.ts";
import { flowBody } from "../support/test-app.ts";

function sentences(shape: Shape, json: unknown): string[] {
  return validate(shape, json as Json).map((fault) =>
    fault.kind === "type" ? `${fault.path}: ${fault.message}` : sentenceOf(fault),
  );
}

const BROKEN: readonly (readonly [title: string, shape: Shape, json: unknown, sentences: readonly string[]])[] = [
  [
    "a missing member",
    structure({ "a!": string({}) }),
    {},
    ["Value null at 'a' failed to satisfy constraint: Member must not be null"],
  ],
  [
    "a member that only an ancestor has",
    structure({ "toString!": string({}) }),
    {},
    ["Value null at 'toString' failed to satisfy constraint: Member must not be null"],
  ],
  [
    "a short text",
    string({ min: 3 }),
    "ab",
    ["Value 'ab' at '' failed to satisfy constraint: Member must have length greater than or equal to 3"],
  ],
  [
    "a long text that does not match either",
    structure({ a: string({ max: 3, pattern: "[0-9]+" }) }),
    { a: "abcd" },
    ["Value 'abcd' at 'a' failed to satisfy constraint: Member must have length less than or equal to 3"],
  ],
  [
    "a text that matches in part",
    structure({ a: string({ pattern: "[0-9]+|x" }) }),
    { a: "12a" },
    ["Value '12a' at 'a' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9]+|x"],
  ],
  [
    "a text that matches but for a line break",
    structure({ a: string({ pattern: "[0-9]+" }) }),
    { a: "12\n" },
    ["Value '12\n' at 'a' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9]+"],
  ],
  [
    "an unknown word",
    structure({ a: oneOf("None", "SingleFile") }),
    { a: "SingleFiles" },
    [
      "Value 'SingleFiles' at 'a' failed to satisfy constraint: Member must satisfy enum value set: [None, SingleFile] — " +
        'did you mean "SingleFile"?',
    ],
  ],
  [
    "numbers out of their range",
    structure({ a: integer(1, 100), b: integer(1, 100) }),
    { a: 0, b: 101 },
    [
      "Value '0' at 'a' failed to satisfy constraint: Member must have value greater than or equal to 1",
      "Value '101' at 'b' failed to satisfy constraint: Member must have value less than or equal to 100",
    ],
  ],
  [
    "too many entries, and keys and values that are wrong",
    structure({ tags: map(string({ min: 2 }), string({ max: 2 }), 2) }),
    { tags: { aa: "1", b: "2", "c.c": "333" } },
    [
      "Value '3 entries' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2",
      "Value 'b' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length greater than or equal to 2]",
      `Value '333' at 'tags["c.c"]' failed to satisfy constraint: Member must have length less than or equal to 2`,
    ],
  ],
  [
    "items of a list",
    structure({ a: list(structure({ "b!": oneOf("x") })) }),
    { a: [{ b: "x" }, {}, { b: "y" }] },
    [
      "Value null at 'a[1].b' failed to satisfy constraint: Member must not be null",
      "Value 'y' at 'a[2].b' failed to satisfy constraint: Member must satisfy enum value set: [x]",
    ],
  ],
  [
    "other types than the shape's",
    structure({
      a: string({}),
      b: integer(),
      c: integer(),
      d: boolean,
      e: list(string({})),
      f: map(string({}), string({})),
      g: timestamp,
      h: structure({}),
      i: list(string({})),
    }),
    { a: 7, b: 1.5, c: 2 ** 53, d: "true", e: {}, f: [], g: "soon", h: "x", i: [null] },
    [
      "a: expected a string, not the number 7",
      "b: expected a whole number, not the number 1.5",
      "c: expected a whole number, not the number 9007199254740992",
      'd: expected true or false, not the string "true"',
      "e: expected an array, not an object",
      "f: expected an object, not an array",
      'g: expected a time in seconds since 1970, not the string "soon"',
      'h: expected an object, not the string "x"',
      "i[0]: expected a string, not null",
    ],
  ],
  ["no object", structure({}), [], ["the body: expected an object, not an array"]],
  [
    "times that no calendar has",
    structure({ a: timestamp, b: timestamp, c: timestamp }),
    { a: 253_402_300_800, b: Number.POSITIVE_INFINITY, c: -62_135_596_801 },
    [
      "a: expected a time in seconds since 1970, not the number 253402300800",
      "b: expected a time in seconds since 1970, not the number Infinity",
      "c: expected a time in seconds since 1970, not the number -62135596801",
    ],
  ],
];

describe("validate", () => {
  it.each(BROKEN)("reports %s", (_, shape, json, expected) => {
    expect(sentences(shape, json)).toEqual(expected);
  });

  it("finds nothing in a request that has its shape", () => {
    expect(sentences(CreateFlowRequest, flowBody("orders"))).toEqual([]);
    expect(sentences(ListFlowsRequest, { maxResults: 100, nextToken: "a.b" })).toEqual([]);
  });

  it("finds everything that is wrong with a request", () => {
    const body = flowBody("a", {
      description: "semi;colon",
      kmsArn: "arn:aws:s3:::bucket-of-mine",
      triggerConfig: {
        triggerType: "Hourly",
        triggerProperties: { Scheduled: { scheduleOffset: 36_001, flowErrorDeactivationThreshold: 0 } },
      },
      tasks: [{ taskType: "MapAll", taskProperties: { MASK_LENGHT: "1" } }],
      tags: { "aws:mine": "x" },
    });

    const paths = validate(CreateFlowRequest, body as Json).map((fault) => fault.path);

    expect(paths).toEqual([
      "flowName",
      "description",
      "kmsArn",
      "triggerConfig.triggerType",
      "triggerConfig.triggerProperties.Scheduled.scheduleExpression",
      "triggerConfig.triggerProperties.Scheduled.scheduleOffset",
      "triggerConfig.triggerProperties.Scheduled.flowErrorDeactivationThreshold",
      "tasks[0].sourceFields",
      "tasks[0].taskType",
      "tasks[0].taskProperties",
      "tags",
    ]);
  });

  it.each([
    ["ab", true],
    ["a", false],
    ["-a", false],
    ["399-appflow-red", true],
    ["a b", false],
    ["a/b", false],
    ["a!@#.-_", true],
    ["a".repeat(256), true],
    ["a".repeat(257), false],
    ["ä1", false],
  ])("knows whether %j is the name of a flow", (flowName, valid) => {
    expect(sentences(CreateFlowRequest, flowBody(flowName)).length === 0).toBe(valid);
  });

  it("shows the first part of a long value", () => {
    const [sentence] = sentences(structure({ a: string({ max: 5 }) }), { a: "x".repeat(10_000) });

    expect(sentence).toBe(
      `Value '${"x".repeat(200)}…' at 'a' failed to satisfy constraint: Member must have length less than or equal to 5`,
    );
  });

  it("guesses what was meant a hundred times, not ten thousand", () => {
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`MASK_LENGTH_${n}`, "x"]));
    const tasks = [{ taskType: "Map", sourceFields: ["a"], taskProperties: keys }];
    const start = performance.now();

    const faults = validate(CreateFlowRequest, flowBody("ab", { tasks }) as Json);

    expect(faults).toHaveLength(10_000);
    expect(faults.filter((fault) => fault.kind === "constraint" && fault.remedy !== undefined)).toHaveLength(100);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it("tries every pattern on hostile values in no time", () => {
    const arn = `arn:aws:kms:${":1".repeat(1000)}\n`;
    const start = performance.now();

    const faults = validate(
      CreateFlowRequest,
      flowBody("ab", { kmsArn: arn, description: `${" ".repeat(2047)};` }) as Json,
    );

    expect(faults.map((fault) => fault.path)).toEqual(["description", "kmsArn"]);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("problemOf", () => {
  it("tells a fault as a problem", () => {
    const shape = structure({ "a!": string({}), b: oneOf("None"), c: string({}) });

    expect(validate(shape, { b: "Non", c: 1 }).map(problemOf)).toEqual([
      { path: "a", message: "it is missing" },
      { path: "b", message: "'Non': Member must satisfy enum value set: [None]", remedy: 'did you mean "None"?' },
      { path: "c", message: "expected a string, not the number 1" },
    ]);
  });
});
