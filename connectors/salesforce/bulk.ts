import { ConnectorError, poll, turnPages } from "#sdk";
import type { ByteSource, Page, TurnedPage } from "#sdk";
import { apiUrl, ask, isRefusal, type Refusal, requireAnswer } from "./client.ts";
import { csvLayout, jsonLines } from "./csv-records.ts";
import { readResults } from "./read-results.ts";
import { type Reader, soqlOf } from "./reader.ts";
import { writeSoql } from "./soql.ts";

/*
 * Bulk API 2.0: a query becomes a job, which Salesforce carries out, and whose results come in pages of CSV:
 * https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm
 */

/** Where the results of a job go on. */
export type BulkCursor = {
  readonly api: "bulk";
  /** Absent: a job is still to be made. */
  readonly job?: string;
  /** Absent: at the start. */
  readonly locator?: string;
};

/** So that a page which breaks off is soon where it was. */
const PAGE_RECORDS = 50_000;

const PAUSES = { firstMs: 1000, longestMs: 30_000 };

/** How long Salesforce may take over giving up a job that nobody waits for. */
const GIVE_UP_MS = 10_000;

/**
 * Has Salesforce carry out the query: the id of the job, or why there is none. The order of ids would keep it from dividing the work, so
 * nothing is sorted. A job that was made for nobody does no harm: so it may be asked for again.
 */
export async function createJob(reader: Reader): Promise<string | Refusal> {
  const { session, object, fields, includesDeleted } = reader;
  const soql = { ...soqlOf(reader), select: csvLayout(object, fields).columns, orderBy: undefined };
  const answer = await ask(session.connection, {
    method: "POST",
    url: apiUrl(session.connection, "/jobs/query"),
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({
      operation: includesDeleted ? "queryAll" : "query",
      query: writeSoql(soql),
      contentType: "CSV",
      columnDelimiter: "COMMA",
      lineEnding: "LF",
    }),
    isRead: true,
  });
  if (isRefusal(answer)) return answer;
  const id = answer.text("id");
  if (id !== undefined) return id;
  throw new ConnectorError("ServerError", "Salesforce made a job without an id");
}

/**
 * The records that a job finds. The job stays when they are read, because they may have to be read again; Salesforce forgets
 * it after seven days. When the run is cancelled while it reads, the job is given up and deleted.
 */
export async function* readBulk(reader: Reader, from: BulkCursor): AsyncGenerator<Page> {
  const { signal } = reader.session;
  const jobs = new Set<string>();
  try {
    yield* turnPages<BulkCursor>(from, async ({ job, locator }) => {
      const id = job ?? (await requireJob(reader));
      const isKnown = jobs.has(id);
      jobs.add(id);
      if (!isKnown) await jobEnd(reader, id);
      return readPage(reader, id, locator);
    });
  } finally {
    if (signal.aborted) await Promise.all([...jobs].map((id) => giveUp(reader, id)));
  }
}

async function requireJob(reader: Reader): Promise<string> {
  const job = await createJob(reader);
  if (typeof job === "string") return job;
  throw notByBulk(reader, job);
}

export function notByBulk({ object }: Reader, { errorCode, message }: Refusal): ConnectorError {
  return new ConnectorError(
    "InvalidArgument",
    `Salesforce does not read \`${object.name}\` by its Bulk API (${errorCode}: ${message}) — set dataTransferApi to REST_SYNC or AUTOMATIC`,
  );
}

/** Waits until the job has found all there is. */
async function jobEnd({ session, object }: Reader, id: string): Promise<void> {
  const { connection } = session;
  const url = apiUrl(connection, `/jobs/query/${id}`);
  await poll(
    connection,
    async () => {
      const job = requireAnswer(await ask(connection, { method: "GET", url }), `The job ${id} of \`${object.name}\``);
      const state = job.text("state");
      if (state === "JobComplete") return true;
      if (state !== "Failed" && state !== "Aborted") return undefined;
      const words = job.text("errorMessage") ?? "Salesforce does not say why";
      throw new ConnectorError(
        "ClientError",
        `The job ${id} of \`${object.name}\` ended as ${state}: ${words} — filter for fewer records, or set dataTransferApi to REST_SYNC`,
      );
    },
    PAUSES,
  );
}

async function readPage(reader: Reader, job: string, locator: string | undefined): Promise<TurnedPage> {
  const { session, object, fields } = reader;
  const url = apiUrl(session.connection, `/jobs/query/${job}/results`);
  url.searchParams.set("maxRecords", String(PAGE_RECORDS));
  if (locator !== undefined) url.searchParams.set("locator", locator);
  const results = await readResults(session.connection, url);
  const name = `Salesforce ${object.name}`;
  const lines = () => jsonLines(results.csv(), csvLayout(object, fields), { name, records: results.records });
  const next: BulkCursor | null = results.next === undefined ? null : { api: "bulk", job, locator: results.next };
  return { body: linesSource(name, lines), format: { type: "json" }, next };
}

/** Whoever wants to know how a stream begins need not begin it twice. */
function linesSource(name: string, open: () => AsyncIterator<Uint8Array> & AsyncIterable<Uint8Array>): ByteSource {
  let begun: { readonly start: Uint8Array; readonly rest: AsyncIterator<Uint8Array> } | undefined;
  return {
    name,
    size: undefined,
    async *stream(from = 0) {
      let skip = from;
      const { start, rest } = begun ?? (await begin(open()));
      begun = { start, rest };
      if (skip < start.length) yield start.subarray(skip);
      skip = Math.max(0, skip - start.length);
      // From here on it is not what it was when somebody else begins.
      begun = undefined;
      for (let read = await rest.next(); read.done !== true; read = await rest.next()) {
        if (skip < read.value.length) yield read.value.subarray(skip);
        skip = Math.max(0, skip - read.value.length);
      }
    },
    read: () => Promise.reject(new RangeError(`${name} can only be read from its start on.`)),
  };
}

async function begin(lines: AsyncIterator<Uint8Array>) {
  const { done, value } = await lines.next();
  return { start: done === true ? new Uint8Array() : Uint8Array.from(value), rest: lines };
}

/** Best effort, with a signal of its own: that of the run is what ends it. */
async function giveUp({ session: { connection } }: Reader, id: string): Promise<void> {
  const url = apiUrl(connection, `/jobs/query/${id}`);
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ state: "Aborted" });
  const signal = AbortSignal.timeout(GIVE_UP_MS);
  for (const request of [
    { method: "PATCH", url, headers, body, signal },
    { method: "DELETE", url, signal },
  ] as const) {
    // A job that has ended cannot be aborted, and one that is not there cannot be deleted.
    await connection.send(request).then(
      ({ body: answer }) => answer.cancel(),
      () => undefined,
    );
  }
}
