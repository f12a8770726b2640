import { createReadStream, createWriteStream } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import parquet from "parquetjs-lite";
import { JOB, MAPPINGS } from "../job.ts";
import type { Format } from "../job.ts";
import { measure } from "./measure.ts";

/*
 * The pipeline that one writes without thinking about speed: an object per record, a step per task, parquetjs-lite for
 * Parquet. CSV is split by hand at the quotes, because that is what such scripts do.
 */

type Value = string | number | boolean | Date | null | undefined;
type Account = Record<string, Value>;

// node bench/runners/typescript.ts <from> <to> <input> <output>
const [from, to, input, output] = process.argv.slice(2) as [Format, Format, string, string];

const READERS: Record<Format, (path: string) => AsyncIterable<Account>> = {
  json: readJson,
  csv: readCsv,
  parquet: readParquet,
};
const WRITERS: Record<Format, (records: AsyncIterable<Account>, path: string) => Promise<number>> = {
  json: (records, path) => writeLines(records, path, undefined, (record) => JSON.stringify(record)),
  csv: (records, path) => writeLines(records, path, MAPPINGS.map(([, target]) => target).join(","), csvLine),
  parquet: writeParquet,
};

await measure(() => WRITERS[to](transform(READERS[from](input)), output));

async function* transform(records: AsyncIterable<Account>): AsyncGenerator<Account> {
  for await (const record of records) {
    const created = new Date(record.CreatedDate as string | Date).getTime();
    if (!(created > JOB.createdAfter && created < JOB.createdBefore)) continue;
    if (!(Number(record.Amount__c) > JOB.amountAbove)) continue;
    if (record.Industry === null || record.Industry === undefined || record.Industry === "") continue;
    const truncated = { ...record, Description: truncate(record.Description) };
    const masked = { ...truncated, TaxId__c: mask(record.TaxId__c) };
    const added: Account = { ...masked, "Amount__c,Tax__c": add(record.Amount__c, record.Tax__c) };
    yield Object.fromEntries(MAPPINGS.map(([source, target]) => [target, added[source]]));
  }
}

function truncate(value: Value): Value {
  return typeof value === "string" ? [...value].slice(0, JOB.truncate).join("") : value;
}

function mask(value: Value): Value {
  if (typeof value !== "string") return value;
  return "*".repeat(Math.min(JOB.maskFirst, value.length)) + value.slice(JOB.maskFirst);
}

function add(a: Value, b: Value): number | null {
  return a === null || b === null || a === "" || b === "" ? null : Number(a) + Number(b);
}

async function* readJson(path: string): AsyncGenerator<Account> {
  for await (const line of createInterface({ input: createReadStream(path) })) yield JSON.parse(line) as Account;
}

async function* readCsv(path: string): AsyncGenerator<Account> {
  let header: string[] | undefined;
  let row = "";
  for await (const line of createInterface({ input: createReadStream(path) })) {
    row = row === "" ? line : `${row}\n${line}`;
    if ((row.split('"').length - 1) % 2 !== 0) continue;
    const cells = splitRow(row);
    row = "";
    if (header === undefined) header = cells;
    else yield Object.fromEntries(header.map((name, i) => [name, cells[i] === "" ? null : cells[i]]));
  }
}

function splitRow(row: string): string[] {
  const cells: string[] = [];
  for (const match of row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    cells.push(match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"'));
  }
  return cells;
}

async function* readParquet(path: string): AsyncGenerator<Account> {
  yield* (await parquetReadObjects({ file: await asyncBufferFromFile(path) })) as Account[];
}

function csvLine(record: Account): string {
  return Object.values(record)
    .map((value) => {
      const text =
        value === null || value === undefined ? "" : value instanceof Date ? value.toISOString() : String(value);
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(",");
}

async function writeLines(
  records: AsyncIterable<Account>,
  path: string,
  header: string | undefined,
  format: (record: Account) => string,
): Promise<number> {
  const out = createWriteStream(path);
  let written = 0;
  if (header !== undefined) out.write(`${header}\n`);
  for await (const record of records) {
    written++;
    if (!out.write(`${format(record)}\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
  return written;
}

async function writeParquet(records: AsyncIterable<Account>, path: string): Promise<number> {
  const types: Record<string, string> = {
    string: "UTF8",
    double: "DOUBLE",
    int: "INT32",
    boolean: "BOOLEAN",
    datetime: "TIMESTAMP_MILLIS",
  };
  const schema = new parquet.ParquetSchema(
    Object.fromEntries(
      MAPPINGS.map(([, target, type]) => [target, { type: types[type], optional: true, compression: "SNAPPY" }]),
    ),
  );
  const writer = await parquet.ParquetWriter.openFile(schema, path);
  let written = 0;
  for await (const record of records) {
    const typed = Object.fromEntries(
      MAPPINGS.map(([, target, type]) => [target, typedValue(record[target], type)]).filter(
        ([, value]) => value !== null,
      ),
    );
    await writer.appendRow(typed);
    written++;
  }
  await writer.close();
  return written;
}

function typedValue(value: Value, type: string): Value {
  if (value === null || value === undefined) return null;
  if (type === "datetime") return new Date(value as string | Date);
  if (type === "double" || type === "int") return Number(value);
  return type === "boolean" ? value === true || value === "true" : String(value);
}
