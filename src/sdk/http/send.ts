import { Agent, fetch, type RequestInit } from "undici";
import { ConnectorError } from "../connector-error.ts";
import { Secret } from "../secret.ts";
import { type Dispatch, type HttpRequest, nameOf } from "./dispatch.ts";
import { type GuardOptions, guardConnections } from "./guard-connections.ts";
import { throughBody } from "./through-body.ts";

/** The connections that requests go over. */
export interface Connections {
  readonly send: Dispatch;
  /** Ends all connections, and the requests that are under way. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 64 * 1024;

/** Sends requests over guarded connections. Neither proxies nor sockets that the environment names are used. */
export function openConnections(guard: GuardOptions): Connections {
  const agent = new Agent({
    connect: guardConnections(guard),
    allowH2: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Deadline and pace are watched over whole requests; these would only cut off systems that think for long.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    async send(request) {
      try {
        // Node's own fetch does not take this package's agents, and would go round the guard.
        const response = await fetch(request.url, { ...initOf(request), dispatcher: agent });
        const headers = new Headers([...response.headers]);
        const body = response.body ?? new Blob([]).stream();
        const answer = { status: response.status, headers, url: request.url, body };
        return throughBody(answer, {
          next: (pull) => pull().catch((error: unknown) => Promise.reject(failureOf(error, request) as Error)),
        });
      } catch (error) {
        throw failureOf(error, request);
      }
    },
    close: () => agent.destroy(),
  };
}

/** A value is looked into at the last moment, and here only. */
function initOf({ method, headers = {}, body, signal }: HttpRequest): RequestInit {
  return {
    method,
    redirect: "manual",
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, plain(value)]),
    ...(body !== undefined && { body: body instanceof Secret ? body.reveal() : body }),
    ...(signal !== undefined && { signal }),
  };
}

function plain(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}

/** What fetch calls by one name is the guard's refusal, the caller's signal, or a connection that failed. */
function failureOf(error: unknown, request: HttpRequest): unknown {
  if (request.signal?.aborted === true) return request.signal.reason;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ConnectorError) return cause;
    if ("code" in cause && cause.code === "UND_ERR_HEADERS_OVERFLOW") {
      return new ConnectorError("ClientError", `${nameOf(request)}: the answer's headers are too long`, { cause });
    }
  }
  return new ConnectorError("ServiceUnavailable", `${nameOf(request)}: the connection failed`, { cause: error });
}
