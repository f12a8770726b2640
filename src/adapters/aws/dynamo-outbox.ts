import type { FlowEvent } from "../../flow/flow-event.ts";
import type { EventOutbox } from "../../run/event-outbox.ts";
import type { Action, DynamoTable } from "./dynamo-table.ts";
import { packBody, unpackBody } from "./item-body.ts";
import { eventKey, LISTS } from "./table.ts";

/** Keeps events in the table. */
export function createDynamoOutbox(table: DynamoTable): EventOutbox {
  return {
    async page(limit, after) {
      const where = after && ({ expression: "#sk > :after", values: { ":after": eventKey(after).sk } } as const);
      const items = await table.query({ pk: LISTS.outbox, limit, ...(where && { where }) });
      return items.map((item) => unpackBody(item["body"]) as FlowEvent);
    },
    async delete(events) {
      await table.deleteAll(events.map(eventKey));
    },
  };
}

/** What a transaction has to do to put events into the outbox. */
export function putEvents(events: readonly FlowEvent[] = []): readonly Action[] {
  return events.map((event) => ({
    put: { ...eventKey(event), body: packBody(event, `An event of flow \`${event.flow}\``) },
  }));
}
