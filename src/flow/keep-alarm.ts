import type { Alarm } from "./alarm.ts";
import type { FlowStore } from "./flow-store.ts";
import { followFlow } from "./follow-flow.ts";
import { wakingSchedule } from "./waking-schedule.ts";

/** Makes the alarm follow the flow as it is stored: set while a flow is active that is woken, cleared otherwise. */
export function keepAlarm(
  name: string,
  { flows, alarm }: { readonly flows: FlowStore; readonly alarm: Alarm },
): Promise<void> {
  return followFlow(name, flows, async (flow) => {
    const schedule = flow && wakingSchedule(flow);
    if (schedule === undefined) await alarm.clear(name);
    else await alarm.set(name, schedule, flow!.activatedAt ?? flow!.updatedAt);
  });
}
