import type { ArithmeticTask, FilterTask, MapTask, MaskTask, MergeTask, Task } from "../../src/tasks/task.ts";

/* Short spellings of tasks. Each gets its place in the list from `listed`. */

export type Unlisted<T extends Task = Task> = T extends Task ? Omit<T, "index"> : never;

/** The tasks with their places. */
export function listed(...tasks: readonly Unlisted[]): readonly Task[] {
  return tasks.map((task, index) => ({ ...task, index }));
}

export const project = (...fields: string[]): Unlisted => ({ type: "project", fields });
export const mapAll = (...exclude: string[]): Unlisted => ({ type: "map-all", exclude });
export const passthrough = (): Unlisted => ({ type: "passthrough" });
export const partition = (...fields: string[]): Unlisted => ({ type: "partition", fields });
export const truncate = (field: string, length: number): Unlisted => ({ type: "truncate", field, length });

export function map(source: string, target = source, targetType?: string, sourceType?: string): Unlisted<MapTask> {
  return { type: "map", source, target, sourceType, targetType };
}

export function mask(field: string, scheme: MaskTask["scheme"] = "all", length?: number): Unlisted<MaskTask> {
  return { type: "mask", field, scheme, length, character: "*" };
}

export function merge(fields: readonly string[], target: string, format?: string): Unlisted<MergeTask> {
  return { type: "merge", fields, target, format };
}

export function compute(
  operator: ArithmeticTask["operator"],
  fields: readonly string[],
  target: string,
): Unlisted<ArithmeticTask> {
  return { type: "arithmetic", operator, fields, target };
}

export function keep(
  field: string,
  operator: FilterTask["operator"],
  values: readonly string[],
  dataType?: string,
): Unlisted<FilterTask> {
  return { type: "filter", field, operator, values, dataType };
}
