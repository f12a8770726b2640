import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { openKeyFile } from "../../src/adapters/local/key-file.ts";
import { createSealedVault } from "../../src/adapters/local/sealed-vault.ts";
import { createSqliteStores } from "../../src/adapters/local/sqlite-stores.ts";
import { DATABASE_FILE } from "../../src/cli/local-engine.ts";
import type { Connector } from "../../src/sdk/connector.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { sampleProfile } from "./sample-profile.ts";
import { PLACE } from "./test-app.ts";

export interface KeptProfile {
  readonly name: string;
  readonly connector: Connector;
  readonly properties: JsonObject;
  readonly credentials: JsonObject;
}

/** Keeps a profile in a data folder, as an engine does; gives back what reads the credentials that are there now. */
export async function keepProfile(
  folder: string,
  keyFile: string,
  { name, connector, properties, credentials }: KeptProfile,
): Promise<() => Promise<JsonObject>> {
  await mkdir(folder, { recursive: true });
  const key = await openKeyFile(keyFile);
  const within = async <T>(use: (opened: ReturnType<typeof open>) => Promise<T>): Promise<T> => {
    const opened = open();
    try {
      return await use(opened);
    } finally {
      opened.database.close();
    }
  };
  const open = () => {
    const database = openDatabase(join(folder, DATABASE_FILE));
    return { database, vault: createSealedVault({ database, key, place: PLACE }) };
  };
  const credentialsArn = await within(async ({ database, vault }) => {
    const arn = await vault.create(name, credentials);
    const member = { [connector.key]: properties };
    const profile = sampleProfile(name, { connector: connector.type, properties: member, credentialsArn: arn });
    await createSqliteStores(database).profiles.create(profile);
    return arn;
  });
  return () => within(async ({ vault }) => (await vault.read(credentialsArn))!.credentials);
}
