import type { DatabaseSync } from "node:sqlite";
import { createSqliteCallStore } from "./sqlite-call-store.ts";
import { createSqliteFlowStore } from "./sqlite-flow-store.ts";
import { createSqliteInbox } from "./sqlite-inbox.ts";
import { createSqliteMetadataCache } from "./sqlite-metadata-cache.ts";
import { createSqliteOutbox } from "./sqlite-outbox.ts";
import { createSqliteProfileStore } from "./sqlite-profile-store.ts";
import { createSqliteRegistrationStore } from "./sqlite-registration-store.ts";
import { createSqliteRunStore } from "./sqlite-run-store.ts";

/** Everything that the control plane keeps, but credentials, in the database that `openDatabase` gives. */
export function createSqliteStores(database: DatabaseSync) {
  return {
    flows: createSqliteFlowStore(database),
    runs: createSqliteRunStore(database),
    outbox: createSqliteOutbox(database),
    inbox: createSqliteInbox(database),
    calls: createSqliteCallStore(database),
    profiles: createSqliteProfileStore(database),
    registrations: createSqliteRegistrationStore(database),
    metadata: createSqliteMetadataCache(database),
  };
}
