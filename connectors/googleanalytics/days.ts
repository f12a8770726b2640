import { ConnectorError, earliestTime, latestTime, readJson } from "#sdk";
import type { Connection, SourceQuery } from "#sdk";
import type { Column } from "./columns.ts";
import type { Report } from "./report.ts";

/*
 * Days are those of the property's time zone, written as 2026-05-01. As a time, a day is its date's midnight in UTC, wherever
 * the property is.
 */

export const DAY_MS = 24 * 60 * 60 * 1000;

/** What AppFlow asks for where nothing says which days. */
const USUAL_DAYS = 30;

/** There were no properties of Google Analytics 4 before. */
const FIRST_DAY = Date.UTC(2019, 0, 1);

/** With one of these a row is of one day, so a report of several days is the same as a report of each. */
const OF_A_DAY = ["date", "dateHour", "dateHourMinute"];

export function isByDay(columns: readonly Column[]): boolean {
  return columns.some(({ name, kind }) => kind === "dimension" && OF_A_DAY.includes(name));
}

/** The first and the last day of a report; both belong to it. */
export type Days = { readonly from: number; readonly to: number };

/** Days are in a window whose midnights are. */
export function daysIn({ after, to }: { readonly after: number; readonly to: number }): Days {
  const from = Math.floor(after / DAY_MS) * DAY_MS + DAY_MS;
  return { from: Math.max(FIRST_DAY, from), to: Math.floor(to / DAY_MS) * DAY_MS };
}

/** The days that the filters on `date` leave, or the last thirty that are over. */
export function daysOf(columns: readonly Column[], { filters = [] }: SourceQuery, today: number): Days {
  const fields = columns.filter(({ name }) => name === "date").map(({ field }) => field);
  const bounds = fields.map((field) => ({ from: earliestTime(filters, field), to: latestTime(filters, field) }));
  const last = Math.min(today - DAY_MS, ...bounds.map(({ to = Infinity }) => Math.floor(to / DAY_MS) * DAY_MS));
  const first = Math.max(...bounds.map(({ from = -Infinity }) => Math.floor(from / DAY_MS) * DAY_MS));
  const from = first === -Infinity ? last - (USUAL_DAYS - 1) * DAY_MS : first;
  return { from: Math.max(FIRST_DAY, from), to: last };
}

/** The property's day at this moment: it is not over, and its numbers are not either. */
export async function readToday(connection: Connection, { property }: Report): Promise<number> {
  // The cheapest report tells the time zone.
  const yesterday = { startDate: "yesterday", endDate: "yesterday" };
  const body = JSON.stringify({ metrics: [{ name: "activeUsers" }], dateRanges: [yesterday], limit: "1" });
  const url = connection.url(`/v1beta/${property}:runReport`);
  return connection.ask({ method: "POST", url, headers: JSON_BODY, body, isRead: true }, (answer) => {
    const now = Date.parse(answer.headers.get("date") ?? "");
    const timeZone = readJson(answer).text("metadata", "timeZone");
    if (Number.isNaN(now) || timeZone === undefined) {
      throw new ConnectorError("ServerError", `${property} tells neither its time nor its time zone`);
    }
    return Date.parse(new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(now));
  });
}

export const JSON_BODY = { "content-type": "application/json" };

export function dayText(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}
