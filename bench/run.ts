import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { generateAccounts } from "./generate.ts";
import { duckColumns, FORMATS } from "./job.ts";
import type { Format } from "./job.ts";
import type { Measured } from "./runners/measure.ts";
import { timeSources } from "./sources.ts";

/*
 * Times one job in nine format pairs: this engine, DuckDB on one thread, and the pipeline that one writes without
 * thinking about speed. Runs take turns, each in a process of its own; what counts is the ratio within one row.
 */

const HELP = `npm run bench -- [sources] [options]

  sources         instead: how fast the sources of SaaS data are read from what stands in for them

  --records N     records in the input (default 1000000)
  --runs N        runs of each, the median counts (default 3)
  --pairs a-b,..  only these pairs, for example json-csv,parquet-json
  --peers a,b     duckdb, typescript (default both)
  --write         put the table into docs/performance.md
`;

const RUNNERS = ["millrace", "duckdb", "typescript"] as const;
type Runner = (typeof RUNNERS)[number];
/** The plain pipeline is slow: it gets this part of the records, and is compared by records per second. */
const PLAIN_SHARE = 10;
const WORK = join(import.meta.dirname, "..", ".millrace", "bench");

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: "string", default: "1000000" },
    runs: { type: "string", default: "3" },
    pairs: { type: "string" },
    peers: { type: "string", default: "duckdb,typescript" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (options.help) process.stdout.write(HELP);
else if (positionals[0] === "sources") await benchSources();
else await main();

async function benchSources(): Promise<void> {
  const records = Number(options.records);
  process.stdout.write(`${await timeSources(records, Number(options.runs), WORK)}\n`);
}

async function main(): Promise<void> {
  const records = Number(options.records);
  const full = await makeInput(records);
  const small = await makeInput(Math.max(1, Math.round(records / PLAIN_SHARE)));
  const rows: Row[] = [];
  for (const [from, to] of pairs()) {
    const row = await timePair(from, to, { full, small, records });
    rows.push(row);
    process.stderr.write(`${describe(row)}\n`);
  }
  const table = markdown(rows, records);
  process.stdout.write(`${table}\n`);
  if (options.write) await writeIntoDocs(table);
}

interface Row {
  readonly from: Format;
  readonly to: Format;
  readonly results: ReadonlyMap<Runner, Median>;
}

interface Median {
  readonly recordsPerSecond: number;
  readonly peakMB: number;
}

interface Inputs {
  readonly full: string;
  readonly small: string;
  readonly records: number;
}

async function timePair(from: Format, to: Format, inputs: Inputs): Promise<Row> {
  const runners = RUNNERS.filter((runner) => runner === "millrace" || options.peers.split(",").includes(runner));
  const measured = new Map<Runner, Measured[]>(runners.map((runner) => [runner, []]));
  for (let run = 0; run < Number(options.runs); run++) {
    for (const runner of runners) measured.get(runner)!.push(await runOnce(runner, from, to, inputs));
  }
  const written = new Set(
    runners.filter((r) => r !== "typescript").flatMap((r) => measured.get(r)!.map((m) => m.written)),
  );
  if (written.size > 1) throw new Error(`${from} to ${to}: the runners wrote ${[...written].join(" and ")} records.`);
  const results = runners.map((runner): [Runner, Median] => {
    const share = runner === "typescript" ? PLAIN_SHARE : 1;
    const times = measured.get(runner)!;
    return [
      runner,
      {
        recordsPerSecond: (inputs.records / share / median(times.map((m) => m.ms))) * 1000,
        peakMB: median(times.map((m) => m.peakMB)),
      },
    ];
  });
  return { from, to, results: new Map(results) };
}

async function runOnce(runner: Runner, from: Format, to: Format, inputs: Inputs): Promise<Measured> {
  const input = join(runner === "typescript" ? inputs.small : inputs.full, `accounts.${from}`);
  const output = join(WORK, "out", `accounts.${to}`);
  await rm(join(WORK, "out"), { recursive: true, force: true });
  await mkdir(join(WORK, "out"), { recursive: true });
  const script = join(import.meta.dirname, "runners", `${runner}.ts`);
  // As `npx millrace` starts the engine.
  const env = { NODE_COMPILE_CACHE: join(WORK, "compiled"), ...process.env };
  const { stdout } = await promisify(execFile)(process.execPath, [script, from, to, input, output], { env });
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Measured;
}

/** The folder with the input in all formats; made once. */
async function makeInput(records: number): Promise<string> {
  const folder = join(WORK, String(records));
  const parquet = join(folder, "accounts.parquet");
  if (existsSync(parquet)) return folder;
  await mkdir(folder, { recursive: true });
  process.stderr.write(`making ${records} records …\n`);
  const json = join(folder, "accounts.json");
  await generateAccounts(records, json, join(folder, "accounts.csv"));
  const connection = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  const columns = duckColumns("TIMESTAMP", "STRUCT(Id VARCHAR, Name VARCHAR, Email VARCHAR, Level INTEGER)");
  await connection.run(
    `copy (select * from read_ndjson('${json}', columns=${columns})) to '${parquet}' (format parquet, compression snappy)`,
  );
  return folder;
}

function pairs(): readonly (readonly [Format, Format])[] {
  const all = FORMATS.flatMap((from) => FORMATS.map((to) => [from, to] as const));
  const wanted = options.pairs?.split(",");
  return wanted === undefined ? all : all.filter(([from, to]) => wanted.includes(`${from}-${to}`));
}

function describe({ from, to, results }: Row): string {
  const parts = Array.from(
    results,
    ([runner, { recordsPerSecond, peakMB }]) => `${runner} ${thousands(recordsPerSecond)} k/s ${Math.round(peakMB)} MB`,
  );
  return `${from} → ${to}: ${parts.join(", ")}`;
}

function markdown(rows: readonly Row[], records: number): string {
  const head = [
    `${records.toLocaleString("en-US")} records, median of ${options.runs} runs, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}.`,
    "",
    "| pair | k records/s | × DuckDB (1 thread) | × plain TypeScript | peak MB | DuckDB's peak MB |",
    "|---|---:|---:|---:|---:|---:|",
  ];
  const body = rows.map(({ from, to, results }) => {
    const ours = results.get("millrace")!;
    const ratio = (peer: Runner) => {
      const other = results.get(peer);
      return other === undefined ? "–" : (ours.recordsPerSecond / other.recordsPerSecond).toFixed(2);
    };
    const duckMB = results.get("duckdb")?.peakMB;
    return `| ${from} → ${to} | ${thousands(ours.recordsPerSecond)} | ${ratio("duckdb")} | ${ratio("typescript")} | ${Math.round(ours.peakMB)} | ${duckMB === undefined ? "–" : Math.round(duckMB)} |`;
  });
  return [...head, ...body].join("\n");
}

async function writeIntoDocs(table: string): Promise<void> {
  const path = join(import.meta.dirname, "..", "docs", "performance.md");
  const text = await readFile(path, "utf8");
  const marked = /(<!-- bench:begin -->\n)[\s\S]*?(<!-- bench:end -->)/;
  if (!marked.test(text)) throw new Error("docs/performance.md has no place for the table.");
  await writeFile(
    path,
    text.replace(marked, (_, begin: string, end: string) => `${begin}${table}\n${end}`),
  );
  process.stderr.write(`${path}: ${(await stat(path)).size} bytes\n`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function thousands(value: number): string {
  return String(Math.round(value / 1000));
}
