import { bufferSource, ConnectorError, earliestTime, elementsOf, readJson, turnPages } from "#sdk";
import type { JsonBody, Page, Session, SourceQuery, TurnedPage } from "#sdk";
import { fieldNames } from "./fields.ts";
import { OBJECTS, type MarketoObject } from "./objects.ts";
import { readClock } from "./windows.ts";

/** The most that one answer has: https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/rest-api */
const LIST_SIZE = 300;
const ASSETS = 200;

export interface ListReader {
  readonly session: Session;
  readonly query: SourceQuery;
  readonly object: MarketoObject;
}

type Token = { readonly token?: string };

/** Lists of the lead database: they end where no answer says how to go on. */
export function readTokenList(reader: ListReader): AsyncGenerator<Page> {
  return turnPages<Token>((reader.query.cursor ?? {}) as Token, async ({ token }) => {
    const body = await get(reader, {
      batchSize: String(LIST_SIZE),
      ...(token !== undefined && { nextPageToken: token }),
    });
    const next = body.text("nextPageToken");
    return pageOf(reader, body, next === undefined ? null : { token: next });
  });
}

type Offset = { readonly offset: number };

/** Assets: they end with an answer that has none, whatever its length was before. */
export function readOffsetList(reader: ListReader): AsyncGenerator<Page> {
  return turnPages<Offset>((reader.query.cursor ?? { offset: 0 }) as Offset, async ({ offset }) => {
    const body = await get(reader, { maxReturn: String(ASSETS), offset: String(offset), ...startOf(reader) });
    const found = body.findRecords("result");
    const isOver = found === undefined || elementsOf(body.bytes, found).next().done === true;
    return pageOf(reader, body, isOver ? null : { offset: offset + ASSETS });
  });
}

function startOf({
  object: { startsAt },
  query: { window, filters = [] },
}: ListReader): Readonly<Record<string, string>> {
  if (startsAt === undefined) return {};
  const after = window?.field === "createdAt" ? undefined : window?.after;
  const earliest = Math.max(0, after ?? 0, earliestTime(filters, "updatedAt") ?? 0);
  return earliest === 0 ? {} : { [startsAt]: instantOf(earliest) };
}

type Since = { readonly token?: string };

/** How far back Marketo tells of leads that were deleted. */
const DELETED_MS = 14 * 24 * 60 * 60 * 1000;

/** What happened since a time. An answer may have nothing, and say that there is more; and there is always a token. */
export function readChanges(reader: ListReader): AsyncGenerator<Page> {
  const { session, object } = reader;
  let names: Promise<readonly string[]> | undefined;
  return turnPages<Since>((reader.query.cursor ?? {}) as Since, async ({ token }) => {
    if (token === undefined) return pageOf(reader, undefined, { token: await firstToken(reader) });
    const form = new URLSearchParams({ nextPageToken: token, batchSize: String(LIST_SIZE) });
    if (object.name === "leadchanges") form.set("fields", (await (names ??= fieldNames(session, LEADS))).join(","));
    const body = await session.connection.ask(asForm(session.connection.url(object.path), form), readJson);
    const next = body.text("nextPageToken");
    if (body.member("moreResult") !== true) return pageOf(reader, body, null);
    if (next !== undefined) return pageOf(reader, body, { token: next });
    throw new ConnectorError("ServerError", `Marketo has more of \`${object.name}\`, and does not say where`);
  });
}

const LEADS = OBJECTS.find(({ name }) => name === "leads")!;

async function firstToken({ session, object, query }: ListReader): Promise<string> {
  const { connection } = session;
  const url = connection.url("/rest/v1/activities/pagingtoken.json");
  url.searchParams.set("sinceDatetime", instantOf(await sinceOf(session, object, query)));
  const body = await connection.ask({ method: "GET", url }, readJson);
  const token = body.text("nextPageToken");
  if (token !== undefined) return token;
  throw new ConnectorError("ServerError", "Marketo answered without the token by which changes are read");
}

async function sinceOf(
  session: Session,
  object: MarketoObject,
  { window, filters = [] }: SourceQuery,
): Promise<number> {
  const earliest = Math.max(0, window?.after ?? 0, earliestTime(filters, "activityDate") ?? 0);
  if (earliest > 0) return earliest;
  return object.name === "deletedleads" ? (await readClock(session, object)) - DELETED_MS : Date.UTC(2006, 0, 1);
}

/** Tokens and names of fields grow longer than an address may be, so the parameters go into the body. */
function asForm(url: URL, form: URLSearchParams) {
  url.searchParams.set("_method", "GET");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", url, headers, body: form.toString(), isRead: true } as const;
}

/** Marketo takes no fractions of a second; a time is given as early as it may be. */
function instantOf(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString().replace(".000", "");
}

function get(
  { session: { connection }, object }: ListReader,
  parameters: Readonly<Record<string, string>>,
): Promise<JsonBody> {
  const url = connection.url(object.path);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return connection.ask({ method: "GET", url }, readJson);
}

/** Where an answer has no records there is no `result`, or an empty one. */
function pageOf({ session, object }: ListReader, body: JsonBody | undefined, next: Token | Offset | null): TurnedPage {
  const { href } = session.connection.url(object.path);
  const span = body?.findRecords("result");
  const records =
    body === undefined || span === undefined ? NOTHING : withPlainTimes(body.bytes.subarray(span.start, span.end));
  return { body: bufferSource(href, records), format: { type: "json" }, next };
}

const NOTHING = Buffer.from("[]");

/** Assets have times with two zones, `2020-01-01T00:00:00Z+0000`: one is enough. */
function withPlainTimes(records: Buffer): Buffer {
  if (!records.includes('Z+0000"')) return records;
  const text = records.latin1Slice();
  return Buffer.from(text.replaceAll(/"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\+0000"/g, '"$1"'), "latin1");
}
