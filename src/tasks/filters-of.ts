import type { Filter } from "../sdk/filter.ts";
import type { Task } from "./task.ts";

/** What the tasks keep, for a source that can leave out the rest. */
export function filtersOf(tasks: readonly Task[]): readonly Filter[] {
  return tasks.flatMap((task) => {
    if (task.type !== "filter") return [];
    const { field, operator, values, dataType } = task;
    return [{ field, operator, values, dataType }];
  });
}
