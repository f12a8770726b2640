import { readStackConfig } from "../config.ts";
import { type DueRun, startDueRun } from "../run/start-due-run.ts";
import { openStarter } from "./open-starter.ts";

const { stores, ...ports } = openStarter(readStackConfig());

/** What schedules send: the flow, and the time at which it is due, as ISO 8601. */
interface DueEvent {
  readonly flow: string;
  readonly scheduledAt: string;
}

/** Starts the run of a flow that is due. Fails when nobody knows whether it was started: then the call is to be repeated. */
export async function handler({ flow, scheduledAt }: DueEvent): Promise<DueRun> {
  const dueAt = Date.parse(scheduledAt);
  if (Number.isNaN(dueAt))
    throw new Error(`The flow \`${flow}\` is said to be due at "${scheduledAt}", which is no time.`);
  return startDueRun(flow, dueAt, { ...stores, ...ports });
}
