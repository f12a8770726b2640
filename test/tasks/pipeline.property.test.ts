import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "../../src/batch/batch.ts";
import { compileTasks } from "../../src/tasks/compile-tasks.ts";
import type { Applied } from "../../src/tasks/compile-tasks.ts";
import type { Task } from "../../src/tasks/task.ts";
import { cellOf } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";
import { batches, flows } from "./arbitraries.ts";
import { interpret } from "./naive-interpreter.ts";
import type { SourceRecord } from "./naive-interpreter.ts";
import type { Value } from "./naive-values.ts";
import { rational, rationalText } from "./rational.ts";

describe("a compiled pipeline", () => {
  it.each(Object.entries(batches))("does what the interpreter does, over %s", (_, batch) => {
    fc.assert(
      fc.property(flows, fc.array(batch, { minLength: 1, maxLength: 2 }), (tasks, sources) => {
        const pipeline = compileTasks(tasks);
        for (const source of sources) expectSame(pipeline.apply(source), tasks, source);
      }),
      { numRuns: 400 },
    );
  });

  it("does not care about the order of the list", () => {
    fc.assert(
      fc.property(flows, fc.infiniteStream(fc.nat()), batches["a mixture"], (tasks, chance, batch) => {
        const shuffled = tasks.map((task) => ({ task, at: chance.next().value as number })).sort((a, b) => a.at - b.at);

        const first = outcome(compileTasks(tasks).apply(batch));

        expect(outcome(compileTasks(shuffled.map(({ task }) => task)).apply(batch))).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });
});

function expectSame(applied: Applied, tasks: readonly Task[], batch: Batch): void {
  const expected = sourceRecords(batch).map((record) => interpret(tasks, record));
  const end = expected.indexOf("ends");
  expect(applied.ended?.offset).toBe(end < 0 ? undefined : batch.offsets[end]);
  if (end >= 0) return;
  const kept = expected.filter((record) => typeof record !== "string");
  expect(applied.count).toBe(kept.length);
  expect(applied.filtered + applied.count).toBe(batch.count);
  expect([...applied.droppedByTask.values()].reduce((a, b) => a + b, 0)).toBe(applied.filtered);
  kept.forEach((record, i) => {
    const found = outputRecord(applied, applied.selection[i]!);
    const wanted = Array.from(record, ([name, value]) => [name, comparable(value, value)] as const);
    const got = Array.from(found, ([name, cell]) => [name, comparable(cell, record.get(name))] as const);
    expect(new Map(got)).toEqual(new Map(wanted));
  });
}

/** A cell beside a computed fraction is compared by its value. */
function comparable(cell: unknown, expected: unknown): unknown {
  const isFraction = typeof expected === "object" && expected !== null && "over" in expected;
  if (!isFraction || typeof cell !== "object" || cell === null) return cell;
  return rationalText("number" in cell ? rational(cell.number as string) : (cell as ReturnType<typeof rational>));
}

function outcome(applied: Applied): unknown {
  if (applied.ended !== undefined) return applied.ended.offset;
  const records = Array.from(applied.selection.subarray(0, applied.count), (record) => outputRecord(applied, record));
  return records.map((record) => [...record].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function outputRecord({ fields, columns }: Applied, record: number): Map<string, Cell> {
  const members = fields.map((name, i) => [name, cellOf(columns[i]!, record)] as const);
  return new Map(members.filter(([, cell]) => cell !== undefined));
}

function sourceRecords({ fields, columns, count }: Batch): readonly SourceRecord[] {
  return Array.from({ length: count }, (_, record) => {
    const members = fields.map((name, i) => [name, cellOf(columns[i]!, record) as Value | undefined] as const);
    return new Map(members.filter((member): member is readonly [string, Value] => member[1] !== undefined));
  });
}
