import type { Problem } from "../sdk/problem.ts";
import type { ArithmeticTask, MergeTask, PartitionTask, Task } from "../tasks/task.ts";
import { didYouMean } from "./closest.ts";

/** Every contradiction between tasks. Further tasks can only add to them. */
export function checkConflicts(tasks: readonly Task[]): readonly Problem[] {
  return [
    ...checkArithmetic(tasks),
    ...checkNewFields(tasks),
    ...checkCycles(tasks),
    ...checkPassthrough(tasks),
    ...checkSinglePartition(tasks),
  ];
}

/** Everything that the tasks lack. Only of use when all tasks of the flow are there. */
export function checkGaps(tasks: readonly Task[]): readonly Problem[] {
  return [
    ...tasks.filter((task) => task.type === "partition").flatMap((task) => checkPartitionFields(task, tasks)),
    ...checkOutput(tasks),
  ];
}

/** A masked value is text that hides the number. */
function checkArithmetic(tasks: readonly Task[]): readonly Problem[] {
  const masked = new Set(tasks.filter((task) => task.type === "mask").map((task) => task.field));
  return tasks
    .filter((task) => task.type === "arithmetic")
    .flatMap((task) =>
      task.fields
        .filter((field) => masked.has(field))
        .map((field) => ({
          path: `tasks[${task.index}].sourceFields`,
          message: `"${field}" is masked by another task, so nothing can be computed from it`,
          remedy: "leave out the Mask task or the Arithmetic task",
        })),
    );
}

/** Two tasks may not make one new field. */
function checkNewFields(tasks: readonly Task[]): readonly Problem[] {
  const first = new Map(
    makersIn(tasks)
      .toReversed()
      .map((task) => [task.target, task]),
  );
  return makersIn(tasks)
    .filter((task) => first.get(task.target) !== task)
    .map((task) => ({
      path: `tasks[${task.index}].destinationField`,
      message: `"${task.target}" is already made by tasks[${first.get(task.target)!.index}]`,
      remedy: "give it another name, and name that in the Map task too",
    }));
}

/** A new field may be made from other new fields, but not from itself by way of them. */
function checkCycles(tasks: readonly Task[]): readonly Problem[] {
  const makers = new Map(makersIn(tasks).map((task) => [task.target, task]));
  const open = new Set<MakerTask>();
  const done = new Set<MakerTask>();
  const guilty = new Set<MakerTask>();
  const visit = (task: MakerTask) => {
    if (done.has(task)) return;
    open.add(task);
    for (const field of task.fields) {
      const maker = makers.get(field);
      if (maker === undefined || field === task.target) continue;
      if (open.has(maker)) guilty.add(maker);
      else visit(maker);
    }
    open.delete(task);
    done.add(task);
  };
  for (const task of makers.values()) visit(task);

  return [...guilty].map((task) => ({
    path: `tasks[${task.index}].sourceFields`,
    message: `"${task.target}" is made from itself, by way of another task's field`,
    remedy: "give one of the new fields another name",
  }));
}

type MakerTask = MergeTask | ArithmeticTask;

function makersIn(tasks: readonly Task[]): readonly MakerTask[] {
  return tasks.filter((task) => task.type === "merge" || task.type === "arithmetic");
}

function checkPassthrough(tasks: readonly Task[]): readonly Problem[] {
  if (!tasks.some((task) => task.type === "passthrough")) return [];
  return tasks
    .filter((task) => task.type === "map" || task.type === "map-all")
    .map((task) => ({
      path: `tasks[${task.index}].taskType`,
      message: "a Passthrough task writes the record as it is, so nothing can be mapped beside it",
      remedy: "leave out one of them",
    }));
}

function checkSinglePartition(tasks: readonly Task[]): readonly Problem[] {
  const [first, ...others] = tasks.filter((task) => task.type === "partition");
  return others.map((task) => ({
    path: `tasks[${task.index}].taskType`,
    message: `tasks[${first!.index}] is a Partition task already`,
    remedy: "name all partition fields in one task",
  }));
}

/** Folders are made from what is written. */
function checkPartitionFields(partition: PartitionTask, tasks: readonly Task[]): readonly Problem[] {
  const targets = tasks.flatMap((task) => ("target" in task ? [task.target] : []));
  if (tasks.some((task) => task.type === "map-all" || task.type === "passthrough")) return [];
  return partition.fields
    .filter((field) => !targets.includes(field))
    .map((field) => ({
      path: `tasks[${partition.index}].sourceFields`,
      message: `no task writes a field "${field}"`,
      remedy: didYouMean(field, targets) ?? "name a field of the destination",
    }));
}

function checkOutput(tasks: readonly Task[]): readonly Problem[] {
  return tasks.some(writes)
    ? []
    : [
        {
          path: "tasks",
          message: "the tasks write no field",
          remedy: "add a Map task for each field, or a Map_all task",
        },
      ];
}

/** A new field that is named by its sources, between commas, waits for a Map task to write it. */
function writes(task: Task): boolean {
  if (task.type === "merge" || task.type === "arithmetic") return task.target !== task.fields.join(",");
  return task.type === "map" || task.type === "map-all" || task.type === "passthrough";
}
