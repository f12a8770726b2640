import { STRING_TYPE } from "../batch/field-type.ts";
import type { FieldType } from "../batch/field-type.ts";
import type { Flow } from "../flow/flow.ts";
import type { FileLayout, FileTarget, VersionFields } from "../sdk/connector.ts";
import type { ErrorHandling } from "../sdk/error-handling.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import type { StowedBytes } from "../store/stowed-bytes.ts";
import type { StowedList } from "../store/stowed-list.ts";
import { compileTasks } from "../tasks/compile-tasks.ts";
import type { PipelineOutput } from "../tasks/compile-tasks.ts";
import { resolveType } from "../tasks/resolve-type.ts";
import type { Task } from "../tasks/task.ts";
import { defaultErrorLocation } from "./output-layout.ts";
import type { DiscoveredFields, PlannedField, PlannedOutput, RunPlan, Window } from "./run-plan.ts";

export interface PlanInput {
  readonly flow: Flow;
  /** The source's settings, without what the flow itself writes. */
  readonly settings: JsonObject;
  /** One per destination, in the flow's order. */
  readonly targets: readonly FileTarget[];
  /** One per destination, in the same order. */
  readonly errorHandling: readonly ErrorHandling[];
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** What the source's objects tell of their fields; needed when `needsDiscovery` says so. */
  readonly discovered: DiscoveredFields | undefined;
  readonly slices: StowedList<Json>;
  /** A place for the pieces of files that several slices write together; absent where there are not several. */
  readonly pieces?: PiecesPlace | undefined;
  /** Of an incremental run. */
  readonly increment?: Increment | undefined;
}

/** Objects of the run's own, which nobody else looks at. */
export interface PiecesPlace {
  readonly bucket: string;
  readonly prefix: string;
}

/** What makes a run incremental. */
export interface Increment {
  readonly window: Window;
  readonly delivered: StowedBytes | undefined;
  readonly versions: VersionFields | undefined;
}

/** Decides everything about a run. Throws a `TaskError` for tasks that cannot be carried out. */
export function planRun(input: PlanInput): RunPlan {
  const { flow, settings, targets, errorHandling, runId, startedAt, discovered, slices, pieces, increment } = input;
  const { source, tasks } = flow.definition;
  const pipeline = compileTasks(tasks);
  const outputs = pipeline.outputs ?? pipeline.outputsFor(discovered?.fields.map(({ name }) => name) ?? []);
  return {
    flow: flow.name,
    runId,
    schemaVersion: flow.schemaVersion,
    startedAt,
    source: {
      connector: source.connector,
      ...(source.profile !== undefined && { profile: source.profile }),
      settings,
      fields: pipeline.reads,
      ...(increment?.versions !== undefined && { versions: increment.versions }),
    },
    tasks,
    outputs: targets.map((target, i) => ({
      ...planOutput(target, errorHandling[i]!, outputs, discovered),
      ...(pieces !== undefined && isMadeOfPieces(target) && { pieces: { ...target, ...pieces, layout: PLAIN } }),
    })),
    slices,
    ...(increment !== undefined && { window: increment.window }),
    ...(increment?.delivered !== undefined && { delivered: increment.delivered }),
  };
}

/**
 * True when an output's fields or types cannot be told from the tasks alone: a format with fixed columns that gets
 * whatever the source has, or typed columns that no task gives a type.
 */
export function needsDiscovery(tasks: readonly Task[], targets: readonly FileTarget[]): boolean {
  const { outputs } = compileTasks(tasks);
  return targets.some((target) => {
    if (target.format === "json") return false;
    if (outputs === undefined) return true;
    return isTyped(target) && outputs.some((output) => typeByTasks(output) === undefined);
  });
}

/** Pieces lie beside one another, but for the folders of their partitions. */
const PLAIN: FileLayout = {
  datePath: false,
  granularity: undefined,
  schemaVersionFolder: false,
  executionFolder: false,
};

/** Files of a target size end in every slice: there is no single one to be put together. */
function isMadeOfPieces({ aggregation, targetFileBytes }: FileTarget): boolean {
  return aggregation === "single-file" && targetFileBytes === undefined;
}

/** What is rejected is kept where the flow names no place for it, too. */
function planOutput(
  target: FileTarget,
  { location, failOnFirst }: ErrorHandling,
  outputs: readonly PipelineOutput[],
  discovered: DiscoveredFields | undefined,
): PlannedOutput {
  const fields = target.format === "json" ? undefined : outputs.map((output) => planField(output, target, discovered));
  return { target, fields, errors: location ?? defaultErrorLocation(target), failOnFirstError: failOnFirst };
}

function planField(output: PipelineOutput, target: FileTarget, discovered: DiscoveredFields | undefined): PlannedField {
  if (!isTyped(target)) return { name: output.name, type: STRING_TYPE };
  const [source] = output.sources;
  const found = discovered?.fields.find(({ name }) => name === source)?.type;
  const sourceType = resolveType(output.sourceType);
  return { name: output.name, type: typeByTasks(output) ?? found ?? sourceType ?? STRING_TYPE, sourceType };
}

/** What a task makes into text stays text, whatever the definition declares: a masked number is no number any more. */
function typeByTasks({ madeType, targetType }: PipelineOutput): FieldType | undefined {
  return madeType?.name === "string" ? madeType : (resolveType(targetType) ?? madeType);
}

function isTyped(target: FileTarget): boolean {
  return target.format === "parquet" && target.typed;
}
