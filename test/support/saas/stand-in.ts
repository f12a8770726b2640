import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatch } from "../../../src/sdk/http/dispatch.ts";
import { startServer } from "../http-server.ts";
import type { TestServer } from "../http-server.ts";
import type { TokenIssuer } from "./token-issuer.ts";
import { VirtualTime } from "./virtual-time.ts";

/** A request, as a vendor's API sees it. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; bytes as they are. */
  readonly body?: object | string | Buffer;
}

/**
 * What goes wrong with one request: another reply than the right one; or the right one, but cut off in the middle, given a
 * byte at a time, or broken so that it is no JSON.
 */
export type Fault = Reply | "cut" | "drip" | "malformed";

export interface StandIn extends AsyncDisposable {
  readonly origin: string;
  /** The vendor's own addresses, which lead to it. */
  readonly aliases: readonly string[];
  readonly time: VirtualTime;
  readonly tokens: TokenIssuer;
  /** Every call but those for tokens. */
  readonly calls: readonly Call[];
  /** What goes wrong with the next calls, one after the other; `undefined` lets one pass. */
  readonly faults: (Fault | undefined)[];
  /** Changes the JSON of every answer; identity at first. */
  rewrite: (json: unknown) => unknown;
}

export interface StandInOptions {
  /** When its time begins, where that matters: milliseconds since 1970. */
  readonly now?: number | undefined;
  readonly aliases?: readonly string[];
  readonly tokenPath: string;
  readonly tokens: (time: VirtualTime) => TokenIssuer;
  /** The vendor's API. Whoever asks has a valid token. */
  readonly answer: (call: Call, time: VirtualTime) => Reply;
  /** What the vendor says to whoever has none. */
  readonly unauthorized: Reply;
}

/** A server on this machine that stands in for a vendor: tokens, faults and a record of calls; the vendor's API is given. */
export async function startStandIn({
  now,
  aliases = [],
  tokenPath,
  tokens: openTokens,
  answer,
  unauthorized,
}: StandInOptions): Promise<StandIn> {
  const time = new VirtualTime(now);
  const tokens = openTokens(time);
  const calls: Call[] = [];
  const faults: (Fault | undefined)[] = [];

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await readCall(request, server);
    if (call.url.pathname === tokenPath) {
      const { status, json } = tokens.exchange(parametersOf(call));
      return send(response, { status, body: json }, time);
    }
    calls.push(call);
    const fault = faults.shift();
    if (typeof fault === "object") return send(response, fault, time);
    const token = /^Bearer (.+)$/.exec(call.headers.authorization ?? "")?.[1] ?? "";
    const reply = tokens.accepts(token) ? answer(call, time) : unauthorized;
    const isJson = typeof reply.body === "object" && !Buffer.isBuffer(reply.body);
    const body = isJson ? (standIn.rewrite(reply.body) as object) : reply.body;
    send(response, { ...reply, ...(body !== undefined && { body }) }, time, fault);
  };
  const server = await startServer((request, response) => void handle(request, response));
  const standIn: StandIn = {
    origin: server.origin,
    aliases,
    time,
    tokens,
    calls,
    faults,
    rewrite: (json) => json,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return standIn;
}

/** Sends to the stand-in what would go to the vendor's own addresses. */
export function throughStandIn({ origin, aliases }: Pick<StandIn, "origin" | "aliases">, send: Dispatch): Dispatch {
  return (request) => {
    if (!aliases.includes(request.url.origin)) return send(request);
    return send({ ...request, url: new URL(request.url.pathname + request.url.search, origin) });
  };
}

async function readCall(request: IncomingMessage, { origin }: TestServer): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  return { method: request.method!, url: new URL(request.url!, origin), headers: request.headers, body };
}

function parametersOf({ url, body }: Call): Readonly<Record<string, unknown>> {
  if (body.startsWith("{")) return JSON.parse(body) as Record<string, unknown>;
  return Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]);
}

function send(
  response: ServerResponse,
  { status = 200, headers = {}, body = "" }: Reply,
  time: VirtualTime,
  fault?: "cut" | "drip" | "malformed",
): void {
  const text = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const bytes = fault === "malformed" ? Buffer.concat([text.subarray(0, -2), Buffer.from("]")]) : text;
  response.writeHead(status, {
    date: new Date(time.now()).toUTCString(),
    "content-type": "application/json",
    "content-length": String(bytes.length),
    ...headers,
  });
  if (fault === "drip") response.write(bytes.subarray(0, 1));
  else if (fault === "cut") response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  else response.end(bytes);
}
