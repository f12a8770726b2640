import type { DatabaseSync } from "node:sqlite";
import type { FlowEvent } from "../../flow/flow-event.ts";
import type { EventOutbox } from "../../run/event-outbox.ts";
import { transaction } from "./open-database.ts";

/** Keeps events in the database that `openDatabase` gives. */
export function createSqliteOutbox(database: DatabaseSync): EventOutbox {
  const select = database.prepare("SELECT body FROM outbox WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT ?");
  const remove = database.prepare("DELETE FROM outbox WHERE at = ? AND id = ?");
  return {
    async page(limit, after = { at: -1, id: "" }) {
      const rows = select.all(after.at, after.id, limit);
      return rows.map((row) => JSON.parse(String(row["body"])) as FlowEvent);
    },
    async delete(events) {
      if (events.length === 0) return;
      transaction(database, () => {
        for (const { at, id } of events) remove.run(at, id);
      });
    },
  };
}

/** Puts events into the outbox, as part of a transaction. */
export function eventWriter(database: DatabaseSync): (events: readonly FlowEvent[]) => void {
  const put = database.prepare("INSERT OR REPLACE INTO outbox (at, id, body) VALUES (?, ?, ?)");
  return (events) => {
    for (const event of events) put.run(event.at, event.id, JSON.stringify(event));
  };
}
