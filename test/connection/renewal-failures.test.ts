import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSealedVault } from "../../src/adapters/local/sealed-vault.ts";
import { createSqliteProfileStore } from "../../src/adapters/local/sqlite-profile-store.ts";
import { type RenewalPorts, renewTokens } from "../../src/connection/renew-tokens.ts";
import type { OAuthSheet } from "../../src/sdk/auth/oauth-sheet.ts";
import { ConnectorError } from "../../src/sdk/connector-error.ts";
import type { HttpRequest } from "../../src/sdk/http/dispatch.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import type { Secret } from "../../src/sdk/secret.ts";
import { sampleProfile } from "../support/sample-profile.ts";

const NOW = 1_800_000_000_000;
const CLIENT = { clientId: "app", clientSecret: "app-secret" };
const TOKENS = { ...CLIENT, accessToken: "at-0", refreshToken: "rt-0" };
const CODE: OAuthSheet = {
  grant: "authorization-code",
  tokenUrl: new URL("https://id.example/token"),
  content: "json",
};

/** One profile with credentials, and a system that gives these answers. */
async function world(credentials: JsonObject, answers: readonly (JsonObject | Error)[], options: WorldOptions = {}) {
  const database = openDatabase(":memory:");
  const profiles = createSqliteProfileStore(database);
  const place = { region: "eu-west-1", account: "111122223333" };
  const vault = createSealedVault({ database, key: new Uint8Array(32), place });
  const arn = await vault.create("crm", credentials);
  await profiles.create(sampleProfile("crm", { credentialsArn: arn }));
  const { version } = (await vault.read(arn))!;
  const sent: JsonObject[] = [];
  let waited = 0;
  const ports: RenewalPorts = {
    profiles,
    vault: options.vault?.(vault) ?? vault,
    sheetOf: async () => ("sheet" in options ? options.sheet : CODE),
    async send(request: HttpRequest) {
      sent.push(JSON.parse((request.body as Secret).reveal()) as JsonObject);
      await options.meanwhile?.({ arn, vault, profiles });
      const answer = answers[sent.length - 1]!;
      if (answer instanceof Error) throw answer;
      const body = new Blob([JSON.stringify(answer)]).stream() as ReadableStream<Uint8Array>;
      return { status: "error" in answer ? 400 : 200, headers: new Headers(), url: request.url, body };
    },
    now: () => NOW + waited,
    wait: async (milliseconds) => void (waited += milliseconds),
    id: () => "me",
  };
  const stored = async () => (await vault.read(arn))?.credentials;
  return { arn, spent: { arn, version }, ports, vault, profiles, sent, stored, waited: () => waited };
}

type Vault = RenewalPorts["vault"];

interface WorldOptions {
  readonly sheet?: OAuthSheet | undefined;
  readonly vault?: (vault: Vault) => Vault;
  readonly meanwhile?: (world: {
    readonly arn: string;
    readonly vault: Vault;
    readonly profiles: ReturnType<typeof createSqliteProfileStore>;
  }) => Promise<void>;
}

describe("renewTokens", () => {
  it("stores what the system gives, and keeps what it does not replace", async () => {
    const { spent, ports, stored, sent } = await world(TOKENS, [{ access_token: "at-1", expires_in: 60 }]);

    const { credentials } = await renewTokens("crm", spent, ports);

    expect(credentials).toEqual({ ...TOKENS, accessToken: "at-1", expiresAt: NOW + 60_000 });
    expect(await stored()).toEqual(credentials);
    expect(sent).toEqual([
      { grant_type: "refresh_token", refresh_token: "rt-0", client_id: "app", client_secret: "app-secret" },
    ]);
  });

  it("asks nobody when others have renewed", async () => {
    const { arn, spent, ports, vault, sent } = await world(TOKENS, []);
    await vault.replace(arn, { ...TOKENS, accessToken: "at-1" }, spent.version);

    expect(await renewTokens("crm", spent, ports)).toMatchObject({ credentials: { accessToken: "at-1" } });
    expect(sent).toEqual([]);
  });

  it("waits while somebody else has the right to renew, and takes it when that one has died", async () => {
    const { spent, ports, profiles, waited } = await world(TOKENS, [{ access_token: "at-1" }]);
    await profiles.claimRenewal("crm", { holder: "other", now: NOW, until: NOW + 5000 });

    await renewTokens("crm", spent, ports);

    expect(waited()).toBeGreaterThanOrEqual(5000);
    expect(waited()).toBeLessThan(6000);
  });

  it.each<[string, JsonObject | Error, string]>([
    ["is refused", { error: "invalid_grant" }, "InvalidCredentials"],
    ["gets no answer", new ConnectorError("ServiceUnavailable", "reset"), "ServiceUnavailable"],
    ["gets nonsense", { hello: "world" }, "ServerError"],
  ])("leaves the stored tokens, and the right to renew, when it %s", async (_, answer, code) => {
    const { spent, ports, stored, sent } = await world(TOKENS, [answer, { access_token: "at-1" }]);

    await expect(renewTokens("crm", spent, ports)).rejects.toMatchObject({ code });

    expect(await stored()).toEqual(TOKENS);
    expect(await renewTokens("crm", spent, ports)).toMatchObject({ credentials: { accessToken: "at-1" } });
    expect(sent).toHaveLength(2);
  });

  it("gives way to credentials that the profile is given meanwhile", async () => {
    const given = { ...CLIENT, accessToken: "given", refreshToken: "given" };
    const { spent, ports } = await world(TOKENS, [{ access_token: "at-1" }], {
      async meanwhile({ arn, vault, profiles }) {
        const credentialsArn = await vault.create("crm", given);
        await profiles.update(sampleProfile("crm", { credentialsArn, version: 2 }));
        await vault.delete(arn);
      },
    });

    expect(await renewTokens("crm", spent, ports)).toMatchObject({ credentials: given });
  });

  it("tries again when the vault fails to store what nobody else knows", async () => {
    let failures = 3;
    const { spent, ports, stored, sent } = await world(TOKENS, [{ access_token: "at-1", refresh_token: "rt-1" }], {
      vault: (vault) => ({
        ...vault,
        replace: async (...of) => (failures-- > 0 ? Promise.reject(new Error("throttled")) : vault.replace(...of)),
      }),
    });

    await renewTokens("crm", spent, ports);

    expect(await stored()).toMatchObject({ accessToken: "at-1", refreshToken: "rt-1" });
    expect(sent).toHaveLength(1);
  });

  it("sends nothing when so little of its right is left that somebody else could send the same", async () => {
    let slow = false;
    const { spent, ports, sent } = await world(TOKENS, []);
    const late: RenewalPorts = {
      ...ports,
      now: () => ports.now() + (slow ? 61_000 : 0),
      async sheetOf(...of) {
        slow = true;
        return ports.sheetOf(...of);
      },
    };

    await expect(renewTokens("crm", spent, late)).rejects.toMatchObject({ code: "RequestTimeout" });
    expect(sent).toEqual([]);
  });

  it("asks anew where there is no user", async () => {
    const own = await world(CLIENT, [{ access_token: "at-1" }], { sheet: { ...CODE, grant: "client-credentials" } });
    const signed = await world({ jwtToken: "a.b.c" }, [{ access_token: "at-1" }], {
      sheet: { ...CODE, grant: "jwt-bearer" },
    });

    await renewTokens("crm", own.spent, own.ports);
    await renewTokens("crm", signed.spent, signed.ports);

    expect(own.sent).toMatchObject([{ grant_type: "client_credentials" }]);
    expect(signed.sent).toEqual([{ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "a.b.c" }]);
    expect(await signed.stored()).toEqual({ jwtToken: "a.b.c", accessToken: "at-1", expiresAt: null });
  });

  it("keeps tokens in the member where the connector has them", async () => {
    const { spent, ports, stored } = await world(
      { username: "", oAuth2Credentials: TOKENS },
      [{ access_token: "at-1", refresh_token: "rt-1" }],
      { sheet: { ...CODE, member: "oAuth2Credentials" } },
    );

    await renewTokens("crm", spent, ports);

    expect(await stored()).toEqual({
      username: "",
      oAuth2Credentials: { ...TOKENS, accessToken: "at-1", refreshToken: "rt-1", expiresAt: null },
    });
  });

  it("finds the application in the secret that the profile names", async () => {
    const clientCredentialsArn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:crm/app-AbCdEf";
    const application = { credentials: { clientId: "other", clientSecret: "other-secret" }, version: "1" };
    const { spent, ports, sent, stored } = await world(
      { refreshToken: "rt-0", clientCredentialsArn },
      [{ access_token: "at-1" }],
      // One that somebody has made, beside those of profiles.
      {
        vault: (vault) => ({
          ...vault,
          read: async (arn) => (arn === clientCredentialsArn ? application : vault.read(arn)),
        }),
      },
    );

    await renewTokens("crm", spent, ports);

    expect(sent).toMatchObject([{ client_id: "other", client_secret: "other-secret" }]);
    expect(await stored()).toMatchObject({ clientCredentialsArn, accessToken: "at-1" });
    expect(JSON.stringify(await stored())).not.toContain("other-secret");
  });

  it("takes no profile's credentials for an application, however a profile came to name them", async () => {
    const { vault, ports, ...rest } = await world({}, [{ access_token: "at-1" }]);
    const clientCredentialsArn = await vault.create("victim", { clientId: "victim", clientSecret: "canary" });
    await vault.replace(rest.arn, { refreshToken: "rt-0", clientCredentialsArn }, rest.spent.version);
    const { version } = (await vault.read(rest.arn))!;

    await expect(renewTokens("crm", { arn: rest.arn, version }, ports)).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringMatching(/^Please validate the ClientCredentialsArn provided/),
    });
    expect(rest.sent).toEqual([]);
  });

  it.each<[string, JsonObject, OAuthSheet | undefined, string, RegExp]>([
    ["there is no refresh token", { ...CLIENT, accessToken: "a" }, CODE, "InvalidCredentials", /no refresh token/],
    ["there are no tokens at all", { apiKey: "k" }, undefined, "InvalidCredentials", /has no tokens/],
    ["there is no application", { refreshToken: "r" }, CODE, "InvalidArgument", /no application.*clientCredentialsArn/],
    [
      "its secret is not there",
      { refreshToken: "r", clientCredentialsArn: "arn:aws:secretsmanager:eu-west-1:1:secret:x" },
      CODE,
      "InvalidArgument",
      /Please validate the ClientCredentialsArn provided/,
    ],
  ])("says so when %s", async (_, credentials, sheet, code, message) => {
    const { spent, ports, stored } = await world(credentials, [], { sheet });

    const error = await renewTokens("crm", spent, ports).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await stored()).toEqual(credentials);
  });

  it("ends when the profile, or its credentials, are gone", async () => {
    const first = await world(TOKENS, []);
    await first.profiles.delete("crm");
    const second = await world(TOKENS, []);
    await second.vault.delete(second.arn);

    for (const { spent, ports } of [first, second]) {
      await expect(renewTokens("crm", spent, ports)).rejects.toMatchObject({ code: "InvalidCredentials" });
    }
  });
});
