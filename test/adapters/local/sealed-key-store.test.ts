import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { createSealedKeyStore } from "../../../src/adapters/local/sealed-key-store.ts";
import { keyIssuerContract } from "../../contract/key-issuer.ts";

keyIssuerContract("SQLite", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-"));
  const open = () => openDatabase(join(folder, "millrace.db"));
  const databases = [open(), open()] as const;
  const key = randomBytes(32);
  return {
    store: createSealedKeyStore(databases[0], key),
    other: createSealedKeyStore(databases[1], key),
    stranger: createSealedKeyStore(databases[1], randomBytes(32)),
    async bytes() {
      const files = (await readdir(folder)).map((name) => readFile(join(folder, name), "latin1"));
      return (await Promise.all(files)).join("");
    },
    async swap(from, to) {
      databases[0]
        .prepare("UPDATE access_key SET sealed = (SELECT sealed FROM access_key WHERE id = ?) WHERE id = ?")
        .run(from, to);
    },
    async close() {
      for (const database of databases) database.close();
      await rm(folder, { recursive: true });
    },
  };
});
