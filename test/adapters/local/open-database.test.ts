import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase, transaction } from "../../../src/adapters/local/open-database.ts";

describe("openDatabase", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-"));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it("keeps what a file holds when it is opened again", () => {
    const path = join(folder, "again.db");
    const first = openDatabase(path);
    first.exec("INSERT INTO flow (name, version, created_at, body) VALUES ('a', 1, 1, '{}')");
    first.close();

    const second = openDatabase(path);
    const row = second.prepare("SELECT name FROM flow").get();
    second.close();

    expect(row).toEqual({ name: "a" });
  });

  it("writes ahead and waits for the disk", () => {
    const database = openDatabase(join(folder, "modes.db"));
    const mode = database.prepare("PRAGMA journal_mode").get();
    const synchronous = database.prepare("PRAGMA synchronous").get();
    database.close();

    expect([mode, synchronous]).toEqual([{ journal_mode: "wal" }, { synchronous: 2 }]);
  });

  it("refuses a file of a later version", () => {
    const path = join(folder, "later.db");
    const database = openDatabase(path);
    database.exec("PRAGMA user_version = 99");
    database.close();

    expect(() => openDatabase(path)).toThrow(/later\.db was written by a later version of Millrace \(schema 99\)/);
  });

  it("takes back everything when a transaction fails", () => {
    const database = openDatabase(":memory:");

    const failing = () =>
      transaction(database, () => {
        database.exec("INSERT INTO flow (name, version, created_at, body) VALUES ('a', 1, 1, '{}')");
        throw new Error("no");
      });

    expect(failing).toThrow("no");
    expect(database.prepare("SELECT count(*) AS n FROM flow").get()).toEqual({ n: 0 });
    database.close();
  });
});
