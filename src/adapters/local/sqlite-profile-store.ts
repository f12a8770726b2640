import type { DatabaseSync } from "node:sqlite";
import type { ProfileStore } from "../../connection/profile-store.ts";
import type { Profile } from "../../connection/profile.ts";
import { rememberingWrite } from "./sqlite-call-store.ts";

/** Keeps profiles in the database that `openDatabase` gives. */
export function createSqliteProfileStore(database: DatabaseSync): ProfileStore {
  const insert = database.prepare(
    "INSERT INTO profile (name, version, connector, label, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
  );
  const select = database.prepare("SELECT body FROM profile WHERE name = ?");
  const update = database.prepare(
    "UPDATE profile SET version = ?, connector = ?, label = ?, body = ? WHERE name = ? AND version = ?",
  );
  const page = database.prepare("SELECT body FROM profile WHERE name > ? ORDER BY name LIMIT ?");
  const pageOfConnector = database.prepare(
    "SELECT body FROM profile WHERE connector = ? AND name > ? ORDER BY name LIMIT ?",
  );
  const pageOfLabel = database.prepare("SELECT body FROM profile WHERE label = ? AND name > ? ORDER BY name LIMIT ?");
  // The plus keeps SQLite from choosing the index by connector: a label has far fewer profiles.
  const pageOfBoth = database.prepare(
    "SELECT body FROM profile WHERE label = ? AND +connector = ? AND name > ? ORDER BY name LIMIT ?",
  );
  const number = database.prepare("SELECT COUNT(*) AS number FROM (SELECT 1 FROM profile LIMIT ?)");
  const remove = database.prepare("DELETE FROM profile WHERE name = ?");
  const claim = database.prepare(
    "UPDATE profile SET renewal_holder = ?1, renewal_until = ?2 " +
      "WHERE name = ?3 AND (renewal_holder IS NULL OR renewal_holder = ?1 OR renewal_until <= ?4)",
  );
  const release = database.prepare(
    "UPDATE profile SET renewal_holder = NULL, renewal_until = NULL WHERE name = ? AND renewal_holder = ?",
  );
  const remember = rememberingWrite(database);

  return {
    async create(profile, call) {
      const { name, version, connector, label } = profile;
      return remember(
        call,
        () => insert.run(name, version, connector, label ?? null, JSON.stringify(profile)).changes === 1,
      );
    },
    async get(name) {
      const row = select.get(name);
      return row === undefined ? undefined : profileOf(row);
    },
    async update(profile, call) {
      const { name, version, connector, label } = profile;
      const body = JSON.stringify(profile);
      return remember(call, () => update.run(version, connector, label ?? null, body, name, version - 1).changes === 1);
    },
    async list(limit, { after = "", connector, label }) {
      const rows = () => {
        if (label !== undefined && connector !== undefined) return pageOfBoth.all(label, connector, after, limit);
        if (label !== undefined) return pageOfLabel.all(label, after, limit);
        if (connector !== undefined) return pageOfConnector.all(connector, after, limit);
        return page.all(after, limit);
      };
      return rows().map(profileOf);
    },
    async count(limit) {
      return Number(number.get(limit)!["number"]);
    },
    async delete(name) {
      return remove.run(name).changes === 1;
    },
    async claimRenewal(name, { holder, now, until }) {
      return claim.run(holder, until, name, now).changes === 1;
    },
    async releaseRenewal(name, holder) {
      release.run(name, holder);
    },
  };
}

function profileOf(row: Record<string, unknown>): Profile {
  return JSON.parse(String(row["body"])) as Profile;
}
