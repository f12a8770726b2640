import type { Problem } from "../sdk/problem.ts";
import type { FlowRequest, ScheduleRequest } from "./flow-request.ts";
import type { Trigger } from "./flow.ts";
import { parseScheduleExpression, type ScheduleExpression, type ScheduleFault } from "./schedule-expression.ts";
import { nextTime, type Schedule } from "./schedule.ts";

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
      return { trigger: { type: "event" }, problems: [] };
    default:
      return { problems: [] };
  }
}

function parseScheduled(schedule: ScheduleRequest | undefined): ParsedTrigger {
  if (schedule === undefined) {
    return {
      problems: [
        {
          path: "triggerConfig.triggerProperties",
          known: "TriggerProps is required for Scheduled Trigger Type.",
          message: "nothing tells when to run",
          remedy: "give triggerProperties.Scheduled.scheduleExpression, for example rate(1hours)",
        },
      ],
    };
  }
  const { scheduleExpression: text } = schedule;
  if (text === undefined) return { problems: [] };
  const expression = parseScheduleExpression(text);
  if ("fault" in expression) {
    return { problems: [noSchedule(text, expression), ...checkSpan(schedule), ...checkFirstWindow(schedule)] };
  }
  const parsed = scheduleOf(schedule, expression);
  const span = checkSpan(schedule);
  const problems = [...span, ...checkFirstWindow(schedule), ...(span.length > 0 ? [] : checkDue(text, parsed))];
  return problems.length > 0 ? { problems } : { trigger: { type: "scheduled", schedule: parsed }, problems };
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

function checkFirstWindow({ firstExecutionFrom: from, scheduleEndTime: end }: ScheduleRequest): readonly Problem[] {
  if (from === undefined || end === undefined || from < end) return [];
  return [
    {
      path: `${PATH}.firstExecutionFrom`,
      message: `the first run would read from ${from} on, but the schedule ends at ${end}`,
      remedy: "give an earlier time, in seconds since 1970, or none for thirty days before the first run",
    },
  ];
}

/** A schedule of the past is fine, as a flow may be described that has ended; one that no clock can reach is not. */
function checkDue(text: string, schedule: Schedule): readonly Problem[] {
  if (nextTime(schedule, schedule.startAt ?? 0, Number.NEGATIVE_INFINITY) !== undefined) return [];
  const { startAt, endAt } = schedule;
  const span = startAt === undefined && endAt === undefined ? "before the year 2200" : "between its start and its end";
  return [
    {
      path: `${PATH}.scheduleExpression`,
      message: `"${text}" is never due ${span}`,
      remedy: DUE_REMEDY[schedule.expression.type],
    },
  ];
}

const DUE_REMEDY: Readonly<Record<ScheduleExpression["type"], string>> = {
  rate: "give a start and an end before the year 2200",
  once: "give a start and an end before the year 2200",
  at: "give a time at or after scheduleStartTime and before scheduleEndTime",
  cron: "choose days that the months have, such as L for a month's last day, and years and months within the schedule",
};
