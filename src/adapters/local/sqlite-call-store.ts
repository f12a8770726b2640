import type { DatabaseSync } from "node:sqlite";
import type { CallStore, RememberedCall } from "../../store/remembered-call.ts";
import { TOKEN_LIFE_MS } from "../../store/remembered-call.ts";
import type { WriteResult } from "../../store/write-result.ts";
import { transaction } from "./open-database.ts";

/** Reads the calls that are remembered in the database that `openDatabase` gives. */
export function createSqliteCallStore(database: DatabaseSync): CallStore {
  const select = database.prepare("SELECT body FROM remembered_call WHERE token = ? AND at > ?");
  return {
    async find(token, since) {
      const row = select.get(token, since);
      return row === undefined ? undefined : (JSON.parse(String(row["body"])) as RememberedCall);
    },
  };
}

/** Runs a conditional write (true: it took place), and remembers its call if it took place. */
export type RememberingWrite = (call: RememberedCall | undefined, write: () => boolean) => WriteResult;

export function rememberingWrite(database: DatabaseSync): RememberingWrite {
  const select = database.prepare("SELECT 1 FROM remembered_call WHERE token = ? AND at > ?");
  const insert = database.prepare("INSERT OR REPLACE INTO remembered_call (token, at, body) VALUES (?, ?, ?)");
  const forget = database.prepare("DELETE FROM remembered_call WHERE at <= ?");

  return (call, write) =>
    transaction(database, () => {
      const since = (call?.at ?? 0) - TOKEN_LIFE_MS;
      if (call !== undefined && select.get(call.token, since) !== undefined) return "repeated";
      if (!write()) return "refused";
      if (call !== undefined) {
        forget.run(since);
        insert.run(call.token, call.at, JSON.stringify(call));
      }
      return "done";
    });
}
