import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { connectors } from "../../connectors/index.ts";
import { openKeyFile } from "../adapters/local/key-file.ts";
import { createSealedVault } from "../adapters/local/sealed-vault.ts";
import { type Config, readConfig } from "../config.ts";
import { type Connect, createConnect } from "../connection/open-connection.ts";
import type { Vault } from "../connection/vault.ts";
import type { FlowDefinition } from "../flow/flow.ts";
import type { Dispatch } from "../sdk/http/dispatch.ts";
import { openCloudStores } from "./cloud-stores.ts";
import { UsageError } from "./commands/command.ts";
import { DATABASE_FILE, openStores } from "./local-engine.ts";
import type { LocalStores } from "./local-engine.ts";

export const PROFILE_HELP = `  --data DIR          where the engine keeps connector profiles (default: MILLRACE_DATA, else .millrace)`;

/** Of commands that are about profiles alone. */
export const TABLE_HELP = `  --table NAME        the DynamoDB table of profiles, as it was given to \`millrace dev\` (default: MILLRACE_TABLE)`;

/** Where an engine keeps its profiles: in a folder, or in a table with their credentials in Secrets Manager. */
export interface ProfilePlace {
  readonly data?: string | undefined;
  readonly table?: string | undefined;
}

export interface OpenProfiles {
  readonly stores: Pick<LocalStores, "profiles" | "registrations" | "objects" | "now" | "wait">;
  readonly vault: Vault;
  /** The guarded client. */
  readonly send: Dispatch;
  readonly connect: Connect;
  close(): Promise<void>;
}

/** The profiles for a flow; undefined for one that is read without. */
export async function openProfiles({ source }: FlowDefinition, place: ProfilePlace): Promise<OpenProfiles | undefined> {
  if (source.profile === undefined) return undefined;
  return openKeptProfiles(place, `the flow is read through the profile ${source.profile}`);
}

/**
 * The profiles that an engine keeps, whether it runs or not. They are used where they are kept, because tokens that a system
 * replaces must last longer than this command. `need` is for the message where there are none.
 */
export async function openKeptProfiles(place: ProfilePlace, need: string): Promise<OpenProfiles> {
  const config = readConfig();
  const folder = resolve(place.data ?? config.dataFolder);
  const table = place.table ?? config.table;
  const database = join(folder, DATABASE_FILE);
  if (table === undefined && !existsSync(database)) {
    throw new UsageError(`${need}, and ${folder} holds none: say where it is, with --data DIR`);
  }
  const cloud = table === undefined ? undefined : await openCloudStores(table, config);
  const local = await openStores({
    folder,
    database: cloud === undefined ? database : ":memory:",
    buckets: new Map(),
  });
  const stores = { ...local, ...cloud?.stores };
  const vault = cloud?.vault ?? (await openFolderVault(local.database, config));
  // Loading it takes longer than most commands, and 30 MB.
  const { createHttpClient } = await import("../sdk/http/create-http-client.ts");
  const http = createHttpClient({ allowed: new Set(config.allowedOrigins) });
  const { send } = http;
  return {
    stores,
    vault,
    send,
    connect: createConnect({ ...stores, vault, send, connectors, id: randomUUID, chance: Math.random }),
    async close() {
      await http.close();
      local.close();
      cloud?.close();
    },
  };
}

async function openFolderVault(database: DatabaseSync, { keyFile, place }: Config): Promise<Vault> {
  return createSealedVault({ database, key: await openKeyFile(keyFile), place });
}
