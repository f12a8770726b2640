import type { Alarm } from "./alarm.ts";
import type { FlowStore } from "./flow-store.ts";
import type { Flow } from "./flow.ts";
import { wakingSchedule } from "./waking-schedule.ts";

/**
 * Makes the alarm follow the flow as it is stored: set while a flow is active that is woken, cleared otherwise. Called after
 * every write of a flow that may change that. Two writers may call it at the same time: whoever acts last looks at the
 * flow again afterwards, so the alarm ends up as the last write says.
 */
export async function keepAlarm(name: string, ports: { readonly flows: FlowStore; readonly alarm: Alarm }) {
  for (let seen = await ports.flows.get(name); ;) {
    await follow(name, seen, ports.alarm);
    const now = await ports.flows.get(name);
    if (now?.version === seen?.version && now?.id === seen?.id) return;
    seen = now;
  }
}

async function follow(name: string, flow: Flow | undefined, alarm: Alarm): Promise<void> {
  const schedule = flow && wakingSchedule(flow);
  if (schedule === undefined) await alarm.clear(name);
  else await alarm.set(name, schedule, flow!.activatedAt ?? flow!.updatedAt);
}
