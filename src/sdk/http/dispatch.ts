import type { Secret } from "../secret.ts";

/** A request to another system. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly body?: string | Uint8Array | Secret;
  readonly signal?: AbortSignal | undefined;
  /** True of a POST that only asks for something: it may be sent again. */
  readonly isRead?: true;
  /** The longest body that is taken, decompressed, where the client's own limit does not fit. */
  readonly maxBytes?: number;
  /** How long the whole request may take, its body included, where the client's own limit does not fit. */
  readonly deadlineMs?: number;
}

/** Its answer, whatever the status. The body is to be read or cancelled. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly body: ReadableStream<Uint8Array>;
}

/** Sends a request and gives the answer. Fails, like the body of the answer, with a `ConnectorError` or the signal's reason. */
export type Dispatch = (request: HttpRequest) => Promise<HttpAnswer>;

/** Adds one promise to a dispatch. */
export type Interceptor = (dispatch: Dispatch) => Dispatch;

/** The first interceptor sees a request first, and its answer last. */
export function compose(dispatch: Dispatch, interceptors: readonly Interceptor[]): Dispatch {
  return interceptors.reduceRight((next, intercept) => intercept(next), dispatch);
}

/** What messages call a request: neither its query nor anything else that may open something. */
export function nameOf({ method, url }: Pick<HttpRequest, "method" | "url">): string {
  return `${method} ${url.origin}${url.pathname}`;
}
