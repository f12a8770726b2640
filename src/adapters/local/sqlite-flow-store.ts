import type { DatabaseSync } from "node:sqlite";
import { TOKEN_LIFE_MS, type FlowStore } from "../../flow/flow-store.ts";
import type { Flow } from "../../flow/flow.ts";
import { transaction } from "./open-database.ts";

/** Keeps flows in the database that `openDatabase` gives. */
export function createSqliteFlowStore(database: DatabaseSync): FlowStore {
  const insert = database.prepare(
    "INSERT INTO flow (name, version, created_at, token, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
  );
  const sameToken = database.prepare("SELECT 1 FROM flow WHERE token = ? AND created_at > ? LIMIT 1");
  const select = database.prepare("SELECT body FROM flow WHERE name = ?");
  const update = database.prepare("UPDATE flow SET version = ?, body = ? WHERE name = ? AND version = ?");
  const page = database.prepare("SELECT body FROM flow WHERE name > ? ORDER BY name LIMIT ?");
  const remove = database.prepare("DELETE FROM flow WHERE name = ?");

  return {
    async create(flow) {
      const token = flow.creation?.token ?? null;
      return transaction(database, () => {
        if (token !== null && sameToken.get(token, flow.createdAt - TOKEN_LIFE_MS) !== undefined) return false;
        return insert.run(flow.name, flow.version, flow.createdAt, token, JSON.stringify(flow)).changes === 1;
      });
    },
    async get(name) {
      const row = select.get(name);
      return row === undefined ? undefined : flowOf(row);
    },
    async update(flow) {
      return update.run(flow.version, JSON.stringify(flow), flow.name, flow.version - 1).changes === 1;
    },
    async list(limit, after = "") {
      return page.all(after, limit).map(flowOf);
    },
    async delete(name) {
      return remove.run(name).changes === 1;
    },
  };
}

function flowOf(row: Record<string, unknown>): Flow {
  return JSON.parse(String(row["body"])) as Flow;
}
