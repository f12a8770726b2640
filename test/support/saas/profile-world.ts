import { randomUUID } from "node:crypto";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { createSealedVault } from "../../../src/adapters/local/sealed-vault.ts";
import { createSqliteStores } from "../../../src/adapters/local/sqlite-stores.ts";
import { type ConnectPorts, createConnect } from "../../../src/connection/open-connection.ts";
import type { Profile } from "../../../src/connection/profile.ts";
import type { ProfileStore } from "../../../src/connection/profile-store.ts";
import type { Connector, Session } from "../../../src/sdk/connector.ts";
import { createHttpClient, type HttpClientOptions } from "../../../src/sdk/http/create-http-client.ts";
import type { JsonObject } from "../../../src/sdk/json.ts";
import { MemoryObjectStore } from "../memory-object-store.ts";
import { sampleProfile } from "../sample-profile.ts";
import { type StandIn, throughStandIn } from "./stand-in.ts";

/** One profile of a stand-in, in stores in memory, and the connections that it opens through the guarded client. */
export interface ProfileWorld extends AsyncDisposable {
  readonly profile: Profile;
  readonly ports: ConnectPorts & { readonly profiles: ProfileStore };
  /** The credentials as the vault has them now. */
  credentials(): Promise<JsonObject>;
  /** What a source is given; another process has another one. */
  session(options?: { readonly signal?: AbortSignal; readonly deadline?: number }): Promise<Session>;
}

export interface ProfileWorldOptions {
  readonly connector: Connector;
  readonly standIn: StandIn;
  readonly properties: JsonObject;
  readonly credentials: JsonObject;
  readonly client?: HttpClientOptions;
}

export async function openProfileWorld({
  connector,
  standIn,
  properties,
  credentials,
  client,
}: ProfileWorldOptions): Promise<ProfileWorld> {
  const database = openDatabase(":memory:");
  const place = { region: "eu-west-1", account: "111122223333" };
  const stores = createSqliteStores(database);
  const vault = createSealedVault({ database, key: new Uint8Array(32), place });
  const credentialsArn = await vault.create("profile", credentials);
  const member = { [connector.key]: properties };
  const profile = sampleProfile("profile", { connector: connector.type, properties: member, credentialsArn });
  await stores.profiles.create(profile);
  const http = createHttpClient({ allowed: new Set([standIn.origin]), ...client });
  const { now, wait } = standIn.time;
  const ports = {
    ...stores,
    vault,
    send: throughStandIn(standIn, http.send),
    connectors: [connector],
    now,
    wait,
    id: randomUUID,
    chance: () => 0.5,
  };
  const connect = createConnect(ports);
  return {
    profile,
    ports,
    credentials: async () => (await vault.read(credentialsArn))!.credentials,
    async session({ signal = new AbortController().signal, deadline = now() + 24 * 3_600_000 } = {}) {
      const connection = await connect(connector, "profile", { signal, deadline });
      return { objects: new MemoryObjectStore([]), connection, signal };
    },
    async [Symbol.asyncDispose]() {
      await http.close();
      database.close();
    },
  };
}
