import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { claimRun } from "../../../src/run/claim-run.ts";
import type { ExecutePorts } from "../../../src/run/execute-run.ts";
import { verifyRun } from "../../../src/run/verify-run.ts";
import { sampleFlow } from "../../support/sample-flow.ts";
import { BUCKETS, createPortsIn } from "./run-folder.ts";

const SLICES = 400;
const WIDTH = 4;

let folder: string;
let database: DatabaseSync;
let ports: ExecutePorts;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-killed-"));
  for (const bucket of BUCKETS) await mkdir(join(folder, bucket));
  for (let i = 0; i < SLICES; i++) await writeFile(join(folder, "in", `${i}.csv`), `id,text\n${i},"Ü"\n`);
  database = openDatabase(join(folder, "runs.db"));
  ports = createPortsIn(folder, database);
});

afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

it("works again on the slices that were under way, and on no others, when its process is killed", async () => {
  const flow = sampleFlow("flow", {
    definition: {
      name: "flow",
      trigger: { type: "on-demand" },
      source: {
        connector: "S3",
        settings: { bucketName: "in", s3InputFormatConfig: { s3InputFileType: "CSV" } },
      },
      destinations: [{ connector: "S3", settings: { bucketName: "out", s3OutputFormatConfig: {} } }],
      tasks: [{ type: "map-all", index: 0, exclude: [] }],
    },
  });
  await ports.flows.create(flow);
  await claimRun(flow, "run", ports);

  let kills = 0;
  for (const most of [60, 180, 300]) if (await killAfter(most)) kills++;
  const { code, stderr } = await start().ended;

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(kills).toBe(3);
  const run = (await ports.runs.get("flow", "run"))!;
  expect(run).toMatchObject({ state: "published", counts: { read: SLICES, destinations: [{ written: SLICES }] } });
  expect(await countOf(ports.runs.segments("flow", "run"))).toBe(SLICES);
  expect(await countOf(ports.runs.attempts("flow", "run"))).toBeLessThanOrEqual(SLICES + kills * WIDTH);
  expect((await verifyRun(run, ports, new AbortController().signal)).faults).toEqual([]);
  expect(await countOf(ports.objects.list("out", ""))).toBe(SLICES + 1);
}, 240_000);

function start() {
  const args = [join(import.meta.dirname, "run-process.ts"), folder, String(WIDTH)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = Promise.all([once(child, "exit"), text(child.stderr)]).then(([[code], stderr]) => ({
    code: code as number | null,
    stderr,
  }));
  return { child, ended };
}

/** Kills the process once so many slices are read; false if it had ended by then. */
async function killAfter(slices: number): Promise<boolean> {
  const { child, ended } = start();
  while (child.exitCode === null && (await countOf(ports.runs.segments("flow", "run"))) < slices) await sleep(5);
  child.kill("SIGKILL");
  return (await ended).code === null;
}

async function countOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) count++;
  return count;
}
