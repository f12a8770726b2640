import type { DatabaseSync } from "node:sqlite";
import type { FlowStore } from "../../flow/flow-store.ts";
import { type Flow, profilesOf } from "../../flow/flow.ts";
import { rememberingWrite } from "./sqlite-call-store.ts";
import { eventWriter } from "./sqlite-outbox.ts";

/** Keeps flows in the database that `openDatabase` gives. */
export function createSqliteFlowStore(database: DatabaseSync): FlowStore {
  const insert = database.prepare(
    "INSERT INTO flow (name, version, created_at, body) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
  );
  const select = database.prepare("SELECT body FROM flow WHERE name = ?");
  const update = database.prepare("UPDATE flow SET version = ?, body = ? WHERE name = ? AND version = ?");
  const page = database.prepare("SELECT body FROM flow WHERE name > ? ORDER BY name LIMIT ?");
  const remove = database.prepare("DELETE FROM flow WHERE name = ?");
  const use = database.prepare("INSERT INTO flow_profile (profile, flow) VALUES (?, ?)");
  const useNone = database.prepare("DELETE FROM flow_profile WHERE flow = ?");
  const users = database.prepare("SELECT flow FROM flow_profile WHERE profile = ? ORDER BY flow LIMIT ?");
  const number = database.prepare("SELECT COUNT(*) AS number FROM (SELECT 1 FROM flow LIMIT ?)");
  const remember = rememberingWrite(database);
  const putEvents = eventWriter(database);

  const noteProfiles = (flow: Flow) => {
    useNone.run(flow.name);
    for (const profile of profilesOf(flow)) use.run(profile, flow.name);
  };

  return {
    async create(flow, call) {
      return remember(call, () => {
        const done = insert.run(flow.name, flow.version, flow.createdAt, JSON.stringify(flow)).changes === 1;
        if (done) noteProfiles(flow);
        return done;
      });
    },
    async get(name) {
      const row = select.get(name);
      return row === undefined ? undefined : flowOf(row);
    },
    async update(flow, call, events = []) {
      return remember(call, () => {
        const done = update.run(flow.version, JSON.stringify(flow), flow.name, flow.version - 1).changes === 1;
        if (!done) return false;
        noteProfiles(flow);
        putEvents(events);
        return true;
      });
    },
    async list(limit, after = "") {
      return page.all(after, limit).map(flowOf);
    },
    async usingProfile(profile, limit) {
      return users.all(profile, limit).map((row) => String(row["flow"]));
    },
    async count(limit) {
      return Number(number.get(limit)!["number"]);
    },
    async delete(name) {
      return remove.run(name).changes === 1;
    },
  };
}

function flowOf(row: Record<string, unknown>): Flow {
  return JSON.parse(String(row["body"])) as Flow;
}
