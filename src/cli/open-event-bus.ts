import type { Config } from "../config.ts";
import type { EventSink } from "../run/deliver-events.ts";
import type { Connector } from "../sdk/connector.ts";

export interface OpenEventBus extends EventSink {
  close(): void;
}

/** The bus that the configuration names; undefined when it names none. */
export async function openEventBus(
  { eventBus, eventsEndpoint, place }: Config,
  connectors: ReadonlyMap<string, Connector>,
  report: (error: unknown) => void,
): Promise<OpenEventBus | undefined> {
  if (eventBus === undefined) return undefined;
  // Loading the SDK takes longer than most commands; those that stay on this machine do without.
  const [{ createEventBusClient }, { createEventBus }] = await Promise.all([
    import("../adapters/aws/event-bus-client.ts"),
    import("../adapters/aws/event-bus.ts"),
  ]);
  const client = createEventBusClient({ region: place.region, endpoint: eventsEndpoint });
  return { ...createEventBus({ client, bus: eventBus, connectors, report }), close: () => client.destroy() };
}
