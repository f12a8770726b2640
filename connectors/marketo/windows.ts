import { ConnectorError, earliestTime, latestTime } from "#sdk";
import type { Session, SplitQuery } from "#sdk";
import type { MarketoObject } from "./objects.ts";

/** Which records an export has: those with a time of that kind from `from` to `to`, both included, in seconds since 1970. */
export type ExportRange = { readonly by: "updatedAt" | "createdAt"; readonly from: number; readonly to: number };

/**
 * The longest stretch of time that one export may be about
 * (https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/bulk-extract/bulk-extract). Its ends belong to
 * it, so it is a second less.
 */
const LONGEST_S = 31 * 24 * 60 * 60 - 1;

const LONGEST_WAIT_S = 24 * 60 * 60;

/** Marketo is from 2006; nothing in it is older. */
const OLDEST_S = Date.UTC(2006, 0, 1) / 1000;

/** The ranges into which an export has to be divided, one after the other. */
export function* divideRange(range: ExportRange): Generator<ExportRange> {
  for (let { from } = range; from <= range.to; from += LONGEST_S + 1) {
    yield { ...range, from, to: Math.min(from + LONGEST_S, range.to) };
  }
}

/**
 * What an export has to be about. A window is kept to the second, which is as exact as Marketo's times are: windows that meet
 * have no record in common. What is read as a whole goes by when it came, which does not change while it is read, where
 * Marketo can tell that. A filter on `updatedAt` says how old a record is at least, and not at most: Marketo's own time of
 * the change may be later than the one that the record shows.
 */
export async function rangeOf(session: Session, object: MarketoObject, query: SplitQuery): Promise<ExportRange> {
  const { window, filters = [] } = query;
  if (window !== undefined) {
    const by = (window.field ?? object.times[0]) === "updatedAt" ? "updatedAt" : "createdAt";
    return { by, from: Math.max(OLDEST_S, Math.floor(window.after / 1000) + 1), to: Math.floor(window.to / 1000) };
  }
  const now = Math.floor((await readClock(session, object)) / 1000);
  const seconds = (time: number | undefined, otherwise: number) =>
    time === undefined ? otherwise : Math.floor(time / 1000);
  const changed = earliestTime(filters, "updatedAt");
  const created = object.name === "leads" ? "createdAt" : object.times[0]!;
  const from = earliestTime(filters, created);
  if (created === "updatedAt" || (changed !== undefined && from === undefined)) {
    // What changes while the export waits for its turn is to be in it, too.
    return { by: "updatedAt", from: Math.max(OLDEST_S, seconds(changed, OLDEST_S)), to: now + LONGEST_WAIT_S };
  }
  const to = Math.min(now, seconds(latestTime(filters, created), now));
  return { by: "createdAt", from: Math.max(OLDEST_S, seconds(from, OLDEST_S)), to };
}

/** Milliseconds since 1970 by Marketo's clock, which tells whole seconds. */
export async function readClock({ connection }: Session, object: MarketoObject): Promise<number> {
  const url = connection.url(object.describe ?? CLOCKS[object.reading](object));
  return connection.ask({ method: "GET", url }, ({ headers }) => {
    const time = Date.parse(headers.get("date") ?? "");
    if (!Number.isNaN(time)) return time;
    throw new ConnectorError("ServerError", "Marketo answered without a Date header, by which its time is known");
  });
}

/** Something short, which whoever may read the object may read too. */
const CLOCKS: Readonly<Record<MarketoObject["reading"], (object: MarketoObject) => string>> = {
  export: () => "/rest/v1/activities/types.json",
  changes: () => "/rest/v1/activities/types.json",
  "token list": ({ path }) => `${path}?batchSize=1`,
  "offset list": ({ path }) => `${path}?maxReturn=1`,
};
