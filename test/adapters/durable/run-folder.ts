import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import s3 from "../../../connectors/s3/index.ts";
import { createSource } from "../../../connectors/s3/source.ts";
import { FolderObjectStore } from "../../../src/adapters/local/folder-object-store.ts";
import { createSqliteFlowStore } from "../../../src/adapters/local/sqlite-flow-store.ts";
import { createSqliteInbox } from "../../../src/adapters/local/sqlite-inbox.ts";
import { createSqliteRunStore } from "../../../src/adapters/local/sqlite-run-store.ts";
import { openTempScratch } from "../../../src/adapters/local/temp-scratch.ts";
import { refuseProfiles } from "../../../src/connection/open-connection.ts";
import type { ExecutePorts } from "../../../src/run/execute-run.ts";
import { SIZES } from "../../support/durable-world.ts";

/** The buckets of the flow, as folders. */
export const BUCKETS = ["in", "out", "staging"];

/** All that a run in this folder needs; every object of the bucket `in` is a slice. */
export function createPortsIn(folder: string, database: DatabaseSync): ExecutePorts {
  return {
    flows: createSqliteFlowStore(database),
    runs: createSqliteRunStore(database),
    inbox: createSqliteInbox(database),
    objects: new FolderObjectStore({
      root: folder,
      buckets: new Map(BUCKETS.map((name) => [name, join(folder, name)])),
    }),
    connectors: new Map([["S3", { ...s3, source: createSource(SIZES) }]]),
    openScratch: () => openTempScratch(tmpdir()),
    connect: refuseProfiles,
    stagingBucket: "staging",
    now: Date.now,
    wait: (milliseconds) => wait(milliseconds),
  };
}
