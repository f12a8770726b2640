import type { Flow } from "./flow.ts";
import type { Schedule } from "./schedule.ts";

/** How often somebody looks whether events wait for a flow: no schedule of EventBridge is quicker. */
const EVERY_MINUTE: Schedule = {
  expression: { type: "rate", every: 1, unit: "minute" },
  pull: "complete",
  offsetMs: 0,
};

/** When a flow is to be woken, so that it may run; undefined for never. */
export function wakingSchedule({ status, definition: { trigger } }: Flow): Schedule | undefined {
  if (status !== "active") return undefined;
  if (trigger.type === "scheduled") return trigger.schedule;
  return trigger.type === "event" ? EVERY_MINUTE : undefined;
}
