import type { DatabaseSync } from "node:sqlite";
import type { IssuedKey, KeyIssuer } from "../../api/key-issuer.ts";
import { createKeySealer, newKey } from "../../api/sealed-key.ts";
import { transaction } from "./open-database.ts";

/** Keeps access keys in the database that `openDatabase` gives, each sealed with the bytes of `openKeyFile`. */
export function createSealedKeyStore(database: DatabaseSync, key: Uint8Array): KeyIssuer {
  const sealer = createKeySealer(key);
  const insert = database.prepare("INSERT INTO access_key (id, sealed) VALUES (?, ?)");
  const select = database.prepare("SELECT id, sealed FROM access_key WHERE id = ?");
  const all = database.prepare("SELECT id, sealed FROM access_key ORDER BY number");
  const update = database.prepare("UPDATE access_key SET sealed = ? WHERE id = ?");
  const remove = database.prepare("DELETE FROM access_key WHERE id = ?");

  const opened = (row: Record<string, unknown>) => sealer.open(String(row["id"]), row["sealed"] as Uint8Array);
  const get = (id: string) => {
    const row = select.get(id);
    return row === undefined ? undefined : opened(row);
  };
  const change = (id: string, changed: Partial<IssuedKey>) =>
    transaction(database, () => {
      const found = get(id);
      return found !== undefined && update.run(sealer.seal({ ...found, ...changed }), id).changes === 1;
    });

  return {
    async find(id) {
      const found = get(id);
      return found === undefined || found.disabled ? undefined : found;
    },

    async issue(wanted) {
      const issued = newKey(wanted);
      insert.run(issued.id, sealer.seal(issued));
      return get(issued.id)!;
    },

    async list() {
      return all.all().map(opened);
    },

    async setDisabled(id, disabled) {
      return change(id, { disabled });
    },

    async setPolicy(id, policyDocument) {
      return change(id, { policyDocument });
    },

    async delete(id) {
      return remove.run(id).changes === 1;
    },
  };
}
