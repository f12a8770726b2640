import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { connectors } from "../../connectors/index.ts";
import { openKeyFile } from "../adapters/local/key-file.ts";
import { createSealedVault } from "../adapters/local/sealed-vault.ts";
import { readConfig } from "../config.ts";
import { type Connect, createConnect } from "../connection/open-connection.ts";
import type { FlowDefinition } from "../flow/flow.ts";
import { createHttpClient } from "../sdk/http/create-http-client.ts";
import { UsageError } from "./commands/command.ts";
import { DATABASE_FILE, openStores } from "./local-engine.ts";

export const PROFILE_HELP = `  --data DIR          where the engine keeps connector profiles (default: MILLRACE_DATA, else .millrace)`;

export interface OpenProfiles {
  readonly connect: Connect;
  close(): Promise<void>;
}

/**
 * The profiles that an engine on this machine keeps, whether it runs or not; undefined for a flow that is read without. They
 * are used where they are kept, because tokens that a system replaces must last longer than this command.
 */
export async function openProfiles(
  { source }: FlowDefinition,
  data: string | undefined,
): Promise<OpenProfiles | undefined> {
  if (source.profile === undefined) return undefined;
  const config = readConfig();
  const folder = resolve(data ?? config.dataFolder);
  const database = join(folder, DATABASE_FILE);
  if (!existsSync(database)) {
    throw new UsageError(
      `the flow is read through the profile ${source.profile}, and ${folder} holds none: say where it is, with --data DIR`,
    );
  }
  const stores = await openStores({ folder, database, buckets: new Map() });
  const vault = createSealedVault({
    database: stores.database,
    key: await openKeyFile(config.keyFile),
    place: config.place,
  });
  const http = createHttpClient({ allowed: new Set(config.allowedOrigins) });
  return {
    connect: createConnect({ ...stores, vault, send: http.send, connectors, id: randomUUID, chance: Math.random }),
    async close() {
      await http.close();
      stores.close();
    },
  };
}
