import type { Connector } from "../sdk/connector.ts";
import type { Problem } from "../sdk/problem.ts";
import type { Task } from "../tasks/task.ts";
import type { FlowRequest } from "./flow-request.ts";
import type { Trigger } from "./flow.ts";
import { shortestIntervalMinutes } from "./shortest-interval.ts";

/** What of a request could be read. */
export interface ReadParts {
  readonly trigger: Trigger | undefined;
  readonly tasks: readonly Task[];
}

/** What the service refuses, and this engine could do. */
export function checkStrictly(
  request: FlowRequest,
  connectors: readonly Connector[],
  { trigger, tasks }: ReadParts,
): readonly Problem[] {
  const source = connectors.find(({ type }) => type === request.sourceFlowConfig?.connectorType);
  return [
    ...checkSource(source),
    ...checkInterval(request, source, trigger),
    ...checkSingleDestination(request),
    ...checkProjection(request, source, tasks),
  ];
}

function checkSource(source: Connector | undefined): readonly Problem[] {
  if (source?.source?.borrows === undefined) return [];
  return [
    {
      path: "sourceFlowConfig.connectorType",
      message: `AppFlow has no flows from ${source.label}`,
      remedy: "choose another source, or let this engine be lenient",
    },
  ];
}

/** AppFlow's user guide says on every source's page how often a flow may run at most. */
function checkInterval(
  { triggerConfig }: FlowRequest,
  source: Connector | undefined,
  trigger: Trigger | undefined,
): readonly Problem[] {
  const least = source?.source?.minimumMinutes;
  if (source === undefined || least === undefined || trigger?.type !== "scheduled") return [];
  const { expression } = trigger.schedule;
  const shortest = shortestIntervalMinutes(expression);
  if (shortest >= least) return [];
  const given = triggerConfig?.triggerProperties?.Scheduled?.scheduleExpression;
  return [
    {
      path: "triggerConfig.triggerProperties.Scheduled.scheduleExpression",
      message: `"${given}" runs again after ${inWords(shortest)}, and flows from ${source.label} run once in ${inWords(least)} at most`,
      remedy: `give ${rateOf(least)} or a longer interval, or let this engine be lenient`,
    },
  ];
}

const UNITS = [
  [1440, "day"],
  [60, "hour"],
  [1, "minute"],
] as const;

function inWords(minutes: number): string {
  const [size, unit] = unitOf(minutes);
  return minutes === size ? `${minutes / size} ${unit}` : `${minutes / size} ${unit}s`;
}

/** As the service writes it. */
function rateOf(minutes: number): string {
  const [size, unit] = unitOf(minutes);
  return `rate(${minutes / size}${unit}s)`;
}

/** The largest unit of which it is a whole number. */
function unitOf(minutes: number) {
  return UNITS.find(([size]) => minutes % size === 0)!;
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
  { tasks: requests = [] }: FlowRequest,
  source: Connector | undefined,
  tasks: readonly Task[],
): readonly Problem[] {
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
