import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import slack from "../../connectors/slack/index.ts";
import zendeskConnector from "../../connectors/zendesk/index.ts";
import type { Finding } from "../../src/connection/finding.ts";
import { scalarText } from "../../src/sdk/json.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { millrace } from "../support/cli.ts";
import { waysToFind } from "../support/find-secret.ts";
import { keepProfile } from "../support/keep-profile.ts";
import { startZendesk, type Zendesk } from "../support/saas/zendesk-server.ts";

describe("millrace doctor", () => {
  let folder: string;
  let zendesk: Zendesk;
  let stored: () => Promise<JsonObject>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-doctor-"));
    zendesk = await startZendesk();
    zendesk.time.pass(Date.now() - zendesk.time.now());
    stored = await keep("desk");
  });

  afterEach(async () => {
    await zendesk[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const keep = (
    name: string,
    properties: JsonObject = {},
    credentials: JsonObject = {},
    connector = zendeskConnector,
  ) =>
    keepProfile(join(folder, "data"), join(folder, "key"), {
      name,
      connector,
      properties: { instanceUrl: zendesk.origin, ...properties },
      credentials: { ...zendesk.credentials, ...credentials },
    });

  /** Whatever is told of whatever is wrong, no credential is in it. */
  const doctor = async (name: string, env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) => {
    const origins = `${zendesk.origin},${zendesk.origin.replace("http:", "https:")}`;
    const finished = await millrace(["doctor", name, "--data", join(folder, "data"), ...args], {
      env: { MILLRACE_KEY_FILE: join(folder, "key"), MILLRACE_ALLOW_ORIGINS: origins, ...env },
    });
    const secrets = [...zendesk.tokens.issued, scalarText(zendesk.credentials["clientSecret"])];
    const shown = finished.stdout + finished.stderr;
    expect(secrets.flatMap((secret) => waysToFind(secret, shown))).toEqual([]);
    return finished;
  };

  const findings = async (name: string, env: Readonly<Record<string, string>> = {}) => {
    const { code, stdout } = await doctor(name, env, "--json");
    const found = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Finding);
    return { code, found, wrong: found.filter(({ state }) => state === "wrong") };
  };

  it("finds nothing wrong where nothing is", async () => {
    const headers = { "ratelimit-limit": "400", "ratelimit-remaining": "398", "ratelimit-reset": "12" };
    zendesk.faults.push(undefined, { headers, body: { ticket_fields: [], meta: { has_more: false } } });

    const { code, stdout, stderr } = await doctor("desk");

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual([
      "ok       credentials  they can be read; nothing tells when the access token ends",
      `ok       reach        ${zendesk.origin} answers (with 401)`,
      "ok       permissions  entities can be listed, and the fields of tickets be read",
      `ok       clock        this machine's and that of ${zendesk.origin} agree`,
      "ok       quota        the account: 398 requests are left",
    ]);
  });

  it("renews a token that is at its end, and keeps the new one", async () => {
    const read = await keep("late", {}, { expiresAt: Date.now() - 1000 });

    const { code, found } = await findings("late");

    expect(code).toBe(0);
    expect(found[0]!.message).toMatch(/^the access token was at its end and has been renewed; .* good until 20/);
    expect((await read())["accessToken"]).toBe(zendesk.tokens.issued.at(-2));
    expect(zendesk.tokens.requests).toBe(1);
  });

  it("tells that the system had ended a token that looked good, once it is renewed", async () => {
    zendesk.tokens.expireAll();

    const { code, found } = await findings("desk");

    expect(code).toBe(0);
    expect(found.map(({ check, message }) => `${check}: ${message}`)).toContain(
      "credentials: the access token was not accepted, and has been renewed",
    );
    expect((await stored())["accessToken"]).toBe(zendesk.tokens.issued.at(-2));
  });

  it("tells that credentials are not accepted any more, and how to connect again", async () => {
    zendesk.tokens.revokeAll();

    const { code, wrong } = await findings("desk");

    expect(code).toBe(1);
    expect(wrong).toMatchObject([{ check: "credentials", remedy: expect.stringContaining("UpdateConnectorProfile") }]);
  });

  it("tells of credentials that lack something, or cannot be opened", async () => {
    await keep("empty", {}, { accessToken: "", refreshToken: "" });

    const empty = await findings("empty");
    const locked = await findings("desk", { MILLRACE_KEY_FILE: join(folder, "other-key") });

    expect(empty).toMatchObject({ code: 1, found: [{ check: "credentials", state: "wrong" }] });
    expect(empty.found[0]!.message).toContain("credentials.oAuthRequest.authCode");
    expect(locked).toMatchObject({ code: 1, found: [{ check: "credentials", state: "wrong" }] });
    expect(locked.found[0]!.remedy).toContain("MILLRACE_KEY_FILE");
  });

  it("tells what the profile may not do, in the system's words but without what it echoes", async () => {
    const secrets = Object.values(zendesk.credentials).map(scalarText).join(" ");
    const body = { error: "Forbidden", description: `Not ${secrets} ${Buffer.from(secrets).toString("base64")}` };
    zendesk.faults.push(undefined, { status: 403, body });

    const { code, wrong } = await findings("desk");

    expect(code).toBe(1);
    expect(wrong).toMatchObject([{ check: "permissions", message: expect.stringContaining("answered 403") }]);
    expect(wrong[0]!.remedy).toContain(zendeskConnector.docs);
  });

  it("tells that the limits are reached, which passes", async () => {
    zendesk.faults.push(undefined, { status: 429, headers: { "retry-after": "3600" }, body: { error: "RateLimited" } });

    const { code, wrong } = await findings("desk");

    expect(code).toBe(2);
    expect(wrong).toMatchObject([{ check: "quota", mayPass: true }]);
  });

  it.each([
    [-600, "10 minutes behind", /^this machine's is \d+ s ahead of that of/],
    [600, "10 minutes ahead", /^this machine's is \d+ s behind that of/],
  ])("tells that the clocks disagree by %d s (the system is %s)", async (seconds, _, message) => {
    zendesk.time.pass(seconds * 1000);

    const { code, wrong } = await findings("desk");

    expect(code).toBe(1);
    expect(wrong).toMatchObject([{ check: "clock", message: expect.stringMatching(message) }]);
  });

  it.each<[string, (origin: string) => string, number, RegExp]>([
    ["may not go", () => "https://10.0.0.1", 1, /`10\.0\.0\.1` is not a public address/],
    ["does not speak TLS", (origin) => origin.replace("http:", "https:"), 1, /no certificate that holds/],
    ["does not exist", () => "https://desk.invalid", Number.NaN, /there is no such name|cannot be looked up/],
  ])("tells that the system %s, and asks no further", async (_, urlOf, expected, message) => {
    await keep("away", { instanceUrl: urlOf(zendesk.origin) });

    const { code, found } = await findings("away");

    if (!Number.isNaN(expected)) expect(code).toBe(expected);
    else expect(code).not.toBe(0);
    expect(found.map(({ check, state }) => `${check} ${state}`)).toEqual(["credentials ok", "reach wrong"]);
    expect(found[1]!.message).toMatch(message);
    expect(zendesk.calls).toEqual([]);
  });

  it("tells that nobody is there, which may pass", async () => {
    await zendesk[Symbol.asyncDispose]();

    const { code, wrong } = await findings("desk");

    expect(code).toBe(2);
    expect(wrong).toMatchObject([{ check: "reach", message: expect.stringContaining("nobody takes the connection") }]);
  });

  it("tells that this engine makes no requests with the profile", async () => {
    await keep("chat", {}, {}, slack);

    const { code, wrong } = await findings("chat");

    expect(code).toBe(1);
    expect(wrong).toMatchObject([{ check: "reach", message: expect.stringContaining("their runs fail") }]);
  });
});
