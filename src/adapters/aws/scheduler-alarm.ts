import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import type { Alarm } from "../../flow/alarm.ts";
import { schedulerName, schedulerRequest, type SchedulerTarget } from "./scheduler-request.ts";

export interface SchedulerAlarmOptions {
  readonly client: SchedulerClient;
  readonly target: SchedulerTarget;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One schedule of EventBridge Scheduler for each flow, in a group of ours; none for a flow that is never due again. */
export function createSchedulerAlarm({ client, target, now }: SchedulerAlarmOptions): Alarm {
  const { group } = target;

  const clear = async (flow: string) => {
    try {
      await client.send(new DeleteScheduleCommand({ Name: schedulerName(flow), GroupName: group }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw failure(error, `stop starting the flow \`${flow}\``);
    }
  };

  return {
    leadMs: LEAD_MS,
    async set(flow, schedule, activatedAt) {
      const request = schedulerRequest({ flow, schedule, activatedAt }, now(), target);
      if (request === undefined) return clear(flow);
      try {
        await put(client, request);
      } catch (error) {
        throw failure(error, `schedule the flow \`${flow}\` in the group \`${group}\``);
      }
    },
    clear,
  };
}

/** The service calls within the minute that begins at a time, and cannot call at a time that is past. */
const LEAD_MS = 60_000;

/** Updates the schedule, or makes it where there is none; whoever else does so meanwhile is overwritten. */
async function put(client: SchedulerClient, request: CreateScheduleCommandInput): Promise<void> {
  if (await done(client.send(new UpdateScheduleCommand(request)), ResourceNotFoundException)) return;
  if (await done(client.send(new CreateScheduleCommand(request)), ConflictException)) return;
  await client.send(new UpdateScheduleCommand(request));
}

/** False when the request failed in the way that is expected. */
async function done(sent: Promise<unknown>, expected: new (...args: never[]) => Error): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof expected) return false;
    throw error;
  }
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html#API_CreateSchedule_Errors */
const ADVICE: ReadonlyMap<string, string> = new Map([
  [
    "AccessDeniedException",
    "Allow the engine's role scheduler:CreateSchedule, UpdateSchedule and DeleteSchedule on the group, and iam:PassRole on the target's role.",
  ],
  ["ResourceNotFoundException", "Deploy the stack, which makes the schedule group."],
  ["ServiceQuotaExceededException", "Delete flows that are not needed, or have the quota of schedules raised."],
  ["ValidationException", "Check the function, the role and the queue that the engine is given."],
]);

function failure(error: unknown, doing: string): Error {
  const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
  const advice = ADVICE.get(name) ?? "Try again later.";
  return new Error(`Cannot ${doing} (${name}: ${message.slice(0, 500)}). ${advice}`, { cause: error });
}
