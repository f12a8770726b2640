import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import type { OAuthSheet } from "../../../src/sdk/auth/oauth-sheet.ts";
import { requestTokens } from "../../../src/sdk/auth/request-tokens.ts";
import type { Grant, OAuthClient } from "../../../src/sdk/auth/token-request.ts";
import { createHttpClient } from "../../../src/sdk/http/create-http-client.ts";
import { Secret } from "../../../src/sdk/secret.ts";
import { startServer } from "../../support/http-server.ts";

const NOW = 1_800_000_000_000;
const CLIENT: OAuthClient = { id: "app", secret: new Secret("app-secret/+") };
const REFRESH: Grant = { type: "refresh", refreshToken: new Secret("refresh-token-1") };

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends one token request to a server that gives that answer. */
async function ask(
  sheet: Partial<OAuthSheet>,
  grant: Grant,
  { status = 200, answer = { access_token: "at-1" }, client = CLIENT, headers = {} }: AskOptions = {},
) {
  const asked: Asked[] = [];
  await using server = await startServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers: sent } = request;
      asked.push({ method, url, headers: sent, body: Buffer.concat(chunks).toString() });
      response.writeHead(status, headers).end(typeof answer === "string" ? answer : JSON.stringify(answer));
    });
  });
  const http = createHttpClient({ allowed: new Set([server.origin]) });
  const full: OAuthSheet = {
    grant: "authorization-code",
    tokenUrl: new URL("/oauth/token", server.origin),
    ...sheet,
  };
  const ports = { send: http.send, now: () => NOW };
  const result = await requestTokens(full, client ?? undefined, grant, ports).catch((error: unknown) => error);
  await http.close();
  return { result, asked: asked[0]!, count: asked.length, origin: server.origin };
}

interface AskOptions {
  readonly status?: number;
  readonly answer?: unknown;
  readonly client?: OAuthClient | null;
  readonly headers?: Readonly<Record<string, string>>;
}

const form = ({ body }: Asked) => Object.fromEntries(new URLSearchParams(body));
const shown = (secret: unknown) => (secret as Secret).reveal();

describe("a request for tokens", () => {
  it("exchanges a code, and passes the verifier on", async () => {
    const { asked } = await ask(
      {},
      { type: "code", code: new Secret("code-1"), redirectUri: "https://me.example/cb", verifier: new Secret("v-1") },
    );

    expect(asked).toMatchObject({ method: "POST", url: "/oauth/token" });
    expect(asked.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(form(asked)).toEqual({
      grant_type: "authorization_code",
      code: "code-1",
      redirect_uri: "https://me.example/cb",
      code_verifier: "v-1",
      client_id: "app",
      client_secret: "app-secret/+",
    });
  });

  it("refreshes", async () => {
    const { asked } = await ask({}, REFRESH);

    expect(form(asked)).toEqual({
      grant_type: "refresh_token",
      refresh_token: "refresh-token-1",
      client_id: "app",
      client_secret: "app-secret/+",
    });
  });

  it("asks with the client's own credentials, and with what the sheet adds", async () => {
    const { asked } = await ask({ parameters: { scope: "read write" } }, { type: "client-credentials" });

    expect(form(asked)).toMatchObject({ grant_type: "client_credentials", scope: "read write", client_id: "app" });
  });

  it("asserts with a signed token, without a client", async () => {
    const { asked } = await ask({}, { type: "jwt-bearer", assertion: new Secret("a.b.c") }, { client: null });

    expect(form(asked)).toEqual({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "a.b.c" });
  });

  it("puts the client into a Basic header where the system wants it there", async () => {
    const { asked } = await ask({ client: "basic" }, REFRESH);

    const pair = Buffer.from(asked.headers.authorization!.slice("Basic ".length), "base64").toString();
    expect(pair.split(":").map(decodeURIComponent)).toEqual(["app", "app-secret/+"]);
    expect(form(asked)).toEqual({ grant_type: "refresh_token", refresh_token: "refresh-token-1" });
  });

  it("writes JSON where the system wants it", async () => {
    const { asked } = await ask({ content: "json" }, REFRESH);

    expect(asked.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(asked.body)).toMatchObject({ grant_type: "refresh_token", client_id: "app" });
  });

  it("uses GET where the system wants it", async () => {
    const { asked } = await ask({ method: "GET" }, REFRESH);

    const url = new URL(asked.url, "http://x");
    expect([asked.method, asked.body]).toEqual(["GET", ""]);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ grant_type: "refresh_token", client_id: "app" });
  });
});

describe("an answer with tokens", () => {
  it("gives what is there, and when it expires", async () => {
    const { result } = await ask({}, REFRESH, {
      answer: { access_token: "at-2", refresh_token: "rt-2", expires_in: 3600, token_type: "bearer" },
    });

    const { accessToken, refreshToken, ...rest } = result as Record<string, unknown>;
    expect([accessToken, refreshToken].map(shown)).toEqual(["at-2", "rt-2"]);
    expect(rest).toEqual({ expiresAt: NOW + 3_600_000, others: {} });
    expect(JSON.stringify(result)).not.toMatch(/at-2|rt-2/);
  });

  it.each([["3599"], [3599]])("takes a life of %j seconds", async (life) => {
    const { result } = await ask({}, REFRESH, { answer: { access_token: "a", expires_in: life } });

    expect(result).toMatchObject({ expiresAt: NOW + 3_599_000 });
  });

  it.each([[0], [-1], ["soon"], [null], [1e12]])("makes nothing of a life of %j seconds", async (life) => {
    const { result } = await ask({}, REFRESH, { answer: { access_token: "a", expires_in: life } });

    expect(result).not.toHaveProperty("expiresAt");
  });

  it("looks where the sheet says, and keeps what it says", async () => {
    const sheet = { answerMember: "authed_user", keep: { instance_url: "instanceUrl" } };
    const answer = { access_token: "bot", instance_url: "https://x.example", authed_user: { access_token: "user" } };

    const found = await ask(sheet, REFRESH, { answer });
    const top = await ask(sheet, REFRESH, { answer: { ...answer, authed_user: { id: "U1" } } });

    expect(shown((found.result as { accessToken: unknown }).accessToken)).toBe("user");
    expect(found.result).toMatchObject({ others: { instanceUrl: "https://x.example" } });
    expect(shown((top.result as { accessToken: unknown }).accessToken)).toBe("bot");
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "<html>hello</html>"],
    ["a list", "[]"],
    ["no token", { token_type: "bearer" }],
    ["an empty token", { access_token: "" }],
    ["a token that is a number", { access_token: 7 }],
    ["a token with a line end", { access_token: "a\r\nx-evil: 1" }],
    ["a token without end", { access_token: "x".repeat(20_000) }],
  ])("is refused when it holds %s, and not quoted", async (_, answer) => {
    const { result, origin } = await ask({}, REFRESH, { answer });

    expect(result).toMatchObject({
      code: "ServerError",
      message: `${origin}/oauth/token answered 200 without an access token`,
    });
  });
});

describe("an answer with an error", () => {
  it.each([
    [
      400,
      { error: "invalid_grant", error_description: "expired" },
      "InvalidCredentials",
      "400: invalid_grant: expired",
    ],
    [401, { error: "invalid_client" }, "InvalidCredentials", "401: invalid_client"],
    [400, { error: "unauthorized_client" }, "InvalidCredentials", "400: unauthorized_client"],
    [403, { error: "access_denied" }, "AccessDenied", "403: access_denied"],
    [400, { error: "invalid_scope" }, "ClientError", "400: invalid_scope"],
    [400, { error: "server_error" }, "ServerError", "400: server_error"],
    [400, { error: "temporarily_unavailable" }, "ServiceUnavailable", "400: temporarily_unavailable"],
    [200, { error: "bad_verification_code" }, "InvalidCredentials", "200: bad_verification_code"],
    [200, { ok: false, error: "invalid_code" }, "InvalidCredentials", "200: invalid_code"],
    [200, { ok: false, error: "internal_error" }, "ClientError", "200: internal_error"],
    [200, { ok: false }, "ClientError", '200: {"ok":false}'],
    [200, { access_token: "at-1", error: "invalid_grant" }, "InvalidCredentials", "200: invalid_grant"],
    [401, "no", "InvalidCredentials", "401: no"],
    [500, "<html>", "ServerError", "500: <html>"],
    [503, "", "ServiceUnavailable", "503"],
    [302, "", "ClientError", "302"],
  ])("%d %j is %s", async (status, answer, code, words) => {
    const { result, origin, count } = await ask({}, REFRESH, { status, answer, headers: { location: "/elsewhere" } });

    expect(result).toMatchObject({ code, message: `${origin}/oauth/token answered ${words}` });
    expect(count).toBe(1);
  });

  it("tells how long to wait", async () => {
    const { result } = await ask({}, REFRESH, { status: 429, answer: "", headers: { "retry-after": "7" } });

    expect(result).toMatchObject({ code: "RateLimitExceeded", retryAfterMs: 7000 });
  });

  it("holds no secret of the request, even when the system echoes all of it", async () => {
    const grants: readonly Grant[] = [
      REFRESH,
      { type: "code", code: new Secret("canary-code"), verifier: new Secret("canary-verifier") },
      { type: "jwt-bearer", assertion: new Secret("canary.jwt.part") },
    ];
    for (const grant of grants) {
      for (const sheet of [{}, { client: "basic" }, { content: "json" }, { method: "GET" }] as const) {
        const first = await ask(sheet, grant);
        const echo = JSON.stringify(first.asked);
        const { result } = await ask(sheet, grant, { status: 400, answer: echo });

        expect(String(result)).toContain("answered 400");
        for (const canary of ["refresh-token-1", "canary", "app-secret"]) expect(String(result)).not.toContain(canary);
      }
    }
  });
});
