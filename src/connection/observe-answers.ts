import type { Dispatch } from "../sdk/http/dispatch.ts";

/** What answers of a system tell besides their bodies. */
export interface ObservedAnswers {
  readonly send: Dispatch;
  /** How many requests were sent to an origin. */
  sentTo(origin: string): number;
  /** Of the last answer that came. */
  lastHeaders(): Headers | undefined;
  /** By how many milliseconds a system's clock is ahead of ours, and how sure that is; undefined where no answer told. */
  clock(): ObservedClock | undefined;
}

export interface ObservedClock {
  readonly origin: string;
  readonly aheadMs: number;
  readonly uncertaintyMs: number;
}

/** Sends requests on, and watches their answers. Nothing is kept but numbers and the headers of the last answer. */
export function observeAnswers(send: Dispatch, now: () => number): ObservedAnswers {
  const counts = new Map<string, number>();
  let headers: Headers | undefined;
  let clock: ObservedClock | undefined;
  return {
    async send(request) {
      const { origin } = request.url;
      counts.set(origin, (counts.get(origin) ?? 0) + 1);
      const sentAt = now();
      const answer = await send(request);
      headers = answer.headers;
      clock = readClock(answer.headers, answer.url.origin, sentAt, now()) ?? clock;
      return answer;
    },
    sentTo: (origin) => counts.get(origin) ?? 0,
    lastHeaders: () => headers,
    clock: () => clock,
  };
}

/** A Date header tells whole seconds, and what a cache gives has the time when it was made (RFC 9110, section 6.6.1). */
function readClock(headers: Headers, origin: string, sentAt: number, answeredAt: number): ObservedClock | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(date) || headers.has("age")) return undefined;
  const aheadMs = date + 500 - (sentAt + answeredAt) / 2;
  return { origin, aheadMs, uncertaintyMs: 500 + (answeredAt - sentAt) / 2 };
}
