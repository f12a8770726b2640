import type { EventSink } from "../../run/deliver-events.ts";
import type { EventBusOptions } from "./event-bus.ts";
import type { EventBusClientOptions } from "./event-bus-client.ts";

export interface OpenEventBus extends EventSink {
  close(): void;
}

/** A bus with its own client. Loading the SDK takes longer than most else, and not everybody names a bus. */
export async function openEventBus(
  options: EventBusClientOptions & Omit<EventBusOptions, "client">,
): Promise<OpenEventBus> {
  const [{ createEventBusClient }, { createEventBus }] = await Promise.all([
    import("./event-bus-client.ts"),
    import("./event-bus.ts"),
  ]);
  const client = createEventBusClient(options);
  return { ...createEventBus({ ...options, client }), close: () => client.destroy() };
}
