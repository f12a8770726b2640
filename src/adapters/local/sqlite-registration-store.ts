import type { DatabaseSync } from "node:sqlite";
import type { RegistrationStore } from "../../connection/registration-store.ts";
import type { Registration } from "../../connection/registration.ts";
import { rememberingWrite } from "./sqlite-call-store.ts";

/** Keeps registered connectors in the database that `openDatabase` gives. */
export function createSqliteRegistrationStore(database: DatabaseSync): RegistrationStore {
  const insert = database.prepare(
    "INSERT INTO registration (label, version, body) VALUES (?, ?, ?) ON CONFLICT (label) DO NOTHING",
  );
  const select = database.prepare("SELECT body FROM registration WHERE label = ?");
  const update = database.prepare("UPDATE registration SET version = ?, body = ? WHERE label = ? AND version = ?");
  const page = database.prepare("SELECT body FROM registration WHERE label > ? ORDER BY label LIMIT ?");
  const remove = database.prepare("DELETE FROM registration WHERE label = ?");
  const remember = rememberingWrite(database);

  return {
    async create(registration, call) {
      const { label, version } = registration;
      return remember(call, () => insert.run(label, version, JSON.stringify(registration)).changes === 1);
    },
    async get(label) {
      const row = select.get(label);
      return row === undefined ? undefined : registrationOf(row);
    },
    async update(registration, call) {
      const { label, version } = registration;
      const body = JSON.stringify(registration);
      return remember(call, () => update.run(version, body, label, version - 1).changes === 1);
    },
    async list(limit, after = "") {
      return page.all(after, limit).map(registrationOf);
    },
    async delete(label) {
      return remove.run(label).changes === 1;
    },
  };
}

function registrationOf(row: Record<string, unknown>): Registration {
  return JSON.parse(String(row["body"])) as Registration;
}
