import type { EventSubscription } from "../sdk/connector.ts";

/** Has the events of a bus brought to the flows that are to get them. On AWS rules of EventBridge. */
export interface Subscriptions {
  /** The flow gets these events, each at least once, and no others; what it got before does not matter. */
  set(flow: string, wanted: EventSubscription): Promise<void>;
  /** The flow gets no events but those under way; no error when it got none. */
  clear(flow: string): Promise<void>;
}
