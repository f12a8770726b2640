import type { RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createHttpClient, type HttpClientOptions } from "../../../src/sdk/http/create-http-client.ts";
import type { HttpRequest } from "../../../src/sdk/http/dispatch.ts";
import { readText } from "../../../src/sdk/http/read-answer.ts";
import { Secret } from "../../../src/sdk/secret.ts";
import { startServer, type TestServer } from "../../support/http-server.ts";

/** Sends one request, and gives the body or the error. */
async function call(
  servers: readonly TestServer[],
  request: Partial<HttpRequest> & { readonly url: URL },
  options: HttpClientOptions = {},
): Promise<unknown> {
  const client = createHttpClient({ allowed: new Set(servers.map(({ origin }) => origin)), ...options });
  try {
    const answer = await client.send({ method: "GET", ...request });
    return { status: answer.status, url: answer.url.href, text: await readText(answer) };
  } catch (error) {
    return error;
  } finally {
    await client.close();
  }
}

const get = (server: TestServer, path = "/") => ({ url: new URL(path, server.origin) });

describe("createHttpClient", () => {
  it("gives the answer whatever its status is, decompressed", async () => {
    await using server = await startServer((_, response) => {
      response.writeHead(418, { "content-encoding": "gzip" }).end(gzipSync("a teapot"));
    });

    expect(await call([server], get(server))).toMatchObject({ status: 418, text: "a teapot" });
  });

  it("sends method, headers and body, and looks into secrets at the last moment", async () => {
    await using server = await startServer((request, response) => {
      response.write(`${request.method} ${String(request.headers["x-key"])} `);
      request.pipe(response);
    });
    const request = {
      ...get(server),
      method: "POST" as const,
      headers: { "x-key": new Secret("k-1") },
      body: new Secret("b-1"),
    };

    expect(JSON.stringify(request)).not.toMatch(/k-1|b-1/);
    expect(await call([server], request)).toMatchObject({ text: "POST k-1 b-1" });
  });

  it("gives an empty body where there is none", async () => {
    await using server = await startServer((_, response) => response.writeHead(204).end());

    expect(await call([server], get(server))).toMatchObject({ status: 204, text: "" });
  });

  it.each([
    ["http://example.com/", /`http:\/\/example\.com`: only https is spoken, not http — .*MILLRACE_ALLOW_ORIGINS/],
    ["https://example.com:8443/", /only port 443 is called, not 8443/],
    ["https://user@example.com/", /must not hold a user name or password/],
    ["https://:secret-pw@example.com/", /must not hold a user name or password/],
    ["ftp://example.com/", /only https is spoken, not ftp/],
    ["file:///etc/passwd", /only https is spoken, not file/],
    ["data:text/plain,x", /only https is spoken, not data/],
  ])("refuses %s", async (url, message) => {
    const error = (await call([], { url: new URL(url) })) as Error;

    expect(error).toMatchObject({ code: "InvalidArgument", message: expect.stringMatching(message) });
    expect(error.message).not.toContain("secret-pw");
  });

  it("refuses private addresses also on https and port 443", async () => {
    for (const host of ["127.0.0.1", "[::1]", "169.254.169.254", "localhost"]) {
      expect(await call([], { url: new URL(`https://${host}/`) })).toMatchObject({
        code: "InvalidArgument",
        message: expect.stringMatching(/not a public address/),
      });
    }
  });

  it("makes no connection that the guard does not make", async () => {
    let looks = 0;
    await using server = await startServer((_, response) => response.writeHead(200, { connection: "close" }).end());
    const origin = `http://millrace.test:${server.port}`;
    const client = createHttpClient({
      allowed: new Set([origin]),
      lookup: (_, __, callback) => {
        looks++;
        callback(null, [{ address: "127.0.0.1", family: 4 }]);
      },
    });

    for (let i = 0; i < 5; i++) {
      const { body } = await client.send({ method: "GET", url: new URL(origin) });
      await body.cancel();
    }

    await client.close();
    expect([looks, server.connections()]).toEqual([5, 5]);
  });
});

describe("redirects", () => {
  const HARMLESS = { accept: "application/json" };

  const chain: RequestListener = (request, response) => {
    const left = Number(request.url!.slice(1));
    if (left === 0) response.end("arrived");
    else response.writeHead(302, { location: `/${left - 1}` }).end("elsewhere");
  };

  it("follows three, and no more", async () => {
    await using server = await startServer(chain);

    expect(await call([server], get(server, "/3"))).toMatchObject({ text: "arrived", url: `${server.origin}/0` });
    expect(await call([server], get(server, "/4"))).toMatchObject({
      code: "ClientError",
      message: `GET ${server.origin}/4: it was redirected more than 3 times`,
    });
  });

  it("follows to another origin when there is nothing that could leak", async () => {
    await using target = await startServer((request, response) => response.end(request.headers.accept));
    await using server = await startServer((_, response) =>
      response.writeHead(307, { location: `${target.origin}/x` }).end(),
    );

    expect(await call([server, target], { ...get(server), headers: HARMLESS })).toMatchObject({
      text: "application/json",
      url: `${target.origin}/x`,
    });
  });

  it("does not follow to what may not be called", async () => {
    await using inner = await startServer((_, response) => response.end("inside"));
    await using server = await startServer((_, response) =>
      response.writeHead(302, { location: `${inner.origin}/` }).end(),
    );

    expect(await call([server], get(server))).toMatchObject({ code: "InvalidArgument" });
    expect(inner.connections()).toBe(0);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"] as const)("hands a redirect of %s to whoever sent it", async (method) => {
    await using server = await startServer((_, response) => response.writeHead(307, { location: "/again" }).end());

    expect(await call([server], { ...get(server), method })).toMatchObject({ status: 307, url: `${server.origin}/` });
  });

  const CREDENTIALS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ["authorization", { authorization: "Bearer canary-1" }, ""],
    ["cookie", { cookie: "session=canary-1" }, ""],
    ["x-api-key", { "x-api-key": "canary-1" }, ""],
    ["Api-Token", { "Api-Token": "canary-1" }, ""],
    ["X-Auth-Token", { "X-Auth-Token": "canary-1" }, ""],
    ["dd-api-key", { "dd-api-key": "canary-1" }, ""],
    ["dd-application-key", { "dd-application-key": "canary-1" }, ""],
    ["apikey", { apikey: "canary-1" }, ""],
    ["private-token", { "private-token": "canary-1" }, ""],
    ["proxy-authorization", { "proxy-authorization": "Basic canary-1" }, ""],
    ["x-amz-security-token", { "x-amz-security-token": "canary-1" }, ""],
    ["x-sfdc-session", { "x-sfdc-session": "canary-1" }, ""],
    ["?api_key", {}, "?api_key=canary-1"],
    ["?access_token", {}, "?access_token=canary-1"],
    ["?key", {}, "?key=canary-1"],
    ["?X-Amz-Signature", {}, "?X-Amz-Signature=canary-1"],
  ];

  it.each(CREDENTIALS)("keeps %s within its origin", async (_, headers, query) => {
    const seen: string[] = [];
    await using other = await startServer((request, response) => {
      seen.push(JSON.stringify([request.url, request.rawHeaders]));
      response.end();
    });
    await using server = await startServer((request, response) => {
      const home = request.url!.startsWith("/home");
      response.writeHead(302, { location: home ? "/end" : `${other.origin}/` }).end();
    });

    const error = (await call([server, other], { ...get(server, `/away${query}`), headers })) as Error;

    expect(error).toMatchObject({ code: "ClientError", message: expect.stringMatching(/credentials must not go/) });
    expect(error.message).not.toContain("canary-1");
    expect([other.connections(), seen]).toEqual([0, []]);
  });

  it("carries credentials along within their origin", async () => {
    await using server = await startServer((request, response) => {
      if (request.url === "/end") response.end(request.headers.authorization);
      else response.writeHead(302, { location: "/end" }).end();
    });
    const headers = { authorization: new Secret("Bearer t") };

    expect(await call([server], { ...get(server), headers })).toMatchObject({ text: "Bearer t" });
  });
});

describe("hostile answers", () => {
  const FAST = { minimumPace: { bytes: 1000, milliseconds: 200 } };

  it("cuts off an answer that drips", async () => {
    await using server = await startServer((_, response) => {
      const drip = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(drip));
    });
    const from = performance.now();

    const error = await call([server], get(server), FAST);

    expect(error).toMatchObject({ code: "RequestTimeout", message: expect.stringMatching(/fewer than 1000 bytes/) });
    expect(performance.now() - from).toBeLessThan(2000);
  });

  it("cuts off an answer that falls silent", async () => {
    await using server = await startServer((_, response) => response.write("x".repeat(5000)));

    expect(await call([server], get(server), FAST)).toMatchObject({ code: "RequestTimeout" });
  });

  it("takes an answer that drips just fast enough, and one that is short", async () => {
    await using server = await startServer((request, response) => {
      if (request.url === "/short") return void response.end("short");
      let left = 12;
      const drip = setInterval(() => {
        response.write("x".repeat(200));
        if (--left > 0) return;
        clearInterval(drip);
        response.end();
      }, 50);
    });
    const pace = { minimumPace: { bytes: 200, milliseconds: 300 } };

    expect(await call([server], get(server), pace)).toMatchObject({ text: "x".repeat(2400) });
    expect(await call([server], get(server, "/short"), FAST)).toMatchObject({ text: "short" });
  });

  it("does not blame the peer for a slow reader", async () => {
    await using server = await startServer((_, response) => response.end("x".repeat(1_000_000)));
    const client = createHttpClient({ allowed: new Set([server.origin]), ...FAST });

    const { body } = await client.send({ method: "GET", url: new URL(server.origin) });
    let bytes = 0;
    for await (const chunk of body) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 500));
      bytes += chunk.length;
    }

    await client.close();
    expect(bytes).toBe(1_000_000);
  });

  it.each([
    ["never answers", () => {}],
    ["never ends", (_, response) => void setInterval(() => response.write("x".repeat(1000)), 10).unref()],
  ] as readonly (readonly [string, RequestListener])[])("gives up on a server that %s", async (_, listener) => {
    await using server = await startServer(listener);
    const from = performance.now();

    const error = await call([server], get(server), { deadlineMs: 300 });

    expect(error).toMatchObject({ code: "RequestTimeout", message: expect.stringMatching(/not over after 0.3 s/) });
    expect(performance.now() - from).toBeLessThan(2000);
  });

  it.each([
    ["plain", false],
    ["compressed", true],
  ])("bounds the size of an answer: %s", async (_, compressed) => {
    await using server = await startServer((request, response) => {
      const body = Buffer.alloc(Number(request.url!.slice(1)));
      if (compressed) response.setHeader("content-encoding", "gzip");
      response.end(compressed ? gzipSync(body) : body);
    });
    const limit = { maxBytes: 100_000 };

    expect(await call([server], get(server, "/100000"), limit)).toMatchObject({ status: 200 });
    expect(await call([server], get(server, "/100001"), limit)).toMatchObject({
      code: "ClientError",
      message: expect.stringMatching(/more than 100000 bytes/),
    });
  });

  it("stops reading what is endless", async () => {
    let sent = 0;
    await using server = await startServer((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on("drain", more);
      more();
    });

    const error = await call([server], get(server), { maxBytes: 1_000_000 });

    expect(error).toMatchObject({ code: "ClientError" });
    expect(sent).toBeLessThan(50_000_000);
  });

  it("bounds the headers of an answer", async () => {
    await using server = await startServer((request, response) => {
      response.setHeader("x-long", "x".repeat(Number(request.url!.slice(1))));
      response.end();
    });

    expect(await call([server], get(server, "/60000"))).toMatchObject({ status: 200 });
    expect(await call([server], get(server, "/70000"))).toMatchObject({
      code: "ClientError",
      message: expect.stringMatching(/headers are too long/),
    });
  });

  it.each([
    ["before its end", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"],
    ["within a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nshort"],
    ["before the last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n"],
    ["within its headers", "HTTP/1.1 200 OK\r\ncontent-le"],
    ["with something else than HTTP", "SSH-2.0-OpenSSH_9.9\r\n"],
    ["before it began", ""],
  ])("notices an answer that breaks off %s", async (_, bytes) => {
    await using server = await startServer((request) => request.socket.end(bytes));

    expect(await call([server], get(server))).toMatchObject({ code: "ServiceUnavailable" });
  });

  it("stops when its caller does, before the answer and within it", async () => {
    await using server = await startServer((request, response) => {
      if (request.url === "/body") response.write("x");
    });

    for (const path of ["/silent", "/body"]) {
      const reason = new Error("enough");
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 100);

      expect(await call([server], { ...get(server, path), signal: controller.signal })).toBe(reason);
    }
  });

  it("leaves nothing behind that keeps the process", async () => {
    await using server = await startServer((_, response) => response.end("done"));
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();

    await call([server], get(server));

    expect(timers()).toBe(before);
  });
});
