import type { Connector } from "../sdk/connector.ts";
import type { Problem } from "../sdk/problem.ts";
import { checkStrictly } from "./check-strictly.ts";
import { checkConflicts, checkGaps } from "./check-tasks.ts";
import { checkTrigger } from "./check-trigger.ts";
import { MAX_DESTINATIONS, MAX_TASKS } from "./flow-limits.ts";
import type { FlowRequest, TaskRequest } from "./flow-request.ts";
import type { FlowDefinition } from "./flow.ts";
import { parseDestination, parseSource, sourceKey } from "./parse-endpoint.ts";
import { parseTask } from "./parse-task.ts";
import { parseTrigger } from "./parse-trigger.ts";

export interface ParsedFlow {
  /** Undefined when there are problems, or when the check of the shape has reported some. */
  readonly definition?: FlowDefinition;
  /** Everything that is wrong with the request, beyond what the check of the shape reports. */
  readonly problems: readonly Problem[];
}

/**
 * Reads the request for a flow, given the connectors that there are. Reports every problem, not only the first. `strict`
 * refuses what this engine could carry out and the service would not.
 */
export function parseFlow(request: FlowRequest, connectors: readonly Connector[], strict = false): ParsedFlow {
  const trigger = parseTrigger(request.triggerConfig ?? {});
  const source = parseSource(request.sourceFlowConfig ?? {}, connectors);
  const destinations = (request.destinationFlowConfigList ?? []).map((config, place) =>
    parseDestination(config, place, connectors),
  );
  const sourceConnector = connectors.find(({ type }) => type === request.sourceFlowConfig?.connectorType);
  const tasks = parseTasks(request.tasks ?? [], sourceConnector && sourceKey(sourceConnector));

  const problems = [
    ...trigger.problems,
    ...checkTrigger(request, connectors),
    ...source.problems,
    ...destinations.flatMap((destination) => destination.problems),
    ...checkCounts(request),
    ...tasks.problems,
    ...checkCatalog(request),
    ...(strict ? checkStrictly(request, connectors, { trigger: trigger.trigger, tasks: tasks.tasks }) : []),
  ];
  const ends = destinations.flatMap(({ endpoint }) => endpoint ?? []);
  if (
    problems.length > 0 ||
    request.flowName === undefined ||
    trigger.trigger === undefined ||
    source.endpoint === undefined ||
    ends.length === 0 ||
    ends.length < destinations.length ||
    !tasks.complete
  ) {
    return { problems };
  }
  return {
    definition: {
      name: request.flowName,
      trigger: trigger.trigger,
      source: source.endpoint,
      destinations: ends,
      tasks: tasks.tasks,
    },
    problems,
  };
}

function parseTasks(requests: readonly TaskRequest[], sourceKey: string | undefined) {
  if (requests.length === 0 || requests.length > MAX_TASKS) return { tasks: [], problems: [], complete: false };
  const parsed = requests.map((request, index) => parseTask(request, index, sourceKey));
  const tasks = parsed.flatMap((task) => task.tasks);
  // Half a list is not blamed for what it lacks.
  const complete = parsed.every((task) => task.tasks.length > 0);
  const problems = [
    ...parsed.flatMap((task) => task.problems),
    ...checkConflicts(tasks),
    ...(complete ? checkGaps(tasks) : []),
  ];
  return { tasks, problems, complete };
}

function checkCounts({ destinationFlowConfigList: destinations, tasks }: FlowRequest): readonly Problem[] {
  return [
    ...checkCount("destinationFlowConfigList", "destination", destinations?.length, MAX_DESTINATIONS),
    ...checkCount("tasks", "task", tasks?.length, MAX_TASKS),
  ];
}

function checkCount(path: string, what: string, count: number | undefined, most: number): readonly Problem[] {
  if (count === 0) return [{ path, message: `a flow needs at least one ${what}` }];
  if (count !== undefined && count > most) {
    return [{ path, message: `${count} ${what}s are more than the limit, ${most}` }];
  }
  return [];
}

function checkCatalog({ metadataCatalogConfig: catalog }: FlowRequest): readonly Problem[] {
  if (catalog === undefined || Object.keys(catalog).length === 0) return [];
  return [
    {
      path: "metadataCatalogConfig",
      message: "this engine registers no tables in a data catalog",
      remedy: "leave it out, and let a crawler find the files",
    },
  ];
}
