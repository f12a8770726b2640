import { keepAlarm } from "../../flow/keep-alarm.ts";
import { keepSubscription } from "../../flow/keep-subscription.ts";
import type { FlowCall } from "../context.ts";

/** Makes all that wakes a flow, or brings it events, follow it as it is stored. After every write of a flow that may change that. */
export async function keepWoken(name: string, call: FlowCall): Promise<void> {
  await keepSubscription(name, call);
  await keepAlarm(name, call);
}
