import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ACCOUNT, accountItem } from "../test/support/saas/salesforce-objects.ts";
import { startSalesforce } from "../test/support/saas/salesforce-server.ts";
import { startZendesk } from "../test/support/saas/zendesk-server.ts";
import type { StandIn } from "../test/support/saas/stand-in.ts";
import type { JsonObject } from "../src/sdk/json.ts";
import type { Measured } from "./runners/measure.ts";

/*
 * Reads each source's stand-in, over HTTP on this machine, into JSON lines. The stand-in is in this process and the engine in
 * another: what counts is the processor time of the engine, because the stand-in writes its answers no faster than the engine
 * reads them. Waiting for a limit takes no time.
 */

interface SourceCase {
  readonly name: string;
  readonly connector: string;
  readonly settings: JsonObject;
  readonly open: (records: number) => Promise<StandIn & { readonly credentials: JsonObject }>;
}

const CASES: readonly SourceCase[] = [
  ...(["REST_SYNC", "BULKV2"] as const).map((dataTransferApi) => ({
    name: `Salesforce, ${dataTransferApi}`,
    connector: "Salesforce",
    settings: { object: "Account", dataTransferApi },
    open: openSalesforce,
  })),
  { name: "Zendesk, cursor export", connector: "Zendesk", settings: { object: "users" }, open: openZendesk },
];

/** A table of what each source took, and whatever is told on the way. */
export async function timeSources(records: number, runs: number, work: string): Promise<string> {
  const lines = [
    "| source | k records/s of one core | MB/s | k records/s, waiting for the stand-in | peak MB |",
    "|---|---:|---:|---:|---:|",
  ];
  for (const each of CASES) {
    await using standIn = await each.open(records);
    const measured: Measured[] = [];
    for (let run = 0; run < runs; run++) measured.push(await runOnce(each, standIn, work));
    const {
      ms,
      cpuMs,
      peakMB,
      written,
      bytes = 0,
    } = measured.toSorted((a, b) => a.cpuMs - b.cpuMs)[Math.floor(runs / 2)]!;
    if (written !== records) throw new Error(`${each.name}: ${written} of ${records} records were written.`);
    const line = `| ${each.name} | ${(written / cpuMs).toFixed(0)} | ${(bytes / 1000 / cpuMs).toFixed(0)} | ${(written / ms).toFixed(0)} | ${peakMB.toFixed(0)} |`;
    process.stderr.write(`${line}\n`);
    lines.push(line);
  }
  return lines.join("\n");
}

async function runOnce(
  { connector, settings }: SourceCase,
  standIn: StandIn & { readonly credentials: JsonObject },
  work: string,
) {
  const output = join(work, "sources");
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const { origin, credentials } = standIn;
  const job = JSON.stringify({ connector, settings, origin, credentials, output });
  const script = join(import.meta.dirname, "runners", "source.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, job]);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Measured;
}

async function openSalesforce(records: number) {
  const salesforce = await startSalesforce({ looks: 0, dailyRequests: Infinity });
  salesforce.define("Account", ACCOUNT);
  for (let n = 1; n <= records; n++) salesforce.put("Account", accountItem(n, salesforce.time.now() - n * 60_000));
  return salesforce;
}

async function openZendesk(records: number) {
  const zendesk = await startZendesk({ exportsPerMinute: 1_000_000 });
  for (let id = 1; id <= records; id++) {
    const time = new Date(zendesk.time.now() - 86_400_000 + id * 100).toISOString();
    const contact = { email: `person.${id}@example.com`, phone: "+15551234567", time_zone: "Berlin", locale: "de" };
    const state = { active: true, verified: id % 2 === 0, role: "end-user", tags: ["a", "b"], notes: null };
    zendesk.put("users", { id, name: `Person ${id}`, ...contact, ...state, created_at: time, updated_at: time });
  }
  return zendesk;
}
