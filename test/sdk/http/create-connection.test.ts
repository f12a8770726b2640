import { describe, expect, it } from "vitest";
import { basicAuth, bearerToken, headerKeys } from "../../../src/sdk/auth/authorize.ts";
import { ConnectorError } from "../../../src/sdk/connector-error.ts";
import { Credentials } from "../../../src/sdk/credentials.ts";
import { createConnection, type Opening } from "../../../src/sdk/http/create-connection.ts";
import type { HttpAnswer, HttpRequest } from "../../../src/sdk/http/dispatch.ts";
import type { HttpSheet } from "../../../src/sdk/http/http-sheet.ts";
import { readJson } from "../../../src/sdk/http/json-body.ts";
import { Pacer } from "../../../src/sdk/http/pacer.ts";
import type { JsonObject } from "../../../src/sdk/json.ts";
import { poll } from "../../../src/sdk/poll.ts";
import { createRedactor } from "../../../src/sdk/redact.ts";
import { Secret } from "../../../src/sdk/secret.ts";
import { VirtualTime } from "../../support/saas/virtual-time.ts";

const HOME = new URL("https://acme.example/");

interface Sent {
  readonly request: HttpRequest;
  readonly headers: Readonly<Record<string, string>>;
}

/** A connection to a system that gives these answers, one after the other. */
function connect(
  answers: readonly (Partial<{ status: number; headers: Record<string, string>; text: string }> | Error)[],
  changes: Partial<HttpSheet> = {},
  credentials: JsonObject = { accessToken: "token-0" },
  renewedUntil?: number,
) {
  const time = new VirtualTime(0);
  const sent: Sent[] = [];
  const left = [...answers];
  let renewals = 0;
  const open = (json: JsonObject): Opening => {
    const profile = { properties: {}, credentials: new Credentials(json) };
    const { expiresAt } = json as { readonly expiresAt?: number };
    return { profile, redact: createRedactor(profile.credentials.all()), expiresAt };
  };
  const connection = createConnection({
    sheet: { addresses: () => [HOME, new URL("https://files.example/")], authorize: bearerToken(), ...changes },
    opening: open(credentials),
    renew: async () =>
      open({ accessToken: `token-${++renewals}`, ...(renewedUntil !== undefined && { expiresAt: renewedUntil }) }),
    pacer: new Pacer(changes.limits ?? []),
    send: async (request): Promise<HttpAnswer> => {
      const entries = Object.entries(request.headers ?? {});
      const headers = entries.map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]);
      sent.push({ request, headers: Object.fromEntries(headers) as Record<string, string> });
      const answer = left.shift() ?? {};
      if (answer instanceof Error) throw answer;
      const { status = 200, headers: given = {}, text = "{}" } = answer;
      return { status, headers: new Headers(given), url: request.url, body: new Blob([text]).stream() };
    },
    now: time.now,
    wait: time.wait,
    signal: new AbortController().signal,
    deadline: 24 * 3_600_000,
    chance: () => 0.5,
  });
  return { connection, sent, time, renewals: () => renewals };
}

const get = (path = "/a"): HttpRequest => ({ method: "GET", url: new URL(path, HOME) });

describe("a connection", () => {
  it.each([
    ["a bearer token", bearerToken(), { accessToken: "t" }, { authorization: "Bearer t" }],
    [
      "a token with another word",
      bearerToken("apiToken", "Api-Token"),
      { apiToken: "t" },
      { authorization: "Api-Token t" },
    ],
    ["user and password", basicAuth(), { username: "u", password: "p" }, { authorization: "Basic dTpw" }],
    ["a user alone", basicAuth("apiKey", "none"), { apiKey: "k" }, { authorization: "Basic azo=" }],
    ["keys", headerKeys({ "x-a": "a", "x-b": "nested.b" }), { a: "1", nested: { b: "2" } }, { "x-a": "1", "x-b": "2" }],
  ])("sends %s", async (_, authorize, credentials, headers) => {
    const { connection, sent } = connect([{}], { authorize }, credentials);

    await connection.send(get());

    expect(sent[0]!.headers).toEqual(headers);
    expect(JSON.stringify(sent[0]!.request)).not.toMatch(/Bearer|Basic|Api-Token/);
  });

  it("sends credentials to the origins of its system, and to no other", async () => {
    const { connection, sent } = connect([]);
    await connection.send({ method: "GET", url: new URL("https://files.example/x") });

    for (const url of ["https://evil.example/", "http://acme.example/", "https://acme.example:444/"]) {
      const request = { method: "GET", url: connection.url(url) } as const;
      await expect(connection.send(request)).rejects.toMatchObject({ code: "ClientError" });
    }
    expect(sent).toHaveLength(1);
    expect(() => connection.url("https://[")).toThrow(ConnectorError);
  });

  it("renews a token that is about to end before it is sent", async () => {
    const { connection, sent, time } = connect([], {}, { accessToken: "token-0", expiresAt: 100_000 });

    await connection.send(get());
    time.pass(51_000);
    await connection.send(get());

    expect(sent.map(({ headers }) => headers["authorization"])).toEqual(["Bearer token-0", "Bearer token-1"]);
  });

  it("does not ask for another token with each request when it is given the same one until it ends", async () => {
    const { connection, time, renewals } = connect([], {}, { accessToken: "token-0", expiresAt: 600_000 }, 600_000);

    for (let second = 0; second < 600; second++) {
      await connection.send(get());
      time.pass(1000);
    }

    expect(renewals()).toBeGreaterThan(0);
    expect(renewals()).toBeLessThan(10);
  });

  it("renews once when several requests are refused at the same time", async () => {
    const { connection, renewals, sent } = connect([{ status: 401 }, { status: 401 }, { status: 401 }]);

    await Promise.all(["/a", "/b", "/c"].map((path) => connection.send(get(path))));

    expect(renewals()).toBe(1);
    expect(sent.slice(3).map(({ headers }) => headers["authorization"])).toEqual(Array(3).fill("Bearer token-1"));
  });

  it("finds errors that come with 200, and renews a token that one of them says has ended", async () => {
    const judge: HttpSheet["judge"] = ({ json }) =>
      json["success"] === false
        ? { code: json["code"] === "602" ? "InvalidCredentials" : "RateLimitExceeded", retryAfterMs: 20_000 }
        : undefined;
    const ended = { text: '{"success":false,"code":"602"}' };
    const tooMany = { text: '{"success":false,"code":"606"}' };
    const { connection, sent, time } = connect([ended, tooMany, { text: '{"result":[1]}' }], {
      judge,
      hidesErrors: true,
    });

    const body = await connection.ask(get(), readJson);

    expect(body.member("result")).toEqual([1]);
    expect(sent.map(({ headers }) => headers["authorization"])).toEqual([
      "Bearer token-0",
      "Bearer token-1",
      "Bearer token-1",
    ]);
    expect(time.now()).toBe(20_000);
  });

  it("gives a long answer whole that was looked into for an error", async () => {
    const text = `{"result":["${"x".repeat(300_000)}"]}`;
    const { connection } = connect([{ text }], { judge: () => undefined, hidesErrors: true });

    expect((await connection.ask(get(), ({ bytes }) => bytes.toString())) === text).toBe(true);
  });

  it("does not do twice what may have been done", async () => {
    const post = { ...get(), method: "POST" } as const;
    const broken = new ConnectorError("ServiceUnavailable", "cut");

    await expect(connect([broken]).connection.send(post)).rejects.toBe(broken);
    await connect([broken]).connection.send({ ...post, isRead: true });
    await connect([{ status: 429 }]).connection.send(post);
  });

  it("waits longer from one try to the next while nobody says how long", async () => {
    const { connection, time, sent } = connect(Array.from({ length: 5 }, () => ({ status: 502 })));

    await connection.send(get());

    expect(sent).toHaveLength(6);
    // Half of 2, 4, 8, 16 and 32 seconds.
    expect(time.now()).toBe(31_000);
  });

  it("sends no more than the documented limit, before the system has to say so", async () => {
    const { connection, time } = connect([], { limits: [{ name: "", requests: 2, perMs: 1000 }] });

    for (let i = 0; i < 5; i++) await connection.send(get());

    expect(time.now()).toBe(2000);
  });

  it("looks after a job with pauses that grow, and no longer than there is time", async () => {
    const { connection, time } = connect([]);
    const looks: number[] = [];
    const look = async () => {
      looks.push(time.now() / 1000);
      return looks.length === 6 ? "done" : undefined;
    };

    expect(await poll(connection, look, { firstMs: 10_000, longestMs: 30_000 })).toBe("done");
    expect(looks).toEqual([0, 10, 25, 47.5, 77.5, 107.5]);
    await expect(connection.wait(24 * 3_600_000)).rejects.toMatchObject({ code: "RequestTimeout" });
  });
});
