import type { DatabaseSync } from "node:sqlite";
import { REMEMBERED_MS } from "../../run/inbox.ts";
import type { Inbox } from "../../run/inbox.ts";
import { transaction } from "./open-database.ts";

/** Keeps the events that wait for flows in the database that `openDatabase` gives. An event that is out has no text. */
export function createSqliteInbox(database: DatabaseSync): Inbox {
  const insert = database.prepare(
    "INSERT INTO inbox (flow, id, at, bytes, text) VALUES (?, ?, ?, ?, ?) ON CONFLICT (flow, id) DO NOTHING",
  );
  const forget = database.prepare("DELETE FROM inbox WHERE at <= ?");
  const page = database.prepare(
    "SELECT number, bytes FROM inbox WHERE flow = ? AND number > ? AND at > ? AND text IS NOT NULL ORDER BY number LIMIT ?",
  );
  const select = database.prepare("SELECT text FROM inbox WHERE number = ? AND flow = ?");
  const empty = database.prepare("UPDATE inbox SET text = NULL WHERE number = ? AND flow = ?");
  const clear = database.prepare("DELETE FROM inbox WHERE flow = ?");

  return {
    async add(flowId, events, at) {
      return transaction(database, () => {
        forget.run(at - REMEMBERED_MS);
        let added = 0;
        for (const { id, text } of events)
          added += Number(insert.run(flowId, id, at, Buffer.byteLength(text), text).changes);
        return added;
      });
    },
    async waiting(flowId, { limit, since, after = "-1" }) {
      const rows = page.all(flowId, Number(after), since, limit);
      return rows.map(({ number, bytes }) => ({ place: placeOf(Number(number)), bytes: Number(bytes) }));
    },
    async read(flowId, places) {
      return places.map((place) => {
        const text = select.get(Number(place), flowId)?.["text"];
        if (typeof text !== "string") throw new Error(`The event at ${place} is not in the inbox any more.`);
        return text;
      });
    },
    async remove(flowId, places) {
      transaction(database, () => {
        for (const place of places) empty.run(Number(place), flowId);
      });
    },
    async clear(flowId) {
      clear.run(flowId);
    },
  };
}

/** Texts sort as the numbers do. */
function placeOf(number: number): string {
  return String(number).padStart(16, "0");
}
