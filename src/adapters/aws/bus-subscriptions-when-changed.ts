import type { Subscriptions } from "../../flow/subscriptions.ts";
import type { BusSubscriptionsOptions } from "./bus-subscriptions.ts";
import type { EventBusClientOptions } from "./event-bus-client.ts";

/** As `createBusSubscriptions`, with its own client. Loading the SDK takes longer than most requests, and few change a flow. */
export function busSubscriptionsWhenChanged(
  options: EventBusClientOptions & Omit<BusSubscriptionsOptions, "client">,
): Subscriptions {
  let loaded: Promise<Subscriptions> | undefined;
  const load = async () => {
    const [{ createEventBusClient }, { createBusSubscriptions }] = await Promise.all([
      import("./event-bus-client.ts"),
      import("./bus-subscriptions.ts"),
    ]);
    return createBusSubscriptions({ ...options, client: createEventBusClient(options) });
  };
  return {
    set: async (flow, wanted) => (await (loaded ??= load())).set(flow, wanted),
    clear: async (flow) => (await (loaded ??= load())).clear(flow),
  };
}
