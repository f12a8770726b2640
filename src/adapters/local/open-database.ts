import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Opens the database of the control plane, and makes it where there is none; `:memory:` is a database that goes with the
 * process. Every write is on the disk when it returns, and several processes may have the file open.
 * Fails when the file was written by a later version of this program.
 */
export function openDatabase(path: string): DatabaseSync {
  if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    migrate(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Runs `work` so that other processes see all of its writes or none. */
export function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

/** Each step takes the schema one version further. Steps are added at the end and never changed. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE flow (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    token TEXT,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX flow_by_token ON flow (token, created_at) WHERE token IS NOT NULL;

  CREATE TABLE run (
    flow TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (flow, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX run_by_start ON run (flow, started_at, id);
  CREATE UNIQUE INDEX run_unfinished_of_flow ON run (flow) WHERE ended_at IS NULL;
  CREATE INDEX run_unfinished ON run (started_at, id) WHERE ended_at IS NULL;
  `,
  `
  CREATE TABLE remembered_call (
    token TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX remembered_call_by_time ON remembered_call (at);

  CREATE TABLE flow_profile (
    profile TEXT NOT NULL,
    flow TEXT NOT NULL REFERENCES flow (name) ON DELETE CASCADE,
    PRIMARY KEY (profile, flow)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX flow_profile_by_flow ON flow_profile (flow);

  DROP INDEX flow_by_token;
  ALTER TABLE flow DROP COLUMN token;
  `,
  `
  CREATE TABLE profile (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    connector TEXT NOT NULL,
    label TEXT,
    renewal_holder TEXT,
    renewal_until INTEGER,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX profile_by_connector ON profile (connector, name);
  CREATE INDEX profile_by_label ON profile (label, name);

  CREATE TABLE registration (
    label TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE metadata (
    scope TEXT NOT NULL,
    entry TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (scope, entry)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX metadata_by_expiry ON metadata (expires_at);

  CREATE TABLE credentials (
    arn TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE alarm (
    flow TEXT PRIMARY KEY,
    schedule TEXT NOT NULL,
    activated_at INTEGER NOT NULL,
    due_at INTEGER,
    wake_at INTEGER,
    claim TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alarm_by_wake ON alarm (wake_at) WHERE wake_at IS NOT NULL;
  `,
  // Runs of before knew neither segments nor positions; they are history that no later run builds on.
  `
  UPDATE flow SET body = json_set(body, '$.id', lower(hex(randomblob(16))));
  DELETE FROM run;
  DROP INDEX run_unfinished_of_flow;

  CREATE TABLE position (
    flow TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE segment (
    flow TEXT NOT NULL,
    run TEXT NOT NULL,
    slice INTEGER NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (flow, run, slice, number),
    FOREIGN KEY (flow, run) REFERENCES run (flow, id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE attempt (
    flow TEXT NOT NULL,
    run TEXT NOT NULL,
    slice INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (flow, run, slice, segment, number),
    FOREIGN KEY (flow, run) REFERENCES run (flow, id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE progress (
    flow TEXT NOT NULL,
    run TEXT NOT NULL,
    slice INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (flow, run, slice),
    FOREIGN KEY (flow, run) REFERENCES run (flow, id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE access_key (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sealed BLOB NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE outbox (
    at INTEGER NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (at, id)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE inbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    flow TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    text TEXT,
    UNIQUE (flow, id)
  ) STRICT;
  CREATE INDEX inbox_waiting ON inbox (flow, number) WHERE text IS NOT NULL;
  CREATE INDEX inbox_by_time ON inbox (at);
  `,
];

function migrate(database: DatabaseSync, path: string): void {
  transaction(database, () => {
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > STEPS.length) {
      throw new Error(`${path} was written by a later version of Millrace (schema ${version}) — use that version`);
    }
    for (const step of STEPS.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${STEPS.length}`);
  });
}
