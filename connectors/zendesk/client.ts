import { bearerToken, instanceUrl, readLimits, scalarText } from "#sdk";
import type { HttpSheet, JudgedAnswer, Judgement, LimitState } from "#sdk";

/** https://developer.zendesk.com/api-reference/introduction/rate-limits/ */
const EXPORTS_PER_MINUTE = 10;

/** How long a record stays locked that somebody else is changing. */
const CONFLICT_MS = 10_000;

/** Exports have a limit of their own; how many requests the account has in all depends on the plan, and answers tell it. */
export const http: HttpSheet = {
  addresses: ({ properties }) => [instanceUrl(properties["instanceUrl"], "/")],
  authorize: bearerToken(),
  limits: [
    {
      name: "incremental-exports",
      requests: EXPORTS_PER_MINUTE,
      perMs: 60_000,
      counts: ({ pathname }) => pathname.includes("/incremental/"),
    },
  ],
  readLimits: (headers, now) => [...readLimits(headers, now), ...readEndpointLimits(headers)],
  judge,
};

/** `zendesk-ratelimit-incremental-exports: total=10; remaining=9; resets=60` */
function readEndpointLimits(headers: Headers): readonly LimitState[] {
  return [...headers].flatMap(([header, text]) => {
    const name = /^zendesk-ratelimit-(.+)$/.exec(header)?.[1];
    const parts = new Map([...text.matchAll(/(\w+)=(\d+)/g)].map(([, key, value]) => [key, Number(value)]));
    const [remaining, resets, requests] = [parts.get("remaining"), parts.get("resets"), parts.get("total")];
    if (name === undefined || remaining === undefined || resets === undefined) return [];
    return [{ name, remaining, resetsInMs: resets * 1000, ...(requests !== undefined && { requests }) }];
  });
}

/**
 * Asked for what changed less than a minute ago, an export answers with an error: there is nothing to tell yet. (The text
 * has named different times over the years.)
 */
function judge({ status, json }: JudgedAnswer): Judgement | undefined {
  if (status === 422 && scalarText(json["description"]).startsWith("Too recent start_time")) return "fine";
  if (status === 409) return { code: "ServiceUnavailable", retryAfterMs: CONFLICT_MS };
  return undefined;
}
