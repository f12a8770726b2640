import type { Problem } from "../sdk/problem.ts";
import type { FlowRequest, ScheduleRequest } from "./flow-request.ts";
import type { Trigger } from "./flow.ts";
import { parseScheduleExpression, type ScheduleExpression, type ScheduleFault } from "./schedule-expression.ts";
import type { Schedule } from "./schedule.ts";

export interface ParsedTrigger {
  /** Undefined when there are problems, or when the check of the shape has reported some. */
  readonly trigger?: Trigger;
  readonly problems: readonly Problem[];
}

/** Properties of other triggers than the flow's are ignored, as the service does. */
export function parseTrigger(config: NonNullable<FlowRequest["triggerConfig"]>): ParsedTrigger {
  switch (config.triggerType) {
    case "OnDemand":
      return { trigger: { type: "on-demand" }, problems: [] };
    case "Scheduled":
      return parseScheduled(config.triggerProperties?.Scheduled);
    case "Event":
      return { problems: [NO_EVENTS] };
    default:
      return { problems: [] };
  }
}

const NO_EVENTS: Problem = {
  path: "triggerConfig.triggerType",
  message: "none of this engine's connectors sends events",
  remedy: "use Scheduled or OnDemand",
};

function parseScheduled(schedule: ScheduleRequest | undefined): ParsedTrigger {
  if (schedule === undefined) {
    return {
      problems: [
        {
          path: "triggerConfig.triggerProperties",
          // The service's own words, which people search for.
          message: "TriggerProps is required for Scheduled Trigger Type.",
          remedy: "give triggerProperties.Scheduled.scheduleExpression, for example rate(1hours)",
        },
      ],
    };
  }
  const { scheduleExpression: text } = schedule;
  if (text === undefined) return { problems: [] };
  const expression = parseScheduleExpression(text);
  if ("fault" in expression) return { problems: [noSchedule(text, expression), ...checkSpan(schedule)] };
  const problems = checkSpan(schedule);
  return problems.length > 0
    ? { problems }
    : { trigger: { type: "scheduled", schedule: scheduleOf(schedule, expression) }, problems };
}

const PATH = "triggerConfig.triggerProperties.Scheduled";

function noSchedule(text: string, { fault }: ScheduleFault): Problem {
  return { path: `${PATH}.scheduleExpression`, message: `"${text}" is no schedule`, remedy: fault };
}

function scheduleOf(request: ScheduleRequest, expression: ScheduleExpression): Schedule {
  const { scheduleStartTime, scheduleEndTime, firstExecutionFrom, flowErrorDeactivationThreshold } = request;
  return {
    expression,
    ...(scheduleStartTime !== undefined && { startAt: scheduleStartTime * 1000 }),
    ...(scheduleEndTime !== undefined && { endAt: scheduleEndTime * 1000 }),
    pull: request.dataPullMode === "Incremental" ? "incremental" : "complete",
    offsetMs: (request.scheduleOffset ?? 0) * 1000,
    ...(firstExecutionFrom !== undefined && { firstFrom: firstExecutionFrom * 1000 }),
    ...(flowErrorDeactivationThreshold !== undefined && { failuresAllowed: flowErrorDeactivationThreshold }),
  };
}

function checkSpan({ scheduleStartTime: start, scheduleEndTime: end }: ScheduleRequest): readonly Problem[] {
  if (start === undefined || end === undefined || end > start) return [];
  return [
    {
      path: `${PATH}.scheduleEndTime`,
      message: `the end, ${end}, is not after the start, ${start}`,
      remedy: "give a later end, in seconds since 1970, or none",
    },
  ];
}
