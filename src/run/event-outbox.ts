import type { FlowEvent } from "../flow/flow-event.ts";

/** The events that are stored, and may not have been told. Whoever writes what happened puts them there with it. */
export interface EventOutbox {
  /** Up to `limit` events in the order of their times, then ids; those behind the given one only. */
  page(limit: number, after?: Pick<FlowEvent, "at" | "id">): Promise<readonly FlowEvent[]>;
  /** Forgets events; no error for one that is not there. */
  delete(events: readonly Pick<FlowEvent, "at" | "id">[]): Promise<void>;
}
