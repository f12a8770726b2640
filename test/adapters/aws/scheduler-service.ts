import type { CreateScheduleCommandInput } from "@aws-sdk/client-scheduler";
import { naiveCron } from "../../flow/naive-schedule.ts";

/**
 * When EventBridge Scheduler calls for a request, after `after` and up to `until`, as its documents say
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html). They leave open whether the last call can
 * come on EndDate itself; `atEnd` says what to assume.
 */
export function serviceTimes(
  request: CreateScheduleCommandInput,
  after: number,
  until: number,
  atEnd: "calls" | "is over",
): number[] {
  const expression = request.ScheduleExpression!;
  const [, once] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression) ?? [];
  const recurring = (time: number) => {
    const end = request.EndDate?.getTime();
    const begun = request.StartDate === undefined || time >= request.StartDate.getTime();
    return begun && (end === undefined || time < end || (time === end && atEnd === "calls"));
  };
  const times = once === undefined ? recurringTimes(request, after, until).filter(recurring) : [Date.parse(`${once}Z`)];
  return times.filter((time) => time > after && time <= until);
}

function recurringTimes(request: CreateScheduleCommandInput, after: number, until: number): number[] {
  const expression = request.ScheduleExpression!;
  const [, value, unit] = /^rate\((\d+) (minutes?|hours?|days?)\)$/.exec(expression) ?? [];
  if (value !== undefined && unit !== undefined) {
    if ((value === "1") === unit.endsWith("s")) throw new Error(`ValidationException: ${expression}`);
    const minutes = { minute: 1, hour: 60, day: 1440 }[unit.replace(/s$/, "")]!;
    return grid(request.StartDate!.getTime(), Number(value) * minutes * 60_000, after, until);
  }
  const [, cron] = /^cron\(([^()]*)\)$/.exec(expression) ?? [];
  const fields = cron?.split(" ") ?? [];
  if (fields.length !== 6) throw new Error(`ValidationException: ${expression}`);
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fields as [string, string, string, string, string, string];
  return naiveCron({ minute, hour, dayOfMonth, month, dayOfWeek, year }, after, until);
}

function grid(start: number, step: number, after: number, until: number): number[] {
  const times: number[] = [];
  const skipped = Math.max(0, Math.floor((after - start) / step));
  for (let time = start + skipped * step; time <= until; time += step) times.push(time);
  return times;
}
