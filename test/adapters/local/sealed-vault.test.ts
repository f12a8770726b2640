import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { createSealedVault } from "../../../src/adapters/local/sealed-vault.ts";
import { vaultContract } from "../../contract/vault.ts";

const key = randomBytes(32);
const place = { region: "eu-west-1", account: "111122223333" };

vaultContract({
  name: "sealed",
  prefix: "appflow!111122223333-",
  async open() {
    const folder = await mkdtemp(join(tmpdir(), "millrace-"));
    const [mine, yours] = [1, 2].map(() => openDatabase(join(folder, "millrace.db"))) as [DatabaseSync, DatabaseSync];
    return {
      vault: createSealedVault({ database: mine, key, place }),
      other: createSealedVault({ database: yours, key, place }),
      async close() {
        mine.close();
        yours.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});

describe("createSealedVault", () => {
  let folder: string;
  let database: DatabaseSync;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-"));
    database = openDatabase(join(folder, "millrace.db"));
  });

  afterEach(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });

  it("writes nothing in the open", async () => {
    const vault = createSealedVault({ database, key, place });
    const arn = await vault.create("crm", { password: "canary-1" });
    await vault.replace(arn, { password: "canary-2" }, (await vault.read(arn))!.version);

    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "latin1")));

    expect(files.join("")).toContain(arn);
    expect(files.join("")).not.toContain("canary");
  });

  it("opens nothing with another key file", async () => {
    const arn = await createSealedVault({ database, key, place }).create("crm", { password: "canary" });

    const other = createSealedVault({ database, key: randomBytes(32), place });

    await expect(other.read(arn)).rejects.toThrow(/sealed with another key/);
  });

  it("opens nothing that was put in the place of something else", async () => {
    const vault = createSealedVault({ database, key, place });
    const [mine, yours] = [await vault.create("crm", { token: 1 }), await vault.create("crm", { token: 2 })];
    const take = database.prepare(
      "UPDATE credentials SET sealed = (SELECT sealed FROM credentials WHERE arn = ?) WHERE arn = ?",
    );
    const rename = database.prepare("UPDATE credentials SET version = 7 WHERE arn = ?");

    take.run(mine, yours);
    rename.run(mine);

    await expect(vault.read(yours)).rejects.toThrow(/was changed/);
    await expect(vault.read(mine)).rejects.toThrow(/was changed/);
  });

  it("takes a broken database for a failure, and shows nothing of what it holds", async () => {
    const vault = createSealedVault({ database, key, place });
    const arn = await vault.create("crm", { password: "canary" });
    database.prepare("UPDATE credentials SET sealed = ? WHERE arn = ?").run(Buffer.from("canary"), arn);

    const message = await vault.read(arn).then(
      () => "",
      (error: Error) => error.message,
    );

    expect(message).toContain(`The secret ${arn} cannot be opened`);
    expect(message).not.toContain("canary");
  });
});
