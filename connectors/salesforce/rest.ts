import { bufferSource, ConnectorError, turnPages } from "#sdk";
import type { JsonBody, Page, TurnedPage } from "#sdk";
import { ask, isRefusal, requireAnswer } from "./client.ts";
import { type Reader, soqlOf, soqlUrl } from "./reader.ts";
import { groupRecords, type RecordGroup } from "./rest-records.ts";
import { writeSoql } from "./soql.ts";

/** The most that an answer has: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_queryoptions.htm */
const QUERY_OPTIONS = "batchSize=2000";

/** Addresses of some 16 KB are refused; what is around the query has its place, too. */
const MAX_URL = 15_000;
const MAX_URL_ADDED = 300;

/** Where a query goes on. */
export type RestCursor = {
  readonly api: "rest";
  /** Behind the record with that id. */
  readonly after?: string;
  /** Where Salesforce keeps the rest of the answer, for two days at most. */
  readonly locator?: string;
};

/**
 * The records by their ids, so that a query which Salesforce has forgotten can be put again behind the last one that was
 * read, and two that changed at the same time are no matter.
 */
export function readRest(reader: Reader, from: RestCursor): AsyncGenerator<Page> {
  let held: readonly HeldGroup[] = [];
  return turnPages<RestCursor>(from, async (cursor) => {
    const place = JSON.stringify(cursor);
    const following = held.find(({ at }) => at === place);
    if (following !== undefined) return following.page;
    held = holdGroups(reader, cursor, await askFrom(reader, cursor));
    return held[0]!.page;
  });
}

interface HeldGroup {
  /** The cursor that gives it. */
  readonly at: string;
  readonly page: TurnedPage;
}

/** An answer is more than one page: see rest-records.ts. */
function holdGroups(reader: Reader, cursor: RestCursor, answer: JsonBody): readonly HeldGroup[] {
  const { object, fields, isSorted } = reader;
  const groups = groupRecords(answer.bytes, answer.records("records"), fields, isSorted);
  const locator = answer.member("done") === true ? undefined : answer.text("nextRecordsUrl");
  const cursors = groups.map((_, i) => (i === 0 ? cursor : behind(groups[i - 1]!)));
  return groups.map((group, i) => {
    const { bytes, lastId } = group;
    const isLast = i === groups.length - 1;
    const next = !isLast ? cursors[i + 1]! : locator === undefined ? null : { ...behind(group, cursor), locator };
    if (next !== null && isSorted && lastId === undefined && bytes.length > 2) throw withoutId(reader);
    const body = bufferSource(`Salesforce ${object.name}`, bytes);
    return { at: JSON.stringify(cursors[i]), page: { body, format: { type: "json" }, next } };
  });
}

function behind({ lastId }: RecordGroup, before?: RestCursor): RestCursor {
  const after = lastId ?? before?.after;
  return { api: "rest", ...(after !== undefined && { after }) };
}

async function askFrom(reader: Reader, cursor: RestCursor): Promise<JsonBody> {
  const { connection } = reader.session;
  const headers = { accept: "application/json", "sforce-query-options": QUERY_OPTIONS };
  const { locator } = cursor;
  if (locator !== undefined) {
    const answer = await ask(connection, { method: "GET", url: connection.url(locator), headers });
    const isForgotten = isRefusal(answer) && answer.errorCode === "INVALID_QUERY_LOCATOR";
    if (!isForgotten || cursor.after === undefined || !reader.isSorted) return requireAnswer(answer, nameOf(reader));
  }
  return requireAnswer(
    await ask(connection, { method: "GET", url: queryUrl(reader, cursor), headers }),
    nameOf(reader),
  );
}

function nameOf({ object }: Reader): string {
  return `The query of \`${object.name}\``;
}

/** Fails where no GET can say it. */
function queryUrl(reader: Reader, { after }: RestCursor): URL {
  const url = restUrl(reader, after);
  if (url.href.length <= MAX_URL) return url;
  throw new ConnectorError(
    "InvalidArgument",
    `The query of \`${reader.object.name}\` is ${url.href.length} characters long, more than a request may be — map fewer fields, or set dataTransferApi to BULKV2`,
  );
}

function restUrl(reader: Reader, after?: string): URL {
  return soqlUrl(reader, writeSoql(soqlOf(reader, after)));
}

/** Whether a GET can say the query, with all that may be added to it. */
export function fitsRest(reader: Reader): boolean {
  return restUrl(reader, " ".repeat(MAX_URL_ADDED)).href.length <= MAX_URL;
}

function withoutId({ object }: Reader): ConnectorError {
  return new ConnectorError("ServerError", `A record of \`${object.name}\` came without its \`Id\``);
}
