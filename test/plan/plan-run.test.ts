import { describe, expect, it } from "vitest";
import type { FieldType } from "../../src/batch/field-type.ts";
import { needsDiscovery, planRun } from "../../src/plan/plan-run.ts";
import type { DiscoveredFields } from "../../src/plan/run-plan.ts";
import type { FileTarget } from "../../src/sdk/connector.ts";
import type { ErrorHandling } from "../../src/sdk/error-handling.ts";
import type { Task } from "../../src/tasks/task.ts";
import { sampleFlow } from "../support/sample-flow.ts";

const MAP_ALL: Task = { type: "map-all", index: 0, exclude: [] };
const MAP_A: Task = { type: "map", index: 0, source: "a", target: "b", sourceType: undefined, targetType: undefined };
const TYPED = target({ format: "parquet", typed: true });

describe("the planned fields", () => {
  it("are left to the records for JSON", () => {
    expect(planned([MAP_A], target({ format: "json" }))).toBeUndefined();
  });

  it("are text unless the target is typed", () => {
    const discovered = found(["a", { name: "int64" }]);

    expect(planned([MAP_A], target({ format: "parquet" }), discovered)).toEqual([{ name: "b", type: STRING }]);
    expect(planned([MAP_A], target({ format: "csv" }), discovered)).toEqual([{ name: "b", type: STRING }]);
  });

  it("have the types that the source's objects have, in the order of the source", () => {
    const discovered = found(["a", { name: "int64" }], ["c", undefined]);

    expect(planned([MAP_ALL], TYPED, discovered)).toMatchObject([
      { name: "a", type: { name: "int64" } },
      { name: "c", type: STRING },
    ]);
  });

  it("have the declared type rather than the discovered one", () => {
    const declared: Task = { ...MAP_A, targetType: "double" };

    expect(planned([declared], TYPED, found(["a", { name: "int64" }]))).toMatchObject([{ type: { name: "double" } }]);
  });

  it("have the source's declared type when nothing was discovered", () => {
    const declared: Task = { ...MAP_A, sourceType: "boolean" };

    expect(planned([declared], TYPED)).toMatchObject([{ type: { name: "boolean" }, sourceType: { name: "boolean" } }]);
  });

  it("have the type of arithmetic's results without discovery", () => {
    const sum: Task = { type: "arithmetic", index: 1, operator: "add", fields: ["a", "c"], target: "a,c" };
    const mapped: Task = { ...MAP_A, source: "a,c", target: "sum" };

    expect(needsDiscovery([mapped, sum], [TYPED])).toBe(false);
    expect(planned([mapped, sum], TYPED)).toMatchObject([{ name: "sum", type: { name: "double" } }]);
  });

  it("are text where a mask made them text, whatever is declared or discovered", () => {
    const mask: Task = { type: "mask", index: 1, field: "a", scheme: "all", length: 5, character: "*" };
    const declared: Task = { ...MAP_A, targetType: "int64" };

    expect(planned([declared, mask], TYPED, found(["a", { name: "int64" }]))).toMatchObject([
      { name: "b", type: STRING },
    ]);
  });
});

describe("discovery", () => {
  it.each([
    ["never for JSON", [MAP_ALL], target({ format: "json" }), false],
    ["for fixed columns that the source decides", [MAP_ALL], target({ format: "csv" }), true],
    ["not for columns that the tasks name", [MAP_A], target({ format: "csv" }), false],
    ["not for untyped Parquet whose columns the tasks name", [MAP_A], target({ format: "parquet" }), false],
    ["for typed columns that no task types", [MAP_A], TYPED, true],
    ["not for typed columns that the tasks type", [{ ...MAP_A, targetType: "int64" }], TYPED, false],
  ] as [string, Task[], FileTarget, boolean][])("is needed %s", (_, tasks, to, needed) => {
    expect(needsDiscovery(tasks, [to])).toBe(needed);
  });

  it("is needed when one of several destinations needs it", () => {
    expect(needsDiscovery([MAP_ALL], [target({ format: "json" }), target({ format: "csv" })])).toBe(true);
  });
});

describe("a plan", () => {
  it("survives being stored as JSON", () => {
    const plan = planOf([MAP_A], TYPED, found(["a", { name: "decimal", precision: 20, scale: 2 }]));

    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(plan).toMatchObject({
      flow: "flow",
      runId: "run",
      startedAt: 5,
      source: { connector: "S3", fields: ["a"] },
    });
  });

  it("sends rejected records away from the data", () => {
    expect(planOf([MAP_A], TYPED).outputs[0]).toMatchObject({
      errors: { bucket: "out", prefix: "_millrace/errors" },
      failOnFirstError: false,
    });
  });

  it("does with rejected records what the flow says", () => {
    const handling: ErrorHandling = { location: { bucket: "errors", prefix: "bad" }, failOnFirst: true };

    expect(planOf([MAP_A], TYPED, undefined, handling).outputs[0]).toMatchObject({
      errors: { bucket: "errors", prefix: "bad" },
      failOnFirstError: true,
    });
  });
});

const STRING: FieldType = { name: "string" };

const NO_WORD: ErrorHandling = { location: undefined, failOnFirst: false };

function planOf(tasks: readonly Task[], to: FileTarget, discovered?: DiscoveredFields, errorHandling = NO_WORD) {
  const flow = sampleFlow("flow");
  const definition = { ...flow.definition, tasks };
  return planRun({
    flow: { ...flow, definition },
    settings: {},
    targets: [to],
    errorHandling: [errorHandling],
    runId: "run",
    startedAt: 5,
    discovered,
    slices: { list: [null] },
  });
}

function planned(tasks: readonly Task[], to: FileTarget, discovered?: DiscoveredFields) {
  return planOf(tasks, to, discovered).outputs[0]!.fields;
}

function found(...fields: [string, FieldType | undefined][]): DiscoveredFields {
  return { fields: fields.map(([name, type]) => ({ name, type })) };
}

function target(changes: Pick<FileTarget, "format"> & Partial<FileTarget>): FileTarget {
  return {
    bucket: "out",
    prefix: "",
    typed: false,
    layout: {
      datePath: false,
      granularity: undefined,
      schemaVersionFolder: false,
      executionFolder: false,
    },
    aggregation: "none",
    targetFileBytes: undefined,
    ...changes,
  };
}
