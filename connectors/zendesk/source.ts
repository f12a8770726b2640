import { bufferSource, ConnectorError, earliestTime, namedBy, readJson, turnPages } from "#sdk";
import type { JsonBody, JsonObject, ReadableSource, Session, SourceQuery, TurnedPage } from "#sdk";
import { USUAL_DESTINATIONS } from "../_shared/usual-destinations.ts";
import { describe, entities } from "./entities.ts";
import { checkObject, objectIn, versionsOf } from "./objects.ts";
import type { ZendeskObject } from "./objects.ts";
import { shapeRecords } from "./records.ts";
import type { ShapedRecords } from "./records.ts";

/** The most that one answer of an export has, and of a list. */
const EXPORT_SIZE = 1000;
const LIST_SIZE = 100;

export const source: ReadableSource = {
  triggers: ["on-demand", "scheduled"],
  minimumMinutes: 1,
  destinations: USUAL_DESTINATIONS,
  check: checkObject,
  describeObject: namedBy("zendesk"),
  entities,
  describe,

  incremental: {
    // Exports hold back what changed in the last minute, and give it a time before that.
    lagMs: 60_000,
    lookbackMs: 10 * 60_000,
    clock: readClock,
    versions(settings, timeField) {
      const object = requireObject(settings);
      const versions = versionsOf(object, timeField);
      if (versions !== undefined) return versions;
      const can =
        object.times.length === 0 ? "run the flow with dataPullMode Complete" : `name ${object.times.join(" or ")}`;
      const what = timeField === undefined ? "no field tells" : `the field \`${timeField}\` does not tell`;
      throw new ConnectorError("InvalidArgument", `In \`${object.name}\` ${what} what is new — ${can}`);
    },
  },

  read(session, query) {
    const object = requireObject(query.settings);
    const from = query.cursor as Cursor | undefined;
    const reader = { session, query, object };
    switch (object.paging) {
      case "cursor export":
        return turnPages<Cursor>(from ?? startOf(reader), (cursor) => readCursorExport(reader, cursor));
      case "time export":
        return turnPages<Cursor>(from ?? startOf(reader), (cursor) => readTimeExport(reader, cursor));
      case "cursor list":
        return turnPages<Cursor>(from ?? {}, (cursor) => readCursorList(reader, cursor));
      case "numbered list":
        return turnPages<Cursor>(from ?? { page: 1 }, (cursor) => readNumberedList(reader, cursor));
    }
  },
};

interface Reader {
  readonly session: Session;
  readonly query: SourceQuery;
  readonly object: ZendeskObject;
}

type Cursor = {
  /** Of exports: seconds since 1970. */
  readonly start?: number;
  /** Of a time export: what the page before had. */
  readonly seen?: readonly string[];
  /** Where the system said to go on. */
  readonly after?: string;
  /** Of numbered lists, from 1. */
  readonly page?: number;
};

/**
 * No record that is wanted has an earlier time. Whatever field that is about, the export's own time is that or a later one:
 * so no more is left out than the system can tell.
 */
function startOf({ query: { window, filters = [] }, object }: Reader): Cursor {
  const bounds = object.times.flatMap((field) => earliestTime(filters, field) ?? []);
  const earliest = Math.max(0, window?.after ?? 0, ...bounds);
  return { start: Math.floor(earliest / 1000) };
}

async function readCursorExport(reader: Reader, { start, after }: Cursor): Promise<TurnedPage> {
  const place: Parameters = after === undefined ? { start_time: String(start) } : { cursor: after };
  const body = await ask(reader, { ...place, per_page: String(EXPORT_SIZE) });
  if (body === undefined) return pageOf(reader, NOTHING, null);
  const records = shape(reader, body);
  if (body.member("end_of_stream") === true) return pageOf(reader, records, null);
  const next = body.text("after_cursor");
  if (next === undefined) throw broken(reader, "neither `after_cursor` nor the end");
  return pageOf(reader, records, { after: next });
}

async function readTimeExport(reader: Reader, { start = 0, seen = [] }: Cursor): Promise<TurnedPage> {
  const body = await ask(reader, { start_time: String(start), per_page: String(EXPORT_SIZE) });
  if (body === undefined) return pageOf(reader, NOTHING, null);
  const records = shape(reader, body, seen);
  if (isLast(body)) return pageOf(reader, records, null);
  const end = body.member("end_time");
  if (typeof end !== "number") throw broken(reader, "neither `end_time` nor the end");
  // The next page begins with the second with which this one ends, and would be this one again.
  if (end <= start) throw tooMany(reader, start);
  return pageOf(reader, records, { start: end, seen: records.keys });
}

/** There is a `next_page` behind the last page, too. Only Help Center leaves it to the number of records. */
function isLast(body: JsonBody): boolean {
  const end = body.member("end_of_stream");
  return end === undefined ? Number(body.member("count")) < EXPORT_SIZE : end === true;
}

async function readCursorList(reader: Reader, { after }: Cursor): Promise<TurnedPage> {
  const { object, query } = reader;
  const body = await ask(reader, {
    "page[size]": String(LIST_SIZE),
    ...(after !== undefined && { "page[after]": after }),
    ...(object.startsAtCreation === true && creationStart(query)),
  });
  if (body === undefined) return pageOf(reader, NOTHING, null);
  const records = shape(reader, body);
  // There is a `links.next` behind the last page, too.
  const next = body.member("meta", "has_more") === true ? body.text("meta", "after_cursor") : undefined;
  const isOver = next === undefined || (object.newestFirst === true && isBefore(records, query));
  return pageOf(reader, records, isOver ? null : { after: next });
}

/** Ratings can be asked for by when they were given, and not by when they were changed. */
function creationStart({ window, filters = [] }: SourceQuery): Parameters {
  const after = window?.field === "created_at" ? window.after : undefined;
  const earliest = Math.max(0, after ?? 0, earliestTime(filters, "created_at") ?? 0);
  return earliest === 0 ? {} : { start_time: String(Math.floor(earliest / 1000)) };
}

/** Whether all that follows came before the window. */
function isBefore({ keys }: ShapedRecords, { window }: SourceQuery): boolean {
  const time = /@"(.+)"$/.exec(keys.at(-1) ?? "")?.[1];
  return window !== undefined && time !== undefined && Date.parse(time) <= window.after;
}

async function readNumberedList(reader: Reader, { page = 1 }: Cursor): Promise<TurnedPage> {
  const body = await ask(reader, { page: String(page), per_page: String(LIST_SIZE) });
  if (body === undefined) return pageOf(reader, NOTHING, null);
  return pageOf(reader, shape(reader, body), body.text("next_page") === undefined ? null : { page: page + 1 });
}

type Parameters = Readonly<Record<string, string>>;

/** Undefined where there is nothing to tell yet. */
function ask(
  { session: { connection }, object, query: { fields = [] } }: Reader,
  parameters: Parameters,
): Promise<JsonBody | undefined> {
  const url = connection.url(object.path);
  const sideLoads = object.shape === "ticket" ? fields.flatMap((field) => SIDE_LOADS.get(field) ?? []) : [];
  const include = sideLoads.length === 0 ? {} : { include: sideLoads.join(",") };
  for (const [name, value] of Object.entries({ ...object.parameters, ...include, ...parameters })) {
    url.searchParams.set(name, value);
  }
  const request = { method: "GET", url, headers: { accept: "application/json" } } as const;
  return connection.ask(request, (answer) => (answer.status === 422 ? undefined : readJson(answer)));
}

/**
 * Fields that a ticket has only when they are asked for, and by which name:
 * https://developer.zendesk.com/documentation/ticketing/using-the-zendesk-api/side_loading/
 */
const SIDE_LOADS: ReadonlyMap<string, string> = new Map([
  ["comment_count", "comment_count"],
  ["dates", "dates"],
  ["incident_count", "incident_counts"],
  ["metric_set", "metric_sets"],
  ["slas", "slas"],
]);

const NOTHING: ShapedRecords = { bytes: Buffer.from("[]"), keys: [] };

function shape({ object }: Reader, body: JsonBody, seen: readonly string[] = []): ShapedRecords {
  return shapeRecords(body.bytes, body.records(object.records), object, seen);
}

function pageOf({ session, object }: Reader, { bytes }: ShapedRecords, next: Cursor | null): TurnedPage {
  return { body: bufferSource(session.connection.url(object.path).href, bytes), format: { type: "json" }, next };
}

/** Zendesk's clock tells whole seconds. */
async function readClock({ connection }: Session): Promise<number> {
  const request = { method: "GET", url: connection.url("/api/v2/users/me.json") } as const;
  const time = await connection.ask(request, ({ headers }) => Date.parse(headers.get("date") ?? ""));
  if (!Number.isNaN(time)) return time;
  throw new ConnectorError("ServerError", "Zendesk answered without a Date header, by which incremental runs go");
}

function requireObject(settings: JsonObject): ZendeskObject {
  const object = objectIn(settings);
  if (object !== undefined) return object;
  const [problem] = checkObject({ object: settings["object"] ?? "" });
  throw new ConnectorError("InvalidArgument", `${problem!.message} — ${problem!.remedy}`);
}

function broken({ object }: Reader, what: string): ConnectorError {
  return new ConnectorError("ServerError", `The answer about \`${object.name}\` has ${what}`);
}

function tooMany({ object }: Reader, start: number): ConnectorError {
  const time = new Date(start * 1000).toISOString();
  return new ConnectorError(
    "ClientError",
    `More records of \`${object.name}\` have the time ${time} than an answer of Zendesk's holds, and its export goes on by ` +
      "time alone: it would give the same ones for ever. The run ends, because leaving them out would lose them",
  );
}
