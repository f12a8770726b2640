import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "../../src/cli/serve.ts";

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

let server: RunningServer;
let seen: Request[];
let reports: unknown[];
let handle: (request: Request) => Promise<Response>;

beforeEach(async () => {
  seen = [];
  reports = [];
  handle = async (request) => Response.json({ echo: await request.text() }, { headers: { "x-answer": "yes" } });
  server = await serve(
    (request) => {
      seen.push(request);
      return handle(request);
    },
    { port: 0, hosts: ["millrace.test"], report: (error) => void reports.push(error) },
  );
});

afterEach(() => server.close(0));

/** Sends a request as a client that writes any headers. */
async function send({ method = "POST", path = "/list-flows", headers = {}, body }: Sent) {
  const outgoing = httpRequest(server.url, {
    method,
    path,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [
    NodeJS.ReadableStream & { statusCode: number; headers: IncomingHttpHeaders },
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

describe("serve", () => {
  it("hands over the request and gives back the answer", async () => {
    const answer = await send({ path: "/tags/arn%3Aaws%2Fx?tagKeys=a%20b&tagKeys=c", body: '{"a":"ü"}' });

    expect(answer).toMatchObject({
      status: 200,
      headers: { "x-answer": "yes" },
      text: String.raw`{"echo":"{\"a\":\"ü\"}"}`,
    });
    expect(new URL(seen[0]!.url)).toMatchObject({
      pathname: "/tags/arn%3Aaws%2Fx",
      search: "?tagKeys=a%20b&tagKeys=c",
    });
    expect(seen[0]!.headers.get("host")).toBe(new URL(server.url).host);
  });

  it("joins headers that come several times by a comma alone", async () => {
    await send({ headers: { "x-note": ["b", "a", " c"] } });

    expect(seen[0]!.headers.get("x-note")).toBe("b,a,c");
  });

  it("listens on this machine alone", () => {
    expect(new URL(server.url).hostname).toBe("127.0.0.1");
  });

  it.each(["127.0.0.1", "localhost:8787", "LOCALHOST", "[::1]:1", "millrace.test"])(
    "answers to the name %s",
    async (host) => {
      expect(await send({ headers: { host } })).toMatchObject({ status: 200 });
    },
  );

  it.each([
    "evil.example",
    "evil.example:8787",
    "127.0.0.1.evil.example",
    "localhost.",
    "localhost@evil.example",
    "evil.example#localhost",
  ])("does not answer to the name %j", async (host) => {
    expect(await send({ headers: { host } })).toMatchObject({ status: 403 });
    expect(seen).toEqual([]);
  });

  it.each(["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1"])(
    "takes nothing from a page of the origin %s",
    async (origin) => {
      expect(await send({ headers: { origin }, body: "{}" })).toMatchObject({ status: 403 });
      expect(seen).toEqual([]);
    },
  );

  it("takes requests from pages of its own, and allows no others by CORS", async () => {
    const answer = await send({ headers: { origin: server.url }, body: "{}" });
    const preflight = await send({ method: "OPTIONS", headers: { origin: "https://evil.example" } });

    expect(answer.status).toBe(200);
    for (const { headers } of [answer, preflight]) {
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "",
  ])("takes no body of type %j", async (type) => {
    expect(await send({ headers: { "content-type": type }, body: "{}" })).toMatchObject({ status: 415 });
    expect(seen).toEqual([]);
  });

  it("takes no body without a type", async () => {
    const answer = await exchange(
      `POST /list-flows HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 415 /);
  });

  it("takes no type for JSON with a charset, and nothing at all where there is no body", async () => {
    expect(await send({ headers: { "content-type": "Application/JSON; charset=utf-8" }, body: "{}" })).toMatchObject({
      status: 200,
    });
    expect(await send({})).toMatchObject({ status: 200, text: '{"echo":""}' });
  });

  it.each([
    ["an absolute address", "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400],
    ["no path", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400],
    ["TRACE", "TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400],
    ["an empty name", "GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 403],
    ["no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["two hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400],
    ["headers beyond 16 KiB", `GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: ${"x".repeat(17_000)}\r\n\r\n`, 431],
    [
      "a body of two lengths",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
      400,
    ],
  ])("refuses %s", async (_, text, status) => {
    const answer = await exchange(text);

    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(seen).toEqual([]);
  });

  it("closes the connection when the body was not read", async () => {
    handle = async () => Response.json({}, { status: 413 });
    const answer = await exchange(
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{",
    );

    expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/i);
  });

  it("serves others while a thousand connections say nothing", async () => {
    const { port } = new URL(server.url);
    const silent = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const socket = connect(Number(port), "127.0.0.1");
        await once(socket, "connect");
        socket.on("error", () => undefined);
        socket.write("POST /list-flows HTTP/1.1\r\nHost: loc");
        return socket;
      }),
    );
    const start = performance.now();

    const answer = await send({ body: "{}" });

    expect(answer.status).toBe(200);
    expect(performance.now() - start).toBeLessThan(500);
    for (const socket of silent) socket.destroy();
  });

  it("waits for the requests under way when it closes", async () => {
    let release: () => void = () => undefined;
    handle = async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return Response.json({ late: true });
    };
    const answer = send({ body: "{}" });
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));

    const closed = server.close(10_000);
    release();

    expect(await answer).toMatchObject({ status: 200, text: '{"late":true}' });
    await closed;
    await expect(send({})).rejects.toThrow();
  });

  it("cuts off what does not end in time when it closes", async () => {
    handle = () => new Promise(() => undefined);
    const answer = send({ body: "{}" }).catch((error: unknown) => (error as NodeJS.ErrnoException).code);
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));

    await server.close(50);

    expect(await answer).toBe("ECONNRESET");
  });

  it("reports an answer that breaks off, and ends the connection", async () => {
    handle = async () => Promise.reject(new Error("no answer"));

    await expect(send({ body: "{}" })).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(reports).toEqual([expect.objectContaining({ message: "no answer" })]);
  });
});

/** What the server answers to the bytes of a request, until it closes the connection. */
async function exchange(text: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
