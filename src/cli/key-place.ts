import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { openKeyFile } from "../adapters/local/key-file.ts";
import { openDatabase } from "../adapters/local/open-database.ts";
import { createSealedKeyStore } from "../adapters/local/sealed-key-store.ts";
import type { KeyIssuer } from "../api/key-issuer.ts";
import type { Config } from "../config.ts";
import { UsageError } from "./commands/command.ts";
import { DATABASE_FILE } from "./local-engine.ts";

/** Where access keys are kept. */
export interface KeyPlace {
  use<Result>(work: (keys: KeyIssuer) => Promise<Result>): Promise<Result>;
  /** Fails where nothing was kept before: another place was meant. */
  useExisting<Result>(work: (keys: KeyIssuer) => Promise<Result>): Promise<Result>;
}

/** The keys of an engine on this machine, in its data folder. */
export function keysInFolder(folder: string, keyFile: string): KeyPlace {
  const use: KeyPlace["use"] = async (work) => {
    const key = await openKeyFile(keyFile);
    const database = openDatabase(join(folder, DATABASE_FILE));
    try {
      return await work(createSealedKeyStore(database, key));
    } finally {
      database.close();
    }
  };
  return {
    use,
    async useExisting(work) {
      if (existsSync(join(folder, DATABASE_FILE))) return use(work);
      throw new UsageError(`--data ${resolve(folder)}: there are no keys, nor any other data — name another folder`);
    },
  };
}

/** The keys of a stack on AWS, in its table. */
export function keysInTable(table: string, { place, dynamoEndpoint, secretsEndpoint }: Config): KeyPlace {
  const use: KeyPlace["use"] = async (work) => {
    // Loading the SDK takes longer than most commands; those that stay on this machine do without.
    const [{ createDynamoClient }, { createDynamoKeyStore }, { createSecretsClient }, { readEngineKey }] =
      await Promise.all([
        import("../adapters/aws/dynamo-client.ts"),
        import("../adapters/aws/dynamo-key-store.ts"),
        import("../adapters/aws/secrets-client.ts"),
        import("../adapters/aws/engine-key.ts"),
      ]);
    const documents = createDynamoClient({ region: place.region, endpoint: dynamoEndpoint });
    const secrets = createSecretsClient({ region: place.region, endpoint: secretsEndpoint });
    try {
      return await work(createDynamoKeyStore(documents, table, await readEngineKey(secrets, table)));
    } finally {
      documents.destroy();
      secrets.destroy();
    }
  };
  return { use, useExisting: use };
}
