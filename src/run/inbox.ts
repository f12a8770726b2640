/** The events that wait for flows. Which flow is meant its id says: flows of the same name share nothing. */
export interface Inbox {
  /**
   * Puts events behind those that wait, in their order; `at` is the time, in milliseconds since 1970. One whose id the flow
   * was given within `REMEMBERED_MS` is passed over, also after it was taken out. Answers how many were new.
   */
  add(flowId: string, events: readonly InboxEvent[], at: number): Promise<number>;
  /** Up to `limit` of the events that wait and came after `since`, in their order; those behind the given place only. */
  waiting(
    flowId: string,
    page: { readonly limit: number; readonly since: number; readonly after?: string | undefined },
  ): Promise<readonly WaitingEvent[]>;
  /** The texts of the events at these places. Fails when one is not there. */
  read(flowId: string, places: readonly string[]): Promise<readonly string[]>;
  /** Takes events out; no error for one that is out. Their ids stay known. */
  remove(flowId: string, places: readonly string[]): Promise<void>;
  /** Forgets all that is there for a flow. */
  clear(flowId: string): Promise<void>;
}

export interface InboxEvent {
  /** Which event it is, however often it comes. */
  readonly id: string;
  /** All of it, as JSON. */
  readonly text: string;
}

export interface WaitingEvent {
  /** Where it is among the others. Names of places sort as the events do. */
  readonly place: string;
  /** Of its text. */
  readonly bytes: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** An event that no run has delivered by then is not delivered any more. */
export const WAITING_MS = 7 * DAY_MS;

/**
 * How long an event and its id are kept at least. A run that was planned while an event waited reads it for a day at most.
 * EventBridge and Lambda deliver an event again for thirty hours at most.
 */
export const REMEMBERED_MS = WAITING_MS + 2 * DAY_MS;
