import type { Dispatch, HttpAnswer, HttpRequest } from "../../../src/sdk/http/dispatch.ts";
import type { Redact } from "../../../src/sdk/redact.ts";

/** A request that was made once, and its answer: small, to be read, and without anything that opens something. */
export interface Exchange {
  /** `GET /api/v2/users.json?page=1`; the origin does not matter. */
  readonly request: string;
  /** Of a request that sent one. */
  readonly body?: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON value; a text is the body as it is. */
  readonly answer: unknown;
}

/** What of an answer's headers says something to a connector. */
const KEPT = /^(content-type|date|link|retry-after|(x-)?rate-?limit|zendesk-ratelimit|sforce-)/;

/** Sends requests on, and remembers them with their answers. Headers of requests are not kept, and secrets are redacted. */
export function recordExchanges(
  send: Dispatch,
  redact: Redact,
): { readonly send: Dispatch; readonly exchanges: Exchange[] } {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    async send(request) {
      const answer = await send(request);
      const text = Buffer.from(await new Response(answer.body).arrayBuffer()).toString();
      const headers = [...answer.headers].filter(([name]) => KEPT.test(name));
      const body = typeof request.body === "string" ? redact(request.body) : undefined;
      exchanges.push({
        request: redact(nameOf(request)),
        ...(body !== undefined && { body }),
        status: answer.status,
        headers: Object.fromEntries(headers),
        answer: valueOf(redact(text)),
      });
      return { ...answer, body: new Blob([text]).stream() };
    },
  };
}

/**
 * Answers requests as they were answered when they were recorded, each exchange once and in the order of equal requests. A
 * request that was not recorded fails; `finish` fails when an answer was not asked for.
 */
export function replayExchanges(exchanges: readonly Exchange[]): {
  readonly send: Dispatch;
  readonly finish: () => void;
} {
  const left = [...exchanges];
  return {
    async send(request): Promise<HttpAnswer> {
      const name = nameOf(request);
      const found = left.findIndex((each) => each.request === name && (each.body ?? "") === (request.body ?? ""));
      if (found === -1) throw new Error(`Nothing was recorded, or is left, of ${name}.`);
      const [{ status, headers = {}, answer }] = left.splice(found, 1) as [Exchange];
      const text = typeof answer === "string" ? answer : JSON.stringify(answer);
      return { status, headers: new Headers(headers), url: request.url, body: new Blob([text]).stream() };
    },
    finish() {
      if (left.length > 0) throw new Error(`Nobody asked for ${left.map(({ request }) => request).join(", ")}.`);
    },
  };
}

function nameOf({ method, url }: HttpRequest): string {
  return `${method} ${url.pathname}${url.search}`;
}

function valueOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // What would not come back as it was stays text.
    return JSON.stringify(value) === text ? value : text;
  } catch {
    return text;
  }
}
