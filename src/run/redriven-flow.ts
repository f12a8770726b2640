import { RunFailure } from "../engine/run-failure.ts";
import type { Flow, FlowDefinition } from "../flow/flow.ts";
import type { DiscoveredFields, RunPlan } from "../plan/run-plan.ts";
import { compileTasks } from "../tasks/compile-tasks.ts";
import type { PipelineOutput } from "../tasks/compile-tasks.ts";
import type { Task } from "../tasks/task.ts";
import type { Run } from "./run.ts";
import { redrivePlace } from "./staging.ts";

export interface RedrivenFlow {
  readonly flow: Flow;
  /** The types that fields had in the run that rejected the records: from the few of them they could not be told. */
  readonly fields: DiscoveredFields | undefined;
}

/**
 * The flow as a run carries it out that sends records again which the run `rejecting` rejected. Undefined for any other
 * run.
 */
export function redrivenFlow(
  flow: Flow,
  run: Run,
  rejecting: Run | undefined,
  stagingBucket: string,
): RedrivenFlow | undefined {
  const { redrive } = run;
  if (redrive === undefined) return undefined;
  const plan = rejecting?.plan;
  if (plan === undefined) throw new RunFailure(`The run ${redrive.of}, which rejected the records, is forgotten.`);
  const { destination } = redrive;
  const { bucket, prefix } = redrivePlace(flow.name, run.id, stagingBucket);
  const settings = { bucketName: bucket, bucketPrefix: prefix, s3InputFormatConfig: { s3InputFileType: "JSON" } };
  const whole: FlowDefinition = {
    ...flow.definition,
    trigger: { type: "on-demand" },
    source: { connector: "S3", settings },
  };
  const { tasks } = flow.definition;
  const { outputs } = compileTasks(tasks);
  if (destination === undefined) {
    return { flow: { ...flow, definition: whole }, fields: fieldsOf(plan, 0, (name) => sourceOf(outputs, name)) };
  }
  const definition = {
    ...whole,
    destinations: [flow.definition.destinations[destination]!],
    tasks: tasksAfter(tasks, outputs),
  };
  return { flow: { ...flow, definition }, fields: fieldsOf(plan, destination, (name) => name) };
}

/** What is left to do for records that have been through the tasks: they keep their fields, and the types that are to be. */
function tasksAfter(tasks: readonly Task[], outputs: readonly PipelineOutput[] | undefined): readonly Task[] {
  const maps: readonly Task[] = outputs?.map(({ name, sourceType, targetType, madeType }, index) => {
    // What a task made into text stays text.
    return {
      type: "map",
      index,
      source: name,
      target: name,
      sourceType,
      targetType: madeType?.name === "string" ? "string" : targetType,
    };
  }) ?? [{ type: "map-all", index: 0, exclude: [] }];
  return [...maps, ...tasks.filter(({ type }) => type === "partition")];
}

function fieldsOf(
  { outputs }: RunPlan,
  destination: number,
  nameOf: (name: string) => string | undefined,
): DiscoveredFields | undefined {
  const fields = outputs[destination]?.fields?.flatMap(({ name, type }) => {
    const known = nameOf(name);
    return known === undefined ? [] : { name: known, type };
  });
  return fields && { fields };
}

/** With no outputs of their own, tasks write fields under the names that they have. */
function sourceOf(outputs: readonly PipelineOutput[] | undefined, name: string): string | undefined {
  return outputs === undefined ? name : outputs.find((output) => output.name === name)?.sources[0];
}
