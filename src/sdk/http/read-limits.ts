import type { LimitState } from "./http-sheet.ts";

/** A time of reset that is later than this is a moment (seconds since 1970), not a number of seconds to wait. */
const LONGEST_WAIT_S = 365 * 24 * 60 * 60;

/**
 * What the headers `RateLimit-Remaining` and `RateLimit-Reset` say, with or without `X-` before them
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/). Systems give the reset as seconds or as a moment.
 */
export function readLimits(headers: Headers, now: number): readonly LimitState[] {
  const remaining = numberIn(headers, "ratelimit-remaining") ?? numberIn(headers, "x-ratelimit-remaining");
  const reset = numberIn(headers, "ratelimit-reset") ?? numberIn(headers, "x-ratelimit-reset");
  if (remaining === undefined || reset === undefined) return [];
  const resetsInMs = reset > LONGEST_WAIT_S ? reset * 1000 - now : reset * 1000;
  return [{ name: "", remaining, resetsInMs: Math.max(0, resetsInMs) }];
}

function numberIn(headers: Headers, name: string): number | undefined {
  const text = headers.get(name)?.trim() ?? "";
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
