import { bufferSource, ConnectorError, readJson, turnPages } from "#sdk";
import type { JsonBody, Page, Session, SourceQuery, TurnedPage } from "#sdk";
import { type Column, columnsOf, knownOf, namesOf } from "./columns.ts";
import { DAY_MS, type Days, daysIn, daysOf, dayText, isByDay, JSON_BODY, readToday } from "./days.ts";
import type { Report } from "./report.ts";
import { NOTICES, type Records, recordsOf, VERSION } from "./rows.ts";

/** Google's own number where none is named; an answer of all that it would give does not fit into memory. */
const ROWS = 10_000;

/** Of a realtime report, which has no pages. */
const REALTIME_ROWS = 100_000;

/** The most fields that a report has, dimensions and metrics together. */
const MOST_FIELDS = 19;

export interface ReportReader {
  readonly session: Session;
  readonly query: SourceQuery;
  readonly report: Report;
  /** The fields that the flow needs. */
  readonly fields: readonly string[];
}

type Cursor = {
  /** Absent before the property was asked what it has. */
  readonly columns?: readonly Column[];
  /** What is left to read; absent before it is known what day it is there. */
  readonly days?: Days;
  /** Rows of the first of these reports that were read, and how many there are in all. */
  readonly offset?: number;
  readonly rows?: number;
};

/**
 * The pages of a property's reports: one report for each day where rows are of a day, one for all days else. What they are
 * about is part of the cursor, so a run that is gone on with tomorrow reads the same days.
 */
export function readReport(reader: ReportReader): AsyncGenerator<Page> {
  let quota: Quota = {};
  return turnPages<Cursor>((reader.query.cursor ?? {}) as Cursor, async (cursor) => {
    const { columns, days } = cursor;
    if (columns === undefined) return empty(reader, await withColumns(reader));
    if (days === undefined) return empty(reader, await withDays(reader, columns));
    await afford(reader, quota);
    const part = isByDay(columns) ? { from: days.from, to: days.from } : days;
    const body = await run(reader, columns, part, cursor.offset ?? 0);
    quota = (body.member("propertyQuota") ?? {}) as Quota;
    const records = recordsOf(body, columns, reader.fields, dayText(part.from));
    return pageOf(reader, records, nextOf(reader, cursor, part, body, records.count));
  });
}

/** What happens at this moment: one answer. */
export function readRealtime(reader: ReportReader): AsyncGenerator<Page> {
  return turnPages<Cursor>({}, async () => {
    const columns = columnsOf(
      plainFields(reader.fields),
      await knownOf(reader.session.connection, reader.report),
      reader.report,
    );
    const body = await ask(reader, "runRealtimeReport", { ...select(columns), limit: String(REALTIME_ROWS) });
    const records = recordsOf(body, columns, reader.fields, "");
    if (Number(body.member("rowCount") ?? 0) <= records.count) return pageOf(reader, records, null);
    throw new ConnectorError("ClientError", "A realtime report has more rows than Google gives — map fewer dimensions");
  });
}

async function withColumns({ session, report, fields, query }: ReportReader): Promise<Cursor> {
  const names = plainFields(fields);
  if (names.length > MOST_FIELDS) {
    const message = `A report has ${MOST_FIELDS} fields at most, not ${names.length} — map fewer of them`;
    throw new ConnectorError("InvalidArgument", message);
  }
  const columns = columnsOf(names, await knownOf(session.connection, report), report);
  if (query.window === undefined) return { columns };
  if (isByDay(columns)) return { columns, days: daysIn(query.window) };
  const message = "What is new is told by day, and no field of the flow says of which day a row is — map `date`, too";
  throw new ConnectorError("InvalidArgument", message);
}

/** The fields that Google knows. */
function plainFields(fields: readonly string[]): readonly string[] {
  const ours: readonly string[] = [...Object.values(VERSION), ...Object.keys(NOTICES)];
  return fields.filter((field) => !ours.includes(field));
}

async function withDays({ session, report, query }: ReportReader, columns: readonly Column[]): Promise<Cursor> {
  return { columns, days: daysOf(columns, query, await readToday(session.connection, report)) };
}

function run(reader: ReportReader, columns: readonly Column[], { from, to }: Days, offset: number): Promise<JsonBody> {
  return ask(reader, "runReport", {
    ...select(columns),
    dateRanges: [{ startDate: dayText(from), endDate: dayText(to) }],
    // Each page is a report of its own: rows are the same only where nothing is left to chance.
    orderBys: namesOf(columns, "dimension").map((dimensionName) => ({ dimension: { dimensionName } })),
    offset: String(offset),
    limit: String(ROWS),
    returnPropertyQuota: true,
  });
}

function select(columns: readonly Column[]): object {
  const named = (kind: Column["kind"]) => namesOf(columns, kind).map((name) => ({ name }));
  return { dimensions: named("dimension"), metrics: named("metric") };
}

function ask({ session: { connection }, report }: ReportReader, what: string, request: object): Promise<JsonBody> {
  const url = connection.url(`/v1beta/${report.property}:${what}`);
  const body = JSON.stringify(request);
  return connection.ask({ method: "POST", url, headers: JSON_BODY, body, isRead: true }, readJson);
}

/** The next page of the report, the report of the next day, or nothing. */
function nextOf(reader: ReportReader, cursor: Cursor, part: Days, body: JsonBody, count: number): Cursor | null {
  const { columns, days, offset = 0 } = cursor;
  const rows = Number(body.member("rowCount") ?? 0);
  if (cursor.rows !== undefined && cursor.rows !== rows) throw changed(reader, cursor.rows, rows);
  if (count > 0 && offset + count < rows) return { columns: columns!, days: days!, offset: offset + count, rows };
  if (offset + count < rows)
    throw new ConnectorError("ServerError", `Google gave ${offset} of ${rows} rows, and no more`);
  if (part.to >= days!.to) return null;
  return { columns: columns!, days: { ...days!, from: part.to + DAY_MS } };
}

interface Quota {
  readonly [name: string]: { readonly consumed?: number; readonly remaining?: number } | undefined;
}

/** Tokens of an hour come back within it. */
const HOUR_MS = 3_600_000;

/** Waits until another request like the last one has a chance: one that is refused counts as well. */
async function afford({ session }: ReportReader, quota: Quota): Promise<void> {
  const isSpent = (name: string) => (quota[name]?.remaining ?? Infinity) < (quota[name]?.consumed ?? 0);
  if (isSpent("tokensPerDay")) {
    throw new ConnectorError(
      "RateLimitExceeded",
      "The property's tokens of this day are used up; they begin anew at midnight in California",
    );
  }
  if (isSpent("tokensPerHour") || isSpent("tokensPerProjectPerHour")) await session.connection.wait(HOUR_MS);
}

function empty(reader: ReportReader, next: Cursor): TurnedPage {
  const isOver = next.days !== undefined && next.days.from > next.days.to;
  return pageOf(reader, { bytes: Buffer.from("[]"), count: 0 }, isOver ? null : next);
}

function pageOf({ session, report }: ReportReader, { bytes }: Records, next: Cursor | null): TurnedPage {
  return { body: bufferSource(session.connection.url(report.property).href, bytes), format: { type: "json" }, next };
}

function changed({ report }: ReportReader, before: number, now: number): ConnectorError {
  const message = `The report of ${report.property} changed while it was read, from ${before} rows to ${now}: pages would not fit together`;
  return new ConnectorError("ServerError", message);
}
