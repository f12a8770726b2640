import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { createDynamoStores } from "../../src/adapters/aws/dynamo-stores.ts";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteStores } from "../../src/adapters/local/sqlite-stores.ts";
import { refuseProfiles } from "../../src/connection/open-connection.ts";
import { claimRun } from "../../src/run/claim-run.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import type { ObjectStore } from "../../src/sdk/object-store.ts";
import { dynamoClient } from "../support/dynamo-table.ts";
import { dynoxideMissing, startDynoxide } from "../support/dynoxide-server.ts";
import { memoryScratch } from "../support/memory-scratch.ts";
import { sampleProfile } from "../support/sample-profile.ts";
import { type StoredItems, type StoredRows, writeItems, writeRows } from "./stored-state/stored-rows.ts";
import {
  CONNECTORS,
  definitionOf,
  type Files,
  FLOWS,
  type FlowName,
  MADE_AT,
  OBJECTS,
  openBuckets,
  writeFiles,
} from "./stored-state/stored-world.ts";

const STATES = join(import.meta.dirname, "stored-state");
/** The versions whose state is kept, by the day on which they were the newest. */
const VERSIONS = ["2026-11-25"];

type Stores = Pick<ReturnType<typeof createSqliteStores>, "flows" | "runs" | "inbox" | "profiles">;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

async function read<State>(version: string, name: string): Promise<State> {
  return JSON.parse(await readFile(join(STATES, version, `${name}.json`), "utf8")) as State;
}

async function openFiles(files: Files): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "millrace-stored-"));
  cleanups.push(() => rm(root, { recursive: true }));
  for (const bucket of ["out", "staging"]) await mkdir(join(root, bucket));
  await writeFiles(root, files);
  return root;
}

async function openSqlite(version: string): Promise<{ readonly stores: Stores; readonly root: string }> {
  const { database: rows, files } = await read<{ database: StoredRows; files: Files }>(version, "sqlite");
  const root = await openFiles(files);
  const path = join(root, "millrace.db");
  const empty = new DatabaseSync(path);
  writeRows(empty, rows);
  empty.close();
  const database = openDatabase(path);
  cleanups.push(() => database.close());
  return { stores: createSqliteStores(database), root };
}

async function openDynamo(version: string): Promise<{ readonly stores: Stores; readonly root: string }> {
  const { items, files } = await read<{ items: StoredItems; files: Files }>(version, "dynamodb");
  const root = await openFiles(files);
  const dynoxide = await startDynoxide();
  cleanups.push(() => dynoxide.stop());
  await writeItems(dynoxide.endpoint, "state", items);
  const client = dynamoClient(dynoxide.endpoint);
  cleanups.push(() => client.destroy());
  return { stores: createDynamoStores(client, "state"), root };
}

const LATER = MADE_AT + 3_600_000;

function portsOf(stores: Stores, objects: ObjectStore) {
  return {
    ...stores,
    objects,
    connectors: CONNECTORS,
    openScratch: () => Promise.resolve(memoryScratch()),
    connect: refuseProfiles,
    stagingBucket: "staging",
    now: () => LATER,
    wait: () => Promise.resolve(),
  };
}

const CONTROL = { signal: new AbortController().signal, shouldStop: () => false };

/** Ids of the records that a flow has written, with repetitions, in ascending order. */
async function idsOf(flow: FlowName, objects: ObjectStore): Promise<readonly number[]> {
  const texts: string[] = [];
  for await (const { key } of objects.list("out", `${flow}/`)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of objects.read("out", key)) chunks.push(chunk);
    texts.push(Buffer.concat(chunks).toString());
  }
  const lines = texts.flatMap((text) => text.trimEnd().split("\n"));
  return lines.map((line) => Number((JSON.parse(line) as { readonly id: string }).id)).toSorted((a, b) => a - b);
}

const ids = (objects: number) => Array.from({ length: objects * 2 }, (_, id) => id);

const missing = dynoxideMissing();
const skipped = missing === undefined ? "" : ` (skipped because ${missing})`;

describe.each(VERSIONS)("state that the version of %s has stored", (version) => {
  const kinds = [
    { name: "in SQLite", open: openSqlite, isMissing: false },
    { name: `in DynamoDB${skipped}`, open: openDynamo, isMissing: missing !== undefined },
  ];

  describe.each(kinds)("$name", ({ open, isMissing }) => {
    it.skipIf(isMissing)("is read as it was meant", async () => {
      const { stores } = await open(version);

      const flows = await stores.flows.list(100);
      expect(flows.map(({ name, definition }) => [name, definition])).toEqual(
        FLOWS.toSorted().map((name) => [name, definitionOf(name)]),
      );
      expect(await stores.profiles.get("desk")).toEqual(sampleProfile("desk"));
      const states = FLOWS.map(async (name) => [name, (await stores.runs.get(name, `run-${name}`))?.state]);
      expect(Object.fromEntries(await Promise.all(states))).toEqual({
        finished: "published",
        claimed: "planning",
        underway: "running",
        decided: "committed",
        incremental: "published",
      });
    });

    it.skipIf(isMissing)("has its runs ended, every record once, wherever they were", async () => {
      const { stores, root } = await open(version);
      const objects = openBuckets(root, OBJECTS, LATER);
      const before = await idsOf("decided", objects);
      let segments = 0;
      for await (const _ of stores.runs.segments("underway", "run-underway")) segments++;

      const left = (await stores.runs.unfinished()).map(({ flow }) => flow);
      for (const flow of left) await executeRun(flow, `run-${flow}`, portsOf(stores, objects), CONTROL);

      expect(left.toSorted()).toEqual(["claimed", "decided", "underway"]);
      expect(before).toEqual([]);
      expect(segments).toBeGreaterThan(0);
      expect(segments).toBeLessThan(OBJECTS);
      for (const flow of FLOWS) {
        expect(await stores.runs.get(flow, `run-${flow}`)).toMatchObject({
          state: "published",
          counts: { read: OBJECTS * 2 },
        });
        expect(await idsOf(flow, objects)).toEqual(ids(OBJECTS));
      }
    });

    it.skipIf(isMissing)(
      "is built on: an incremental flow goes on with what is new, and others run again",
      async () => {
        const { stores, root } = await open(version);
        const objects = openBuckets(root, OBJECTS + 2, LATER);
        const ports = portsOf(stores, objects);

        for (const name of ["incremental", "finished"] as const) {
          const flow = (await stores.flows.get(name))!;
          expect(await claimRun(flow, "next", ports)).toMatchObject({ state: "opened" });
          expect(await executeRun(name, "next", ports, CONTROL)).toMatchObject({ state: "published" });
        }

        expect(await idsOf("incremental", objects)).toEqual(ids(OBJECTS + 2));
        expect(await idsOf("finished", objects)).toEqual(
          [...ids(OBJECTS), ...ids(OBJECTS + 2)].toSorted((a, b) => a - b),
        );
      },
    );
  });
});
