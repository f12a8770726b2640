import type { FlowEvent } from "../flow/flow-event.ts";
import type { EventSink } from "../run/deliver-events.ts";
import { entryOfEvent } from "./log-entry.ts";
import type { LogEntry } from "./log-entry.ts";

/** Writes into a log; of an event, with the event. */
export type Log = (entry: LogEntry, event?: FlowEvent) => void;

/** Tells the bus, if there is one, and then the log of what the bus has taken. The log takes everything. */
export function loggingSink(log: Log, bus: EventSink | undefined): EventSink {
  return {
    async take(events) {
      const taken = bus === undefined ? events : await bus.take(events);
      for (const event of taken) log(entryOfEvent(event), event);
      return taken;
    },
  };
}
