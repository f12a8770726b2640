import { bearerToken, msToMidnight } from "#sdk";
import type { Connection, HttpSheet, JsonBody, Judgement, JudgedAnswer } from "#sdk";
import { readJson } from "#sdk";

/** Reports are of one host, and what there is to report about of another. */
const DATA = new URL("https://analyticsdata.googleapis.com/");
const ADMIN = new URL("https://analyticsadmin.googleapis.com/");

export const http: HttpSheet = { addresses: () => [DATA, ADMIN], authorize: bearerToken(), judge };

/**
 * Quotas are of a property and told apart by the words alone, and no header says when they begin anew:
 * https://developers.google.com/analytics/devguides/reporting/data/v1/quotas
 */
function judge({ status, headers, text }: JudgedAnswer): Judgement | undefined {
  if (status !== 429 || headers.has("retry-after")) return undefined;
  return { code: "RateLimitExceeded", retryAfterMs: waitAfter(text, headers) };
}

function waitAfter(words: string, headers: Headers): number {
  if (/concurrent/i.test(words)) return 30_000;
  if (/server error/i.test(words)) return 3_600_000;
  return /per day/i.test(words) ? msToMidnight(headers, "America/Los_Angeles") : 1_800_000;
}

export function get(connection: Connection, path: string): Promise<JsonBody> {
  return connection.ask({ method: "GET", url: connection.url(path) }, readJson);
}

export function accountSummaries(connection: Connection, pageToken: string | undefined): Promise<JsonBody> {
  const url = connection.url(new URL("/v1beta/accountSummaries?pageSize=200", ADMIN).href);
  if (pageToken !== undefined) url.searchParams.set("pageToken", pageToken);
  return connection.ask({ method: "GET", url }, readJson);
}
