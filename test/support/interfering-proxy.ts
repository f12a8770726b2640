import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of a request. */
export type Fate =
  /** The server carries it out, and its answer is lost on the way. */
  | "lose the answer"
  /** The server never sees it: this is answered in its place. */
  | { readonly status: number; readonly body: object }
  /** The server is asked this instead. */
  | { readonly ask: object };

export interface ProxiedRequest {
  /** Such as `GetItem`. */
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface InterferingProxy {
  readonly endpoint: string;
  readonly requests: readonly ProxiedRequest[];
  /** Asked once for each request; undefined lets it pass. */
  interfere: (request: ProxiedRequest) => Fate | undefined | Promise<Fate | undefined>;
  close(): Promise<void>;
}

/** Stands between a client and a server of AWS's JSON protocol. */
export async function startProxy(target: string): Promise<InterferingProxy> {
  const requests: ProxiedRequest[] = [];
  const server = createServer((request, response) => void handle(request, response));
  const proxy: InterferingProxy = {
    endpoint: `http://127.0.0.1:${await portOf(server)}`,
    requests,
    interfere: () => undefined,
    close: () => closeServer(server),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await bodyOf(request);
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1)!;
    const asked = { operation, body: JSON.parse(bytes.toString()) as ProxiedRequest["body"] };
    requests.push(asked);
    const fate = await proxy.interfere(asked);
    if (typeof fate === "object" && "status" in fate) {
      response.writeHead(fate.status, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify(fate.body));
      return;
    }
    const sent = typeof fate === "object" ? Buffer.from(JSON.stringify(fate.ask)) : bytes;
    const answer = await forward(target, request, sent);
    if (fate === "lose the answer") response.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  return proxy;
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  const onward = send(new URL(url!, target), {
    method,
    headers: { ...headers, connection: "close", "content-length": body.length },
  });
  onward.end(body);
  const [answer] = (await once(onward, "response")) as [IncomingMessage];
  return { status: answer.statusCode!, headers: answer.headers, body: await bodyOf(answer) };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
