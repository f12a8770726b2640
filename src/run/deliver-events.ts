import type { FlowEvent } from "../flow/flow-event.ts";
import type { EventOutbox } from "./event-outbox.ts";

/** Tells others of events. */
export interface EventSink {
  /**
   * Answers with those that it has taken: they need not be told again. It may be given one again that it took before.
   * Fails only where none is taken.
   */
  take(events: readonly FlowEvent[]): Promise<readonly FlowEvent[]>;
}

/** Few enough for one call of what takes the fewest: EventBridge. */
const AT_ONCE = 10;

/**
 * Tells all that waits in the outbox, oldest first. Each event is forgotten after it is taken, so a process that is killed
 * in between leaves it to the next, and it is told twice. Any number of processes may be at it. Answers with how many
 * nobody took: they wait for the next call, and are in nobody's way.
 */
export async function deliverEvents({
  outbox,
  sink,
}: {
  readonly outbox: EventOutbox;
  readonly sink: EventSink;
}): Promise<number> {
  let left = 0;
  let page = await outbox.page(AT_ONCE);
  while (page.length > 0) {
    const taken = await sink.take(page);
    await outbox.delete(taken);
    left += page.length - taken.length;
    if (page.length < AT_ONCE) break;
    page = await outbox.page(AT_ONCE, page.at(-1));
  }
  return left;
}
