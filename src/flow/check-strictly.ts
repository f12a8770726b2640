import type { Connector } from "../sdk/connector.ts";
import type { Problem } from "../sdk/problem.ts";
import type { Task } from "../tasks/task.ts";
import type { FlowRequest } from "./flow-request.ts";

/** What the service refuses, and this engine could do. */
export function checkStrictly(
  request: FlowRequest,
  connectors: readonly Connector[],
  tasks: readonly Task[],
): readonly Problem[] {
  return [...checkSingleDestination(request), ...checkProjection(request, connectors, tasks)];
}

function checkSingleDestination({ destinationFlowConfigList: destinations = [] }: FlowRequest): readonly Problem[] {
  if (destinations.length < 2) return [];
  return [
    {
      path: "destinationFlowConfigList",
      message: `AppFlow takes one destination, not ${destinations.length}`,
      remedy: "make a flow for each, or let this engine be lenient",
    },
  ];
}

/** Sources that flows reach by a profile are asked for fields by name. */
function checkProjection(
  { sourceFlowConfig, tasks: requests = [] }: FlowRequest,
  connectors: readonly Connector[],
  tasks: readonly Task[],
): readonly Problem[] {
  const source = connectors.find(({ type }) => type === sourceFlowConfig?.connectorType);
  if (source?.profile === undefined || requests.length === 0) return [];
  const chooses = tasks.some(({ type }) => type === "project" || type === "map-all" || type === "passthrough");
  if (chooses) return [];
  return [
    {
      path: "tasks",
      known: "Task Validation Error: You must specify a projection task or a MAP_ALL task",
      message: `nothing tells which fields to ask ${source.label} for`,
      remedy: "add a Filter task with the operator PROJECTION, or let this engine be lenient",
    },
  ];
}
