import type { Connector } from "../sdk/connector.ts";
import type { Problem } from "../sdk/problem.ts";
import type { Task } from "../tasks/task.ts";
import type { Endpoint, FlowDefinition } from "./flow.ts";

/** What of a flow can never change, and would: its ends. Their settings may, but for the object that is written to. */
export function checkFixed(
  before: FlowDefinition,
  after: FlowDefinition,
  connectors: readonly Connector[],
): readonly Problem[] {
  const problems: Problem[] = [];
  if (before.source.connector !== after.source.connector) {
    problems.push({
      path: "sourceFlowConfig.connectorType",
      message: `the source of a flow stays ${before.source.connector}, it cannot become ${after.source.connector}`,
      remedy: "make another flow",
    });
  }
  if (namesOf(before, connectors).join("\n") !== namesOf(after, connectors).join("\n")) {
    problems.push({
      path: "destinationFlowConfigList",
      known: "Destination object for the destination connector can not be updated",
      message: `${namesOf(before, connectors).join(", ")} cannot become ${namesOf(after, connectors).join(", ")}`,
      remedy: "make another flow",
    });
  }
  return problems;
}

function namesOf({ destinations }: FlowDefinition, connectors: readonly Connector[]): readonly string[] {
  return destinations.map((end) => nameOf(end, connectors));
}

function nameOf({ connector: type, settings }: Endpoint, connectors: readonly Connector[]): string {
  const object = connectors.find((connector) => connector.type === type)?.destination?.describeObject(settings);
  return `${type} ${object ?? ""}`.trim();
}

/** True when the records of the next run may have other fields, types or folders than those of the last. */
export function changedSchema(before: FlowDefinition, after: FlowDefinition): boolean {
  return JSON.stringify(shapingTasks(before)) !== JSON.stringify(shapingTasks(after));
}

/** The tasks that decide which fields there are. Their order does not: they are as good as a set. */
function shapingTasks({ tasks }: FlowDefinition): readonly string[] {
  return tasks
    .filter(({ type }) => SHAPING.has(type))
    .map((task) => JSON.stringify({ ...task, index: 0 }))
    .toSorted();
}

const SHAPING: ReadonlySet<Task["type"]> = new Set([
  "map",
  "map-all",
  "passthrough",
  "merge",
  "arithmetic",
  "partition",
]);
