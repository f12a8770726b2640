import type { DatabaseSync } from "node:sqlite";
import type { RunStore } from "../../run/run-store.ts";
import type { Run } from "../../run/run.ts";

/** Keeps runs in the database that `openDatabase` gives. */
export function createSqliteRunStore(database: DatabaseSync): RunStore {
  // An index allows one unfinished run for each flow.
  const insert = database.prepare(
    "INSERT INTO run (flow, id, version, started_at, ended_at, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const select = database.prepare("SELECT body FROM run WHERE flow = ? AND id = ?");
  const update = database.prepare(
    "UPDATE run SET version = ?, ended_at = ?, body = ? WHERE flow = ? AND id = ? AND version = ?",
  );
  const firstPage = database.prepare("SELECT body FROM run WHERE flow = ? ORDER BY started_at DESC, id DESC LIMIT ?");
  const nextPage = database.prepare(
    "SELECT body FROM run WHERE flow = ? AND (started_at, id) < (?, ?) ORDER BY started_at DESC, id DESC LIMIT ?",
  );
  const unfinished = database.prepare("SELECT body FROM run WHERE ended_at IS NULL ORDER BY started_at, id");
  const removeAll = database.prepare("DELETE FROM run WHERE flow = ?");

  return {
    async create(run) {
      const { flow, id, version, startedAt, endedAt } = run;
      return insert.run(flow, id, version, startedAt, endedAt ?? null, JSON.stringify(run)).changes === 1;
    },
    async get(flow, id) {
      const row = select.get(flow, id);
      return row === undefined ? undefined : runOf(row);
    },
    async update(run) {
      const { flow, id, version, endedAt } = run;
      return update.run(version, endedAt ?? null, JSON.stringify(run), flow, id, version - 1).changes === 1;
    },
    async list(flow, limit, after) {
      const rows =
        after === undefined ? firstPage.all(flow, limit) : nextPage.all(flow, after.startedAt, after.id, limit);
      return rows.map(runOf);
    },
    async unfinished() {
      return unfinished.all().map(runOf);
    },
    async deleteAll(flow) {
      removeAll.run(flow);
    },
  };
}

function runOf(row: Record<string, unknown>): Run {
  return JSON.parse(String(row["body"])) as Run;
}
