import type { DatabaseSync } from "node:sqlite";
import type { MetadataCache } from "../../connection/metadata-cache.ts";
import type { Json } from "../../sdk/json.ts";

/** Keeps metadata in the database that `openDatabase` gives. */
export function createSqliteMetadataCache(database: DatabaseSync): MetadataCache {
  const select = database.prepare("SELECT body FROM metadata WHERE scope = ? AND entry = ? AND expires_at > ?");
  const insert = database.prepare(
    "INSERT OR REPLACE INTO metadata (scope, entry, expires_at, body) VALUES (?, ?, ?, ?)",
  );
  const forgetExpired = database.prepare("DELETE FROM metadata WHERE expires_at <= ?");
  const forgetEntry = database.prepare("DELETE FROM metadata WHERE scope = ? AND entry = ?");
  const forgetScope = database.prepare("DELETE FROM metadata WHERE scope = ?");

  return {
    async get({ scope, entry }, now) {
      const row = select.get(scope, entry, now);
      if (row !== undefined) return JSON.parse(String(row["body"])) as Json;
      forgetExpired.run(now);
      return undefined;
    },
    async put({ scope, entry }, value, expiresAt) {
      insert.run(scope, entry, expiresAt, JSON.stringify(value));
    },
    async reset(scope, entry) {
      if (entry === undefined) forgetScope.run(scope);
      else forgetEntry.run(scope, entry);
    },
  };
}
