import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateAccounts } from "../../bench/generate.ts";
import { duckColumns, flowRequest, FORMATS, jobSql, MAPPINGS } from "../../bench/job.ts";
import type { Format } from "../../bench/job.ts";
import { connectors } from "../../connectors/index.ts";
import { checkFlow } from "../../src/app.ts";
import { openStores } from "../../src/cli/local-engine.ts";
import { runFlowOnce } from "../../src/cli/run-flow-once.ts";
import { listFiles } from "../../src/run/publish-set.ts";
import type { Json } from "../../src/sdk/json.ts";

const RECORDS = 3000;
const SQL_TYPES: Readonly<Record<string, string>> = {
  string: "VARCHAR",
  double: "DOUBLE",
  int: "INTEGER",
  boolean: "BOOLEAN",
  datetime: "TIMESTAMP",
};
/**
 * Casts away what is the format's and not the data's: how it spells an instant, that CSV has only text, and that SQL adds
 * in binary where the flow adds in decimal.
 */
const SAME = MAPPINGS.map(([, target, type]) => {
  const value = `try_cast(nullif("${target}"::VARCHAR, '') as ${SQL_TYPES[type]})`;
  return `${type === "double" ? `round(${value}, 6)` : value} as "${target}"`;
}).join(", ");

let folder: string;
let duck: DuckDBConnection;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-differential-"));
  for (const name of ["in", "ours", "theirs"]) await mkdir(join(folder, name));
  duck = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  const json = join(folder, "in", "accounts.json");
  await generateAccounts(RECORDS, json, join(folder, "in", "accounts.csv"));
  const columns = duckColumns("TIMESTAMP", "STRUCT(Id VARCHAR, Name VARCHAR, Email VARCHAR, Level INTEGER)");
  await duck.run(
    `copy (select * from read_ndjson('${json}', columns=${columns})) to '${join(folder, "in", "accounts.parquet")}' (format parquet)`,
  );
});

afterAll(async () => {
  duck.closeSync();
  await rm(folder, { recursive: true, force: true });
});

describe("the same job as SQL", () => {
  for (const from of FORMATS) {
    for (const to of FORMATS) {
      it(`gives the same records from ${from} to ${to}`, async () => {
        const theirs = join(folder, "theirs", `${from}.${to}`);
        await duck.run(jobSql(from, to, join(folder, "in", `accounts.${from}`), theirs));

        const ours = await runJob(from, to);

        expect(await countOf(ours, to)).toBe(await countOf(theirs, to));
        expect(await difference(ours, theirs, to)).toEqual([]);
        expect(await difference(theirs, ours, to)).toEqual([]);
      });
    }
  }
});

/** Where the records that the flow wrote lie. */
async function runJob(from: Format, to: Format): Promise<string> {
  const checked = checkFlow(flowRequest(from, to) as Json, { connectors, strict: false });
  if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
  const buckets = new Map([
    ["bench-in", join(folder, "in")],
    ["bench-out", join(folder, "ours")],
  ]);
  const stores = await openStores({ folder: join(folder, `${from}-${to}`), database: ":memory:", buckets });
  try {
    const run = await runFlowOnce(checked, stores, { signal: new AbortController().signal, shouldStop: () => false });
    expect(run).toMatchObject({ state: "published", counts: { read: RECORDS, rejected: 0 } });
    const [file] = await listFiles(run, stores);
    return join(folder, "ours", file!.upload.key);
  } finally {
    stores.close();
  }
}

async function difference(a: string, b: string, format: Format): Promise<unknown[]> {
  const sql = `(select ${SAME} from ${reader(a, format)}) except all (select ${SAME} from ${reader(b, format)}) limit 3`;
  return (await duck.runAndReadAll(sql)).getRowObjectsJson();
}

async function countOf(path: string, format: Format): Promise<unknown> {
  return (
    await duck.runAndReadAll(`select count(*)::INTEGER as n from ${reader(path, format)}`)
  ).getRowObjectsJson()[0]!.n;
}

/** All columns as text, so that nothing is guessed. */
function reader(path: string, format: Format): string {
  const columns = `{${MAPPINGS.map(([, target]) => `"${target}": 'VARCHAR'`).join(", ")}}`;
  if (format === "json") return `read_ndjson('${path}', columns=${columns})`;
  if (format === "csv")
    return `read_csv('${path}', header=true, auto_detect=false, delim=',', quote='"', escape='"', columns=${columns})`;
  return `read_parquet('${path}')`;
}
