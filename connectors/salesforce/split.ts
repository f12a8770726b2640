import type { SplitQuery, SplitSession } from "#sdk";
import { createJob, notByBulk } from "./bulk.ts";
import { ask, isRefusal, requireAnswer } from "./client.ts";
import { divideByCreation, divideById } from "./divide.ts";
import { openReader, type Reader, soqlUrl, transferApi } from "./reader.ts";
import { fitsRest } from "./rest.ts";
import { fieldNamed } from "./sobject.ts";
import { writeSoql } from "./soql.ts";

/** A part of what a run reads, with the interface by which it comes. */
export type Slice =
  | { readonly api: "rest"; readonly where: readonly string[] }
  /** Without a job, one is made when it is read. */
  | { readonly api: "bulk"; readonly job?: string };

/** From here on AppFlow's AUTOMATIC reads by bulk: https://docs.aws.amazon.com/appflow/latest/userguide/salesforce.html */
const BULK_FROM = 1_000_000;

/** About how many records a slice has. A job divides itself, too; slices are there to read the results side by side. */
const SLICE_RECORDS = { rest: 250_000, bulk: 1_000_000 } as const;

/**
 * Decides by which interface a run reads, once and for all of it, and divides what is much. Jobs are made here: whoever reads
 * a slice, and however often, finds its job.
 */
export async function* split(session: SplitSession, query: SplitQuery): AsyncGenerator<Slice> {
  const whole = await openReader(session, query);
  const count = await countRecords(whole);
  const wanted = transferApi(query.settings);
  const isMuch = count === undefined || count >= BULK_FROM || !fitsRest(whole);
  const api = wanted === "BULKV2" || (wanted === "AUTOMATIC" && isMuch) ? "bulk" : "rest";
  for await (const where of divide(whole, count, SLICE_RECORDS[api])) {
    if (api === "rest") {
      yield { api, where };
      continue;
    }
    const job = await createJob({ ...whole, conditions: [...whole.conditions, ...where] });
    if (typeof job === "string") yield { api, job };
    else if (wanted === "AUTOMATIC") yield { api: "rest", where };
    else throw notByBulk(whole, job);
  }
}

/** Undefined where Salesforce gives up counting. */
async function countRecords(reader: Reader, where: readonly string[] = []): Promise<number | undefined> {
  const { session, object, conditions } = reader;
  const soql = writeSoql({ select: ["COUNT()"], from: object.name, where: [...conditions, ...where] });
  const answer = await ask(session.connection, { method: "GET", url: soqlUrl(reader, soql) });
  if (isRefusal(answer) && answer.errorCode === "QUERY_TIMEOUT") return undefined;
  return Number(requireAnswer(answer, `The number of records of \`${object.name}\``).member("totalSize"));
}

/** By when records were created, where that can be asked for; else by their ids. */
async function* divide(reader: Reader, count: number | undefined, size: number): AsyncGenerator<readonly string[]> {
  const isOne = count !== undefined && count <= size;
  const ask = {
    ends: (field: string) => endsOf(reader, field),
    count: (where: readonly string[]) => countRecords(reader, where),
  };
  if (isOne) yield [];
  else if (fieldNamed(reader.object, "CreatedDate")?.filterable === true) yield* divideByCreation(ask, count, size);
  else if (reader.isSorted && count !== undefined) yield* divideById(ask, count, size);
  else yield [];
}

/** The least and the greatest value of a field. */
async function endsOf(reader: Reader, field: string): Promise<readonly [string, string] | undefined> {
  const { session, object, conditions: where } = reader;
  const ends: string[] = [];
  for (const orderBy of [field, `${field} DESC`]) {
    const soql = writeSoql({ select: [field], from: object.name, where, orderBy, limit: 1 });
    const answer = await ask(session.connection, { method: "GET", url: soqlUrl(reader, soql) });
    if (isRefusal(answer)) return undefined;
    const records = answer.member("records") as readonly Readonly<Record<string, string>>[];
    if (records[0] !== undefined) ends.push(records[0][field]!);
  }
  const [first, last] = ends;
  return first === undefined || last === undefined ? undefined : [first, last];
}
