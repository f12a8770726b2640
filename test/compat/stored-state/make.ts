/*
 * Makes stored state as this version of the code writes it: `node test/compat/stored-state/make.ts FOLDER` writes
 * `sqlite.json` and `dynamodb.json` there. To have an earlier version's, copy this folder into a checkout of it, and run it
 * there.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDynamoClient } from "../../../src/adapters/aws/dynamo-client.ts";
import { createDynamoStores } from "../../../src/adapters/aws/dynamo-stores.ts";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { createSqliteStores } from "../../../src/adapters/local/sqlite-stores.ts";
import { claimRun } from "../../../src/run/claim-run.ts";
import { executeRun } from "../../../src/run/execute-run.ts";
import type { ExecutePorts } from "../../../src/run/execute-run.ts";
import { startDynoxide } from "../../support/dynoxide-server.ts";
import { memoryScratch } from "../../support/memory-scratch.ts";
import { sampleFlow } from "../../support/sample-flow.ts";
import { sampleProfile } from "../../support/sample-profile.ts";
import { readItems, readRows, writeItems } from "./stored-rows.ts";
import {
  CONNECTORS,
  definitionOf,
  FLOWS,
  type FlowName,
  MADE_AT,
  OBJECTS,
  openBuckets,
  readFiles,
} from "./stored-world.ts";

type Stores = Pick<ReturnType<typeof createSqliteStores>, "flows" | "runs" | "profiles">;

const folder = process.argv[2]!;
await mkdir(folder, { recursive: true });
process.env["AWS_ACCESS_KEY_ID"] = "test";
process.env["AWS_SECRET_ACCESS_KEY"] = "test";

const database = openDatabase(":memory:");
const files = await make(createSqliteStores(database));
await writeState("sqlite", { database: readRows(database), files });

const dynoxide = await startDynoxide();
await writeItems(dynoxide.endpoint, "state", []);
const documents = createDynamoClient({ region: "eu-west-1", endpoint: dynoxide.endpoint });
const otherFiles = await make(createDynamoStores(documents, "state"));
await writeState("dynamodb", { items: await readItems(dynoxide.endpoint, "state"), files: otherFiles });
documents.destroy();
await dynoxide.stop();

async function writeState(name: string, state: object): Promise<void> {
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(state, undefined, 1)}\n`);
}

/** Takes every flow as far as its name says. Gives the files of the buckets. */
async function make(stores: Stores) {
  const root = await mkdtemp(join(tmpdir(), "millrace-state-"));
  for (const bucket of ["out", "staging"]) await mkdir(join(root, bucket));
  await stores.profiles.create(sampleProfile("desk"));
  for (const name of FLOWS) {
    const flow = sampleFlow(name, { id: `flow-${name}`, definition: definitionOf(name) });
    await stores.flows.create(flow);
    const ports = portsOf(stores, root, name);
    await claimRun(flow, `run-${name}`, ports);
    if (name !== "claimed") await execute(name, ports);
  }
  const made = await readFiles(root);
  await rm(root, { recursive: true });
  return made;
}

function portsOf(stores: Stores, root: string, name: FlowName) {
  const objects = openBuckets(root, OBJECTS, MADE_AT);
  // A process that dies when the run is decided, and nothing is visible yet.
  if (name === "decided") objects.completeUpload = () => Promise.reject(new Error("it has died"));
  return {
    ...stores,
    objects,
    connectors: CONNECTORS,
    openScratch: () => Promise.resolve(memoryScratch()),
    connect: () => Promise.reject(new Error("There are no profiles.")),
    stagingBucket: "staging",
    now: () => MADE_AT,
    wait: () => Promise.resolve(),
    // Versions differ in what else they want, and none of these runs needs it.
  } as unknown as ExecutePorts;
}

async function execute(name: FlowName, ports: ExecutePorts): Promise<void> {
  let batches = 0;
  const control = {
    signal: new AbortController().signal,
    shouldStop: () => name === "underway" && batches >= 3,
    progress: () => void batches++,
  };
  const run = await executeRun(name, `run-${name}`, ports, control).catch((error: unknown) => {
    if (name !== "decided") throw error;
  });
  const { state } = (await ports.runs.get(name, `run-${name}`))!;
  console.log(name, state, run?.counts);
}
