import { ConnectorError } from "../connector-error.ts";
import { type HttpAnswer, type HttpRequest, type Interceptor, nameOf } from "./dispatch.ts";

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What says nothing about who asks. Every other header may be a credential, whatever it is called. */
const HARMLESS: ReadonlySet<string> = new Set(["accept", "accept-encoding", "accept-language", "range", "user-agent"]);

/**
 * Follows up to three redirects of a request that reads. One with a header that may open something, or with a query,
 * stays with its origin: it goes nowhere else, and fails. Requests that write are given their redirect as the answer.
 */
export const followRedirects: Interceptor = (dispatch) => async (request) => {
  let current = request;
  for (let followed = 0; ; followed++) {
    const answer = await dispatch(current);
    const target = targetOf(current, answer);
    if (target === undefined) return answer;
    await answer.body.cancel();
    if (followed === MAX_REDIRECTS) throw refusal(request, `it was redirected more than ${MAX_REDIRECTS} times`);
    if (target.origin !== current.url.origin && mayHoldCredentials(request)) {
      throw refusal(request, `it was redirected to ${target.origin}, where its credentials must not go`);
    }
    current = { ...current, url: target };
  }
};

function targetOf({ method, url }: HttpRequest, { status, headers }: HttpAnswer): URL | undefined {
  const location = headers.get("location");
  if (!REDIRECTS.has(status) || location === null || (method !== "GET" && method !== "HEAD")) return undefined;
  return URL.parse(location, url.href) ?? undefined;
}

function mayHoldCredentials({ url, headers = {} }: HttpRequest): boolean {
  return url.search !== "" || Object.keys(headers).some((name) => !HARMLESS.has(name.toLowerCase()));
}

function refusal(request: HttpRequest, reason: string): ConnectorError {
  return new ConnectorError("ClientError", `${nameOf(request)}: ${reason}`);
}
