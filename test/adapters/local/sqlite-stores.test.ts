import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { createSqliteFlowStore } from "../../../src/adapters/local/sqlite-flow-store.ts";
import { createSqliteRunStore } from "../../../src/adapters/local/sqlite-run-store.ts";
import { createSqliteStores } from "../../../src/adapters/local/sqlite-stores.ts";
import { storesContract } from "../../contract/stores.ts";
import { ended, sampleFlow, sampleRun } from "../../support/sample-flow.ts";

storesContract({
  name: "SQLite in memory",
  async open() {
    const database = openDatabase(":memory:");
    const stores = createSqliteStores(database);
    return { stores, others: stores, close: async () => database.close() };
  },
});

storesContract({
  name: "SQLite file",
  async open() {
    const folder = await mkdtemp(join(tmpdir(), "millrace-"));
    const [mine, yours] = [1, 2].map(() => openDatabase(join(folder, "data", "millrace.db"))) as [
      DatabaseSync,
      DatabaseSync,
    ];
    const close = async () => {
      mine.close();
      yours.close();
      await rm(folder, { recursive: true });
    };
    return { stores: createSqliteStores(mine), others: createSqliteStores(yours), close };
  },
});

describe("the SQLite stores with 10,000 flows", () => {
  const FLOWS = 10_000;
  let database: DatabaseSync;

  beforeAll(async () => {
    database = openDatabase(":memory:");
    const flows = createSqliteFlowStore(database);
    const runs = createSqliteRunStore(database);
    for (let n = 0; n < FLOWS; n++) {
      const name = `flow-${String(n).padStart(5, "0")}`;
      await flows.create(sampleFlow(name), { token: name, digest: "d", answer: {}, at: 1 });
      await runs.write({ run: sampleRun(name, "r1") });
      await runs.write({ run: ended(sampleRun(name, "r1")) });
    }
  });

  afterAll(() => database.close());

  it("page through every flow", async () => {
    const flows = createSqliteFlowStore(database);
    let count = 0;
    for (let after: string | undefined; ;) {
      const page = await flows.list(1000, after);
      count += page.length;
      after = page.at(-1)?.name;
      if (after === undefined) break;
    }

    expect(count).toBe(FLOWS);
  });

  it("find every page through an index, without sorting", () => {
    const queries = [
      "SELECT body FROM flow WHERE name > ? ORDER BY name LIMIT ?",
      "SELECT body FROM remembered_call WHERE token = ? AND at > ?",
      "SELECT body FROM profile WHERE name > ? ORDER BY name LIMIT ?",
      "SELECT body FROM profile WHERE connector = ? AND name > ? ORDER BY name LIMIT ?",
      "SELECT body FROM profile WHERE label = ? AND name > ? ORDER BY name LIMIT ?",
      "SELECT body FROM profile WHERE label = ? AND +connector = ? AND name > ? ORDER BY name LIMIT ?",
      "SELECT body FROM registration WHERE label > ? ORDER BY label LIMIT ?",
      "SELECT body FROM metadata WHERE scope = ? AND entry = ? AND expires_at > ?",
      "DELETE FROM metadata WHERE expires_at <= ?",
      "SELECT flow FROM flow_profile WHERE profile = ? ORDER BY flow LIMIT ?",
      "SELECT body FROM run WHERE flow = ? ORDER BY started_at DESC, id DESC LIMIT ?",
      "SELECT body FROM run WHERE flow = ? AND (started_at, id) < (?, ?) ORDER BY started_at DESC, id DESC LIMIT ?",
      "SELECT body FROM outbox WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT ?",
      "SELECT flow, schedule, activated_at, due_at FROM alarm WHERE wake_at <= ? ORDER BY wake_at LIMIT ?",
      "SELECT MIN(wake_at) AS wake FROM alarm WHERE wake_at IS NOT NULL",
    ];
    const plans = queries.map((query) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${query}`)
        .all()
        .map((row) => String(row["detail"])),
    );

    for (const plan of plans) {
      expect(plan).toHaveLength(1);
      expect(plan[0]).toMatch(/^SEARCH \w+ USING (COVERING )?(PRIMARY KEY|INDEX)/);
    }
  });
});
