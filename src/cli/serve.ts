import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface ServeOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** Host names by which the server may be addressed, besides those of this machine. */
  readonly hosts?: readonly string[];
  /** Told of failures to answer that no response could tell of. */
  readonly report: (error: unknown) => void;
}

export interface RunningServer {
  /** For example `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Takes no further requests, and waits for those under way: at most `graceMs` milliseconds, then it cuts them off. */
  close(graceMs?: number): Promise<void>;
}

/** Serves `handle` over HTTP to this machine alone, and to no page in its browsers. */
export async function serve(
  handle: (request: Request) => Promise<Response>,
  options: ServeOptions,
): Promise<RunningServer> {
  const hosts = new Set(["127.0.0.1", "localhost", "[::1]", ...(options.hosts ?? [])]);
  const server = createServer(LIMITS, (message, response) => {
    answer(message, response, hosts, handle).catch((error: unknown) => {
      // The caller has gone away, or the answer broke off: a whole response can no longer be given.
      response.destroy();
      if (!isGone(error)) options.report(error);
    });
  });
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.listen(options.port, LOOPBACK);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://${LOOPBACK}:${port}`, close: (graceMs = 5000) => close(server, graceMs) };
}

const LOOPBACK = "127.0.0.1";

const MAX_REQUESTS_PER_CONNECTION = 10_000;

const SWEEP_MS = 20;

/** A client that sends its headers or body slowly is cut off, so that it holds nothing for long. */
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  hosts: ReadonlySet<string>,
  handle: (request: Request) => Promise<Response>,
): Promise<void> {
  const refusal = refusalOf(message, hosts);
  await send(refusal ?? (await handle(requestOf(message))), message, response);
}

/**
 * Refuses what a page in a browser could send. A page can reach this server under a name of its own (DNS rebinding) or
 * from its own origin; but it names both, and without asking it can only send forms and plain text.
 */
function refusalOf(message: IncomingMessage, hosts: ReadonlySet<string>): Response | undefined {
  const { headers, headersDistinct, method, url } = message;
  const [host = "", ...others] = headersDistinct.host ?? [];
  if (others.length > 0) return refuse(400, "This request names several hosts.");
  if (!hosts.has(hostName(host))) return refuse(403, `This server is not called "${host}".`);
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) {
    return refuse(403, "This server takes no requests from other origins.");
  }
  if (url === undefined || !url.startsWith("/") || method === "TRACE")
    return refuse(400, "This is no request for a path.");
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (type === undefined ? hasBody : !TYPES.includes(type)) {
    return refuse(415, "The content type must be application/json.");
  }
  return undefined;
}

/** AppFlow's clients send the first, EventBridge's the other. Forms and pages can send neither without asking. */
const TYPES = ["application/json", "application/x-amz-json-1.1"];

function hostName(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

function refuse(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

function requestOf(message: IncomingMessage): Request {
  const { method = "GET" } = message;
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(`http://${message.headers.host}${message.url}`, {
    method,
    headers: headersOf(message),
    ...(hasBody && { body: Readable.toWeb(message) as ReadableStream, duplex: "half" }),
  });
}

/** A header that came several times has its values joined by a comma alone: so they are signed (api/authenticate.ts). */
function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(headersDistinct)) headers.set(name, (values ?? []).join(","));
  return headers;
}

async function send(answer: Response, message: IncomingMessage, response: ServerResponse): Promise<void> {
  // What is left of a body that nobody read would be taken for the next request.
  if (!message.complete) response.setHeader("connection", "close");
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) response.end();
  else await pipeline(Readable.fromWeb(answer.body), response);
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ECONNRESET" || code === "EPIPE";
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  // Clients keep connections open; each is idle as soon as its answer is given.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}
