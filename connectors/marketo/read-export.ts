import { bufferSource, ConnectorError, poll, readJson, turnPages } from "#sdk";
import type { JsonBody, JsonObject, Page, Session, SourceQuery, TurnedPage } from "#sdk";
import { NO_SUCH_FILTER, QUEUE_IS_FULL } from "./client.ts";
import { exportFile, type ExportFile } from "./export-file.ts";
import { fieldNames } from "./fields.ts";
import type { MarketoObject } from "./objects.ts";
import { divideRange, type ExportRange, rangeOf } from "./windows.ts";

/*
 * https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/bulk-extract/bulk-extract
 */

export interface ExportReader {
  readonly session: Session;
  readonly query: SourceQuery;
  readonly object: MarketoObject;
}

/**
 * Where an export stands. Each step is a page of its own, so that another process goes on with the same job: creating it once
 * more would use up the day's quota. Only the last step gives records.
 */
type Cursor = {
  /** What is left to read; absent before it is known. */
  readonly range?: ExportRange;
  /** The job of the range's first part. */
  readonly exportId?: string;
  /** Set when it is done. */
  readonly file?: ExportFile;
  /** How many jobs there were before it that came to nothing. */
  readonly failed?: number;
};

/** Marketo looks at most once in a minute at what a job has come to, and asks whoever waits to look no more often. */
const PAUSES = { firstMs: 60_000, longestMs: 300_000 };

/** A job that fails is made anew, so often. */
const MAX_FAILED = 3;

/** What Marketo takes of a request. */
const MAX_BODY_BYTES = 1_000_000;

/** The pages of an export: each part of its range is a job, which is created, waited for, and read. */
export function readExport(reader: ExportReader): AsyncGenerator<Page> {
  const range = reader.query.slice as ExportRange | null;
  const from = (reader.query.cursor ?? (range === null ? {} : { range })) as Cursor;
  return turnPages<Cursor>(from, async (cursor) => {
    if (cursor.file !== undefined) return readFile(reader, cursor, cursor.file);
    return cursor.exportId === undefined ? create(reader, cursor) : waitFor(reader, cursor, cursor.exportId);
  });
}

async function create(reader: ExportReader, cursor: Cursor): Promise<TurnedPage> {
  const { session, object } = reader;
  const range = cursor.range ?? (await rangeOf(session, object, reader.query));
  const [part] = divideRange(range);
  if (part === undefined) return noRecords(reader, null);
  const fields = await wantedFields(reader);
  const body = JSON.stringify({
    format: "CSV",
    ...(fields !== undefined && { fields }),
    filter: filterOf(object, part),
  });
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) throw tooManyFields(object, fields!.length);
  const job = await poll(session.connection, () => createJob(reader, body, part), PAUSES);
  return noRecords(reader, { ...cursor, range, exportId: job });
}

/** The job's id; undefined while there is no room for another one. */
async function createJob(reader: ExportReader, body: string, { by }: ExportRange): Promise<string | undefined> {
  const { session, object } = reader;
  const url = session.connection.url(`${object.path}/create.json`);
  const headers = { "content-type": "application/json" };
  // A job that was created twice, because an answer got lost, does nothing until it is enqueued.
  const request = { method: "POST", url, headers, body, isRead: true } as const;
  const answer = await session.connection.ask(request, readJson);
  const error = errorOf(answer);
  if (error === QUEUE_IS_FULL) return undefined;
  if (error === NO_SUCH_FILTER) throw noSuchFilter(reader, by);
  const id = jobIn(answer)["exportId"];
  if (typeof id === "string") return id;
  throw new ConnectorError("ServerError", `Marketo created an export of \`${object.name}\` without an id`);
}

/**
 * Waits until the job is done. What Marketo says of it decides, so nothing depends on whether an answer got lost, or on who
 * asked before. A job that is not waited for any more is cancelled: it would take one of the few places in the queue.
 */
async function waitFor(reader: ExportReader, cursor: Cursor, exportId: string): Promise<TurnedPage> {
  try {
    const job = await poll(reader.session.connection, () => look(reader, exportId), PAUSES);
    if (job === "failed") return noRecords(reader, anew(reader, cursor, exportId));
    return noRecords(reader, job.isEmpty ? nextPart(cursor) : { range: cursor.range!, file: job.file });
  } catch (error) {
    if (isForAnother(error)) throw error;
    await cancel(reader, exportId);
    throw error;
  }
}

type Job = { readonly isEmpty: boolean; readonly file: ExportFile } | "failed";

/** Undefined while it is not done. */
async function look(reader: ExportReader, exportId: string): Promise<Job | undefined> {
  const { connection } = reader.session;
  const url = connection.url(`${reader.object.path}/${exportId}/status.json`);
  const job = jobIn(await connection.ask({ method: "GET", url }, readJson));
  switch (job["status"]) {
    case "Created":
      await enqueue(reader, exportId);
      return undefined;
    case "Queued":
    case "Processing":
      return undefined;
    case "Completed": {
      const { numberOfRecords, fileSize, fileChecksum } = job;
      const sha256 = /^sha256:([\da-f]{64})$/i.exec(typeof fileChecksum === "string" ? fileChecksum : "")?.[1];
      const file: ExportFile = {
        exportId,
        ...(typeof fileSize === "number" && { size: fileSize }),
        ...(sha256 !== undefined && { sha256: sha256.toLowerCase() }),
      };
      if (numberOfRecords === 0) return { isEmpty: true, file };
      return (await isThere(reader, exportId)) ? { isEmpty: false, file } : "failed";
    }
    default:
      // Failed, Canceled, Cancelled.
      return "failed";
  }
}

/** Where the queue is full, or it is not known whether Marketo heard of it, the next look comes by here again. */
async function enqueue({ session: { connection }, object }: ExportReader, exportId: string): Promise<void> {
  const url = connection.url(`${object.path}/${exportId}/enqueue.json`);
  try {
    await connection.ask({ method: "POST", url }, readJson);
  } catch (error) {
    const isDoubtful = error instanceof ConnectorError && DOUBTFUL.includes(error.code);
    if (!isDoubtful) throw error;
  }
}

const DOUBTFUL: readonly string[] = ["ServerError", "ServiceUnavailable"];

/** Whether there is a file: some jobs are called done whose file is gone. */
async function isThere({ session, object }: ExportReader, exportId: string): Promise<boolean> {
  const url = session.connection.url(`${object.path}/${exportId}/file.json`);
  try {
    const { body } = await session.connection.send({ method: "GET", url, headers: { range: "bytes=0-0" } });
    await body.cancel();
    return true;
  } catch (error) {
    if (error instanceof ConnectorError && error.code === "ResourceNotFoundError") return false;
    throw error;
  }
}

function anew({ object }: ExportReader, { range, failed = 0 }: Cursor, exportId: string): Cursor {
  if (failed + 1 < MAX_FAILED) return { range: range!, failed: failed + 1 };
  throw new ConnectorError(
    "ServiceUnavailable",
    `Marketo's export ${exportId} of \`${object.name}\` came to nothing, like ${failed} before it`,
  );
}

function readFile({ session, object }: ExportReader, cursor: Cursor, file: ExportFile): TurnedPage {
  const url = session.connection.url(`${object.path}/${file.exportId}/file.json`);
  return { body: exportFile(session, url, file), format: { type: "csv" }, next: nextPart(cursor) };
}

/** The cursor of the part after this one; null when there is none. */
function nextPart({ range }: Cursor): Cursor | null {
  const [part, next] = divideRange(range!);
  return part === undefined || next === undefined ? null : { range: { ...range!, from: next.from } };
}

/** The process lets go of the run, or its time is up: then the job is for whoever goes on. */
function isForAnother(error: unknown): boolean {
  return error instanceof ConnectorError && error.code === "RequestTimeout";
}

async function cancel({ session: { connection }, object }: ExportReader, exportId: string): Promise<void> {
  const url = connection.url(`${object.path}/${exportId}/cancel.json`);
  // The run may have been cancelled, and this is not to be.
  const { signal } = new AbortController();
  try {
    const { body } = await connection.send({ method: "POST", url, signal, deadlineMs: 10_000 });
    await body.cancel();
  } catch {
    // What ended the wait says more than why its job could not be cancelled; Marketo ends it in the end.
  }
}

/**
 * The names to ask for; undefined where a job gives all there are. The key is always among them: a record of which every
 * other value is missing would be a blank line, which is none.
 */
async function wantedFields({ session, object, query }: ExportReader): Promise<readonly string[] | undefined> {
  if (object.describe === undefined) return undefined;
  const names = await fieldNames(session, object);
  const wanted = query.fields ?? names;
  return [...new Set([object.key, ...wanted])].filter((name) => names.includes(name));
}

function filterOf({ activityType }: MarketoObject, { by, from, to }: ExportRange): JsonObject {
  // Marketo takes no fractions of a second.
  const [startAt, endAt] = [from, to].map((seconds) => new Date(seconds * 1000).toISOString().replace(".000", ""));
  return {
    [by]: { startAt: startAt!, endAt: endAt! },
    ...(activityType !== undefined && { activityTypeIds: [activityType] }),
  };
}

function errorOf(answer: JsonBody): string | undefined {
  const errors = answer.member("errors") as readonly JsonObject[] | undefined;
  const code = errors?.[0]?.["code"];
  return typeof code === "string" ? code : undefined;
}

function jobIn(answer: JsonBody): JsonObject {
  const [job] = (answer.member("result") ?? []) as readonly JsonObject[];
  if (job !== undefined) return job;
  throw new ConnectorError("ServerError", "Marketo answered without the export that was asked for");
}

function noRecords({ session, object }: ExportReader, next: Cursor | null): TurnedPage {
  const { href } = session.connection.url(object.path);
  return { body: bufferSource(href, Buffer.from("[]")), format: { type: "json" }, next };
}

function noSuchFilter({ object }: ExportReader, by: string): ConnectorError {
  const remedy =
    by === "updatedAt" && object.times.includes("createdAt")
      ? "let the flow go by createdAt, which tells of new ones only, or run it with dataPullMode Complete"
      : "ask Adobe for it";
  const message = `This Marketo subscription cannot export \`${object.name}\` by ${by} — ${remedy}`;
  return new ConnectorError("InvalidArgument", message);
}

function tooManyFields({ name }: MarketoObject, count: number): ConnectorError {
  const message = `The names of ${count} fields of \`${name}\` are more than a request to Marketo may hold — map fewer fields`;
  return new ConnectorError("InvalidArgument", message);
}
