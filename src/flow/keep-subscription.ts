import type { Connector, EventSubscription } from "../sdk/connector.ts";
import type { FlowStore } from "./flow-store.ts";
import type { Flow } from "./flow.ts";
import { followFlow } from "./follow-flow.ts";
import type { Subscriptions } from "./subscriptions.ts";

export interface SubscriptionPorts {
  readonly flows: FlowStore;
  readonly connectors: readonly Connector[];
  /** Absent where events are compared with all flows as they come. */
  readonly subscriptions?: Subscriptions | undefined;
}

/** Makes the subscription follow the flow as it is stored: set while a flow is active that runs on events, cleared otherwise. */
export async function keepSubscription(
  name: string,
  { flows, connectors, subscriptions }: SubscriptionPorts,
): Promise<void> {
  if (subscriptions === undefined) return;
  await followFlow(name, flows, async (flow) => {
    const wanted = flow && subscriptionOf(flow, connectors);
    if (wanted === undefined) await subscriptions.clear(name);
    else await subscriptions.set(name, wanted);
  });
}

/** What a flow is to get; undefined for none: it does not run on events, or is not active. */
export function subscriptionOf(
  { status, definition: { trigger, source } }: Flow,
  connectors: readonly Connector[],
): EventSubscription | undefined {
  if (status !== "active" || trigger.type !== "event") return undefined;
  const connector = connectors.find(({ type }) => type === source.connector);
  return connector?.source?.events?.(source.settings);
}
