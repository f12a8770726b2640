import { REMEMBERED_MS, WAITING_MS } from "../../run/inbox.ts";
import type { Inbox, InboxEvent } from "../../run/inbox.ts";
import type { Action, DynamoTable, Item } from "./dynamo-table.ts";
import { packBody, unpackBody } from "./item-body.ts";
import { EXPIRY_ATTRIBUTE, inboxEventKey, inboxPlace, LISTS, waitingEventKey } from "./table.ts";

/**
 * Keeps the events that wait for flows in the table: an event, which is known by its id, and its place in a list. Of one
 * that is out, its item is left without a body, so that it is known when it comes again.
 */
export function createDynamoInbox(table: DynamoTable): Inbox {
  return {
    async add(flowId, events, at) {
      let added = 0;
      // One after the other: they keep their order, and one that is known does not hold the others back.
      for (const [number, event] of events.entries()) {
        const failed = await table.write(put(flowId, event, at, number));
        if (failed.length === 0) added++;
      }
      return added;
    },

    async waiting(flowId, { limit, since, after }) {
      const list = LISTS.waiting(flowId);
      const first = after ?? inboxPlace(since + 1, 0, "");
      const where = { expression: "#sk > :first", values: { ":first": first } } as const;
      const items = await table.query({ pk: list, limit, where, only: ["sk", "bytes"] });
      return items.map(({ sk, bytes }) => ({ place: sk, bytes: Number(bytes) }));
    },

    async read(flowId, places) {
      const items = await table.getAll(places.map((place) => inboxEventKey(flowId, place)));
      const bodies = new Map(items.map((item) => [item.pk, item["body"]]));
      return places.map((place) => {
        const body = bodies.get(inboxEventKey(flowId, place).pk);
        if (body === undefined) throw new Error(`The event at ${place} is not in the inbox any more.`);
        return unpackBody(body) as string;
      });
    },

    async remove(flowId, places) {
      const events = places.map((place) => inboxEventKey(flowId, place));
      const marks = events.map((key, i): Item => ({ ...key, [EXPIRY_ATTRIBUTE]: expiry(timeOf(places[i]!)) }));
      await table.putAll(marks);
      // In this order: whoever is stopped in between finds the places again.
      await table.deleteAll(places.map((place) => waitingEventKey(flowId, place)));
    },

    async clear(flowId) {
      const list = { pk: LISTS.waiting(flowId) };
      const places: string[] = [];
      for await (const { sk } of table.each({ ...list, only: ["pk", "sk"] })) places.push(sk);
      await table.deleteAll(places.map((place) => inboxEventKey(flowId, place)));
      await table.deleteAll(places.map((place) => waitingEventKey(flowId, place)));
    },
  };
}

function put(flowId: string, { id, text }: InboxEvent, at: number, number: number): readonly Action[] {
  const place = inboxPlace(at, number, id);
  const body = packBody(text, `The event \`${id}\``, "have its sender make it smaller");
  return [
    {
      put: { ...inboxEventKey(flowId, place), body, [EXPIRY_ATTRIBUTE]: expiry(at) },
      if: { expression: "attribute_not_exists(#pk) OR #expires < :now", values: { ":now": Math.floor(at / 1000) } },
    },
    {
      put: {
        ...waitingEventKey(flowId, place),
        bytes: Buffer.byteLength(text),
        [EXPIRY_ATTRIBUTE]: Math.ceil((at + WAITING_MS) / 1000),
      },
    },
  ];
}

function expiry(at: number): number {
  return Math.ceil((at + REMEMBERED_MS) / 1000);
}

function timeOf(place: string): number {
  return Number(place.slice(0, place.indexOf("#")));
}
